-- How many touches came on which day, and how many days late? One row per source and day in the plan's zone.
-- Late: by the touch's own time of arrival, else by the day in the name of a daily GA4 file; `told` rows say when they came.
-- `late_n` rows that came more than n days after their day, `money_n` what they carry. Rows are put together by quarter
-- hours first: every zone's midnight is one, and ten million moments need not be moved one by one.
-- :as_of the first moment that does not exist yet
WITH quarters AS (
  SELECT source, import_id, received_at IS NULL AS by_file, FLOOR(micros(happened_at) / 900000000) AS quarter,
    MIN(happened_at) AS first_at, COUNT(*) AS rows, SUM(value) AS money,
    CASE WHEN received_at IS NULL THEN NULL ELSE FLOOR(micros(received_at) / 900000000) END AS came, MIN(received_at) AS came_at
  FROM touches WHERE happened_at < :as_of
  GROUP BY source, import_id, received_at IS NULL, FLOOR(micros(happened_at) / 900000000),
    CASE WHEN received_at IS NULL THEN NULL ELSE FLOOR(micros(received_at) / 900000000) END
),
files AS (
  SELECT import_id, CAST(SUBSTR(file, 8, 4) || '-' || SUBSTR(file, 12, 2) || '-' || SUBSTR(file, 14, 2) AS DATE) AS day
  FROM imports WHERE source = 'ga4' AND SUBSTR(file, 1, 7) = 'events_' AND SUBSTR(file, 16, 1) = '.'
    AND LENGTH(TRANSLATE(SUBSTR(file, 8, 8), '0123456789', '')) = 0
),
dated AS (
  SELECT q.source, CAST(local(q.first_at) AS DATE) AS day, COALESCE(CAST(local(q.came_at) AS DATE), f.day) AS came, q.rows, q.money
  FROM quarters AS q LEFT JOIN files AS f ON q.by_file AND f.import_id = q.import_id
),
lags AS (
  SELECT source, day, rows, money,
    (micros(CAST(came AS TIMESTAMP)) - micros(CAST(day AS TIMESTAMP))) / 86400000000 AS days
  FROM dated
)
SELECT source, day, CAST(SUM(rows) AS BIGINT) AS rows,
  CAST(SUM(CASE WHEN days IS NOT NULL THEN rows ELSE 0 END) AS BIGINT) AS told,
  CAST(SUM(CASE WHEN days > 1 THEN rows ELSE 0 END) AS BIGINT) AS late_1,
  CAST(SUM(CASE WHEN days > 2 THEN rows ELSE 0 END) AS BIGINT) AS late_2,
  CAST(SUM(CASE WHEN days > 3 THEN rows ELSE 0 END) AS BIGINT) AS late_3,
  CAST(SUM(CASE WHEN days IS NOT NULL THEN money END) AS DECIMAL(38, 4)) AS money_told,
  CAST(SUM(CASE WHEN days > 1 THEN money END) AS DECIMAL(38, 4)) AS money_1,
  CAST(MAX(days) AS BIGINT) AS longest
FROM lags GROUP BY source, day ORDER BY source, day
