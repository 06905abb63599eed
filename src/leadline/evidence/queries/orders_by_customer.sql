-- Who bought how often? One row per customer. Days with an order, in the plan's :zone, count once.
-- Money is in :currency at the rate of its day; `unrated` orders have none: they count, their money does not.
-- :as_of the first moment that does not exist yet; as_of that moment in the zone, as the days are
WITH dated AS (
  SELECT p.person, CAST(local(o.ordered_at) AS DATE) AS day, o.net, o.currency
  FROM orders AS o JOIN people AS p ON p.node = o.node
  WHERE o.status = 'booked' AND o.ordered_at < :as_of
),
rated AS (
  SELECT o.person, o.day,
    CASE WHEN o.currency = :currency THEN o.net ELSE CAST(ROUND(CAST(o.net AS DOUBLE) / r.per_plan * 10000) / 10000 AS DECIMAL(18, 4)) END AS net,
    CASE WHEN o.currency = :currency OR r.per_plan IS NOT NULL THEN 0 ELSE 1 END AS unrated
  FROM dated AS o LEFT JOIN @rate_spans AS r ON r.currency = o.currency AND o.day >= r.day AND (r.until IS NULL OR o.day < r.until)
),
days AS (SELECT person, day, SUM(net) AS net, COUNT(*) AS orders, SUM(unrated) AS unrated FROM rated GROUP BY person, day),
ranked AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY person ORDER BY day) AS place FROM days)
SELECT person, MIN(day) AS first_day, MAX(day) AS last_day, CAST(SUM(orders) AS BIGINT) AS orders, COUNT(*) - 1 AS repeat_orders,
  CAST(SUM(net) AS DECIMAL(38, 4)) AS net, AVG(CASE WHEN place > 1 THEN CAST(net AS DOUBLE) END) AS mean_repeat_net,
  local(:as_of) AS as_of, CAST(SUM(unrated) AS BIGINT) AS unrated
FROM ranked GROUP BY person ORDER BY person
