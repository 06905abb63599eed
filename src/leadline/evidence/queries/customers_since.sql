-- How many customers ordered for the first time after :since, day by day? The days add up to the customers since then:
-- who orders on two days is one customer, on the first of them. Orders of no person known have no customer.
SELECT day AS period, CAST(COUNT(*) AS DOUBLE) AS value
FROM (
  SELECT p.person, CAST(local(MIN(o.ordered_at)) AS DATE) AS day
  FROM orders AS o JOIN people AS p ON p.node = o.node
  WHERE o.status = 'booked' AND o.ordered_at < :as_of AND CAST(local(o.ordered_at) AS DATE) > :since
  GROUP BY p.person
) AS f
GROUP BY day ORDER BY day
