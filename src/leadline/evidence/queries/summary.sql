-- What is there? One row per source: its rows, its span, when it was last imported.
SELECT source, COUNT(*) AS imports, MIN(span_from) AS span_from, MAX(span_to) AS span_to, MAX(finished_at) AS imported_at,
  CAST(SUM(read) AS BIGINT) AS read, CAST(SUM(accepted) AS BIGINT) AS accepted, CAST(SUM(rejected) AS BIGINT) AS rejected
FROM imports GROUP BY source ORDER BY source
