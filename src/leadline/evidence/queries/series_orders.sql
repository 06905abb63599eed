-- How many orders, how much net and margin, how many customers, per period? :name count, net, margin, customers.
SELECT CAST(date_trunc(:grain, o.ordered_at) AS DATE) AS period,
  CASE :name WHEN 'count' THEN CAST(COUNT(*) AS DOUBLE) WHEN 'net' THEN CAST(SUM(o.net) AS DOUBLE)
    WHEN 'margin' THEN CAST(SUM(o.margin) AS DOUBLE) WHEN 'customers' THEN CAST(COUNT(DISTINCT p.person) AS DOUBLE) END AS value,
  CAST(NULL AS DOUBLE) AS n, CAST(NULL AS DOUBLE) AS low, CAST(NULL AS DOUBLE) AS high
FROM orders AS o LEFT JOIN people AS p ON p.node = o.node
WHERE o.status = 'booked' AND o.ordered_at < :as_of AND (o.currency = :currency OR :name IN ('count', 'customers'))
GROUP BY 1 ORDER BY 1
