-- Which days do the other tables have rows for? One row per table, source, venue of posts and day in the plan's zone.
-- Touches are asked apart (fact_touch_days) · :as_of the first moment that does not exist yet · :last_day the last day that exists
SELECT 'spend' AS what, source, CAST(NULL AS TEXT) AS venue, day, COUNT(*) AS rows FROM spend WHERE day <= :last_day GROUP BY source, day
UNION ALL SELECT 'metrics', source, NULL, until, COUNT(*) FROM metrics WHERE until <= :last_day GROUP BY source, until
UNION ALL SELECT 'stages', source, NULL, CAST(local(entered_at) AS DATE), COUNT(*) FROM stages
  WHERE entered_at < :as_of GROUP BY source, CAST(local(entered_at) AS DATE)
UNION ALL SELECT 'deals', source, NULL, CAST(local(created_at) AS DATE), COUNT(*) FROM deals
  WHERE created_at < :as_of GROUP BY source, CAST(local(created_at) AS DATE)
UNION ALL SELECT 'orders', source, NULL, CAST(local(ordered_at) AS DATE), COUNT(*) FROM orders
  WHERE ordered_at < :as_of GROUP BY source, CAST(local(ordered_at) AS DATE)
UNION ALL SELECT 'posts', source, venue, CAST(local(published_at) AS DATE), COUNT(*) FROM posts
  WHERE published_at < :as_of GROUP BY source, venue, CAST(local(published_at) AS DATE)
UNION ALL SELECT 'responses', source, NULL, CAST(local(happened_at) AS DATE), COUNT(*) FROM responses
  WHERE happened_at < :as_of GROUP BY source, CAST(local(happened_at) AS DATE)
ORDER BY what, source, venue, day
