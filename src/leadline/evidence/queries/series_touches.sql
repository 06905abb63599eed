-- How many touches with the event :name, per period? Machines are left out; periods are cut in the plan's :zone.
SELECT CAST(date_trunc(:grain, local(happened_at)) AS DATE) AS period, CAST(COUNT(*) AS DOUBLE) AS value, CAST(NULL AS DOUBLE) AS n,
  CAST(NULL AS DOUBLE) AS low, CAST(NULL AS DOUBLE) AS high
FROM touches WHERE event = :name AND happened_at < :as_of AND COALESCE(is_machine, 0) < 0.5
GROUP BY 1 ORDER BY 1
