-- By how much did amounts of spend change after they were first reported? One row: how many, median and ninth decile of the
-- change between the first report and the last, as a share of the first.
WITH ordered AS (
  SELECT r.source, r.source_key, CAST(r.old AS DOUBLE) AS old, CAST(r.new AS DOUBLE) AS new,
    ROW_NUMBER() OVER (PARTITION BY r.source, r.source_key ORDER BY r.restated_at, r.import_id) AS place,
    ROW_NUMBER() OVER (PARTITION BY r.source, r.source_key ORDER BY r.restated_at DESC, r.import_id DESC) AS back
  FROM restatements AS r WHERE r."table" = 'spend' AND r."column" = 'amount'
),
ends AS (
  SELECT source, source_key, MAX(CASE WHEN place = 1 THEN old END) AS first_told, MAX(CASE WHEN back = 1 THEN new END) AS last_told
  FROM ordered GROUP BY source, source_key
),
changes AS (SELECT ABS(last_told / NULLIF(first_told, 0) - 1) AS change FROM ends)
SELECT COUNT(*) AS rows, percentile_cont(0.5) WITHIN GROUP (ORDER BY change) AS median,
  percentile_cont(0.9) WITHIN GROUP (ORDER BY change) AS p90
FROM changes WHERE change IS NOT NULL
