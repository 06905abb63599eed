-- Which amounts are in which currency, day by day? One row per table, currency and day in the plan's zone.
-- :as_of the first moment that does not exist yet · :last_day the last day that exists
SELECT what, currency, day, CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount, COUNT(*) AS rows FROM (
  SELECT 'spend' AS what, currency, day, amount FROM spend WHERE day <= :last_day AND amount IS NOT NULL
  UNION ALL SELECT 'deals', currency, COALESCE(CAST(local(closed_at) AS DATE), CAST(:last_day AS DATE)), amount FROM deals
    WHERE amount IS NOT NULL AND (COALESCE(created_at, closed_at) IS NULL OR COALESCE(created_at, closed_at) < :as_of)
  UNION ALL SELECT 'orders', currency, CAST(local(ordered_at) AS DATE), net FROM orders WHERE net IS NOT NULL AND ordered_at < :as_of
) AS x WHERE currency IS NOT NULL GROUP BY what, currency, day ORDER BY currency, day, what
