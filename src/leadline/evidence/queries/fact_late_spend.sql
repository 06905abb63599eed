-- Which spend came after its day had been reported? One row per source and currency: rows that a later import brought
-- for a day that an earlier import of that source covers. `late_n` more than n days after the day · `rows` all of them
-- :last_day the last day that exists
WITH brought AS (
  SELECT s.source, s.currency, s.day, s.amount, i.finished_at,
    (micros(i.finished_at) - micros(CAST(s.day AS TIMESTAMP))) / 86400000000 - 1 AS days
  FROM spend AS s JOIN imports AS i ON i.import_id = s.import_id WHERE s.day <= :last_day
),
spans AS (
  SELECT b.source, b.day, MIN(i.finished_at) AS first_told
  FROM (SELECT DISTINCT source, day FROM brought) AS b
  JOIN imports AS i ON i.source = b.source AND b.day >= i.span_from AND b.day <= i.span_to
  GROUP BY b.source, b.day
)
SELECT b.source, b.currency, COUNT(*) AS rows, CAST(SUM(b.amount) AS DECIMAL(38, 4)) AS money,
  CAST(SUM(CASE WHEN b.finished_at > s.first_told AND b.days > 1 THEN 1 ELSE 0 END) AS BIGINT) AS late_1,
  CAST(SUM(CASE WHEN b.finished_at > s.first_told AND b.days > 2 THEN 1 ELSE 0 END) AS BIGINT) AS late_2,
  CAST(SUM(CASE WHEN b.finished_at > s.first_told AND b.days > 3 THEN 1 ELSE 0 END) AS BIGINT) AS late_3,
  CAST(SUM(CASE WHEN b.finished_at > s.first_told AND b.days > 1 THEN b.amount END) AS DECIMAL(38, 4)) AS money_1,
  MAX(CASE WHEN b.finished_at > s.first_told THEN CAST(CEIL(b.days) AS BIGINT) END) AS longest
FROM brought AS b JOIN spans AS s ON s.source = b.source AND s.day = b.day
GROUP BY b.source, b.currency ORDER BY b.source, b.currency
