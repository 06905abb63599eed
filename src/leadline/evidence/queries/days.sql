-- Which days are there? One row per day, from the first that any import speaks of to :last_day; at most ten thousand.
WITH digits AS (
  SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4
  UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9
)
SELECT x.day FROM (
  SELECT CAST(:last_day AS DATE) + CAST(0 - a.d - 10 * b.d - 100 * c.d - 1000 * e.d AS INTEGER) AS day
  FROM digits AS a CROSS JOIN digits AS b CROSS JOIN digits AS c CROSS JOIN digits AS e
) AS x CROSS JOIN (SELECT MIN(span_from) AS first_day FROM imports) AS i
WHERE x.day >= i.first_day
