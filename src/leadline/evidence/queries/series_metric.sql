-- What did the series :name say, per period? Counts add up; a series with a sample size is averaged, weighted by it.
-- Rows for all places and segments together are taken where there are any, else the parts are added up.
WITH rows_of AS (
  SELECT day, value, n, low, high,
    CASE WHEN geo = '*' AND segment = '*' THEN 0 WHEN geo = '*' OR segment = '*' THEN 1 ELSE 2 END AS depth,
    MIN(CASE WHEN geo = '*' AND segment = '*' THEN 0 WHEN geo = '*' OR segment = '*' THEN 1 ELSE 2 END) OVER (PARTITION BY source, day) AS shallowest
  FROM metrics WHERE metric = :name AND day <= :last_day
)
SELECT CAST(date_trunc(:grain, day) AS DATE) AS period,
  CASE WHEN SUM(n) > 0 THEN SUM(value * n) / SUM(n) ELSE SUM(value) END AS value, SUM(n) AS n,
  CASE WHEN COUNT(*) = 1 THEN MIN(low) END AS low, CASE WHEN COUNT(*) = 1 THEN MAX(high) END AS high
FROM rows_of WHERE depth = shallowest
GROUP BY 1 ORDER BY 1
