-- What did the series :name say, per period? Counts add up; a series with a sample size is averaged, weighted by it.
SELECT CAST(date_trunc(:grain, day) AS DATE) AS period,
  CASE WHEN SUM(n) > 0 THEN SUM(value * n) / SUM(n) ELSE SUM(value) END AS value, SUM(n) AS n,
  CASE WHEN COUNT(*) = 1 THEN MIN(low) END AS low, CASE WHEN COUNT(*) = 1 THEN MAX(high) END AS high
FROM metrics WHERE metric = :name AND day <= :last_day AND geo = '*' AND segment = '*'
GROUP BY 1 ORDER BY 1
