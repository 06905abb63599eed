-- From which state to which did subjects move, and do the moments agree with the file? One row per source, state left and
-- state entered (left is null for a first entry).
-- `dated_before` rows dated before the one they follow in their file · `at_once` stays that ended when they began
-- :as_of the first moment that does not exist yet
WITH changes AS (
  SELECT source, stage, entered_at, left_at,
    LAG(stage) OVER (PARTITION BY source, subject_kind, subject ORDER BY entered_at, position, source_key) AS left_stage,
    LAG(entered_at) OVER (PARTITION BY import_id, subject_kind, subject ORDER BY position, source_key) AS told_before
  FROM stages WHERE entered_at < :as_of AND change NOT IN ('amount', 'close') AND stage IS NOT NULL
)
SELECT source, left_stage, stage, COUNT(*) AS rows,
  CAST(SUM(CASE WHEN entered_at < told_before THEN 1 ELSE 0 END) AS BIGINT) AS dated_before,
  CAST(SUM(CASE WHEN left_at = entered_at THEN 1 ELSE 0 END) AS BIGINT) AS at_once
FROM changes GROUP BY source, left_stage, stage ORDER BY source, left_stage, stage
