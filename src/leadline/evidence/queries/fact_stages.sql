-- Which stages do sources name, and to what do they lead? One row per source and stage; states of deals without a history too.
-- :as_of the first moment that does not exist yet
SELECT source, stage_raw, stage, COUNT(*) AS rows, CAST(local(MAX(entered_at)) AS DATE) AS last_day, TRUE AS has_history
FROM stages WHERE entered_at < :as_of GROUP BY source, stage_raw, stage
UNION ALL SELECT source, stage, state, COUNT(*), CAST(local(MAX(created_at)) AS DATE), FALSE FROM deals
WHERE created_at IS NULL OR created_at < :as_of GROUP BY source, stage, state
ORDER BY source, rows DESC, stage_raw, stage, has_history
