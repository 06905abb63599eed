-- Which stages do the sources tell of? One row per source, kind of subject and stage as the source names it.
-- `money` counts the rows that carry an amount · :as_of the first moment that does not exist yet
SELECT source, subject_kind, stage_raw, stage, COUNT(*) AS rows, COUNT(DISTINCT subject) AS subjects,
  CAST(SUM(CASE WHEN amount <> 0 THEN 1 ELSE 0 END) AS BIGINT) AS money,
  CAST(local(MIN(entered_at)) AS DATE) AS first_day, CAST(local(MAX(entered_at)) AS DATE) AS last_day
FROM stages WHERE entered_at < :as_of AND change NOT IN ('amount', 'close') AND stage IS NOT NULL
GROUP BY source, subject_kind, stage_raw, stage
ORDER BY source, subject_kind, first_day, stage_raw
