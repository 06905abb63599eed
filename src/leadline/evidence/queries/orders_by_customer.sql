-- Who bought how often? One row per customer. Days with an order count once; :as_of the first moment that does not exist yet.
WITH days AS (
  SELECT p.person, CAST(o.ordered_at AS DATE) AS day, SUM(o.net) AS net, COUNT(*) AS orders, MIN(o.currency) AS currency
  FROM orders AS o JOIN people AS p ON p.node = o.node
  WHERE o.status = 'booked' AND o.ordered_at < :as_of AND o.currency = :currency
  GROUP BY p.person, CAST(o.ordered_at AS DATE)
),
ranked AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY person ORDER BY day) AS place FROM days)
SELECT person, MIN(day) AS first_day, MAX(day) AS last_day, CAST(SUM(orders) AS BIGINT) AS orders, COUNT(*) - 1 AS repeat_orders,
  CAST(SUM(net) AS DECIMAL(38, 4)) AS net, AVG(CASE WHEN place > 1 THEN CAST(net AS DOUBLE) END) AS mean_repeat_net,
  CAST(:as_of AS TIMESTAMP) AS as_of
FROM ranked GROUP BY person ORDER BY person
