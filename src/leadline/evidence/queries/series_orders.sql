-- How many orders, how much net and margin, how many customers, per period? :name count, net, margin, customers.
-- Money is in :currency at the rate of its day; `unrated` orders have none, and their money is not in the value.
WITH dated AS (
  SELECT *, CAST(local(ordered_at) AS DATE) AS day FROM orders WHERE status = 'booked' AND ordered_at < :as_of
),
rated AS (
  SELECT o.day, o.node, o.net, o.margin, o.currency, CASE WHEN o.currency = :currency THEN 1.0 ELSE r.per_plan END AS per_plan
  FROM dated AS o LEFT JOIN @rate_spans AS r ON r.currency = o.currency AND o.day >= r.day AND (r.until IS NULL OR o.day < r.until)
)
SELECT CAST(date_trunc(:grain, o.day) AS DATE) AS period,
  CASE :name WHEN 'count' THEN CAST(COUNT(*) AS DOUBLE) WHEN 'customers' THEN CAST(COUNT(DISTINCT p.person) AS DOUBLE)
    WHEN 'net' THEN CAST(SUM(CASE WHEN o.currency = :currency THEN o.net ELSE CAST(ROUND(CAST(o.net AS DOUBLE) / o.per_plan * 10000) / 10000 AS DECIMAL(18, 4)) END) AS DOUBLE)
    WHEN 'margin' THEN CAST(SUM(CASE WHEN o.currency = :currency THEN o.margin ELSE CAST(ROUND(CAST(o.margin AS DOUBLE) / o.per_plan * 10000) / 10000 AS DECIMAL(18, 4)) END) AS DOUBLE)
  END AS value,
  CAST(NULL AS DOUBLE) AS n, CAST(NULL AS DOUBLE) AS low, CAST(NULL AS DOUBLE) AS high,
  COUNT(CASE WHEN o.per_plan IS NULL AND :name IN ('net', 'margin') THEN 1 END) AS unrated
FROM rated AS o LEFT JOIN people AS p ON p.node = o.node
GROUP BY 1 ORDER BY 1
