-- Which days are there? One row per day, from the first that any import speaks of to :last_day; at most ten thousand.
WITH digits AS (SELECT d FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS v(d))
SELECT x.day FROM (
  SELECT CAST(:last_day AS DATE) + CAST(0 - a.d - 10 * b.d - 100 * c.d - 1000 * e.d AS INTEGER) AS day
  FROM digits AS a CROSS JOIN digits AS b CROSS JOIN digits AS c CROSS JOIN digits AS e
) AS x CROSS JOIN (SELECT MIN(span_from) AS first_day FROM imports) AS i
WHERE x.day >= i.first_day
ORDER BY x.day
