-- Which rows are dated after the as-of day and after the import that brought them, or before the web? One row per source and table.
-- A review of an earlier day leaves later rows out without a word; a row that was in the future on arrival is a mistyped
-- date or a broken clock whenever one looks · :as_of the first moment that does not exist yet · :early the first that can be
WITH later AS (
  SELECT 'touches' AS what, source, import_id, happened_at AS moment FROM touches WHERE happened_at >= :as_of OR happened_at < CAST(:early AS TIMESTAMP)
  UNION ALL SELECT 'stages', source, import_id, entered_at FROM stages WHERE entered_at >= :as_of
  UNION ALL SELECT 'deals', source, import_id, created_at FROM deals WHERE created_at >= :as_of
  UNION ALL SELECT 'orders', source, import_id, ordered_at FROM orders WHERE ordered_at >= :as_of
  UNION ALL SELECT 'posts', source, import_id, published_at FROM posts WHERE published_at >= :as_of
  UNION ALL SELECT 'responses', source, import_id, happened_at FROM responses WHERE happened_at >= :as_of
  UNION ALL SELECT 'consent', source, import_id, recorded_at FROM consent WHERE recorded_at >= :as_of
),
days AS (
  SELECT what, source, import_id, CAST(local(moment) AS DATE) AS day, moment < CAST(:early AS TIMESTAMP) AS early FROM later
  UNION ALL SELECT 'spend', source, import_id, day, FALSE FROM spend WHERE day > :last_day
  UNION ALL SELECT 'metrics', source, import_id, day, FALSE FROM metrics WHERE day > :last_day
  UNION ALL SELECT 'trials', source, import_id, period, FALSE FROM trials WHERE period > :last_day
)
SELECT d.source, d.what, d.early, COUNT(*) AS rows, MIN(d.day) AS first_day, MAX(d.day) AS last_day
FROM days AS d LEFT JOIN imports AS i ON i.import_id = d.import_id
WHERE d.early OR d.day > CAST(local(COALESCE(i.finished_at, :as_of)) AS DATE)
GROUP BY d.source, d.what, d.early ORDER BY d.source, d.early, d.what
