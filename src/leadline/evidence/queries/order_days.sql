-- On which days did whom buy for how much? One row per person and day with an order, in the plan's :zone.
-- Money is in :currency at the rate of its day; `unrated` orders of the day have none: they count, their money does not.
-- An order refunded in full is no purchase · :as_of the first moment that does not exist yet
WITH dated AS (
  SELECT p.person, CAST(local(o.ordered_at) AS DATE) AS day, o.net, o.currency
  FROM orders AS o JOIN people AS p ON p.node = o.node
  WHERE o.status = 'booked' AND o.ordered_at < :as_of AND (o.net <> 0 OR o.net IS NULL)
)
SELECT o.person, o.day, COUNT(*) AS orders,
  CAST(SUM(CASE WHEN o.currency = :currency THEN o.net ELSE CAST(ROUND(CAST(o.net AS DOUBLE) / r.per_plan * 10000) / 10000 AS DECIMAL(18, 4)) END) AS DECIMAL(38, 4)) AS net,
  CAST(SUM(CASE WHEN o.currency = :currency OR r.per_plan IS NOT NULL THEN 0 ELSE 1 END) AS BIGINT) AS unrated
FROM dated AS o LEFT JOIN @rate_spans AS r ON r.currency = o.currency AND o.day >= r.day AND (r.until IS NULL OR o.day < r.until)
GROUP BY o.person, o.day ORDER BY o.person, o.day
