-- When did every subject enter every stage for the first time? One row per subject and stage.
-- A deal without any history shows one state: the one it closed in · `source` one that tells of it
-- :as_of the first moment that does not exist yet
SELECT e.subject_kind, e.subject, e.stage, MIN(e.entered_at) AS first_at FROM (
  SELECT s.subject_kind, s.subject, s.stage, s.entered_at FROM @stage_spells AS s
  UNION ALL
  SELECT 'deal', d.deal, d.state, d.closed_at FROM deals AS d
  LEFT JOIN (SELECT DISTINCT subject FROM stages WHERE subject_kind = 'deal') AS h ON h.subject = d.deal
  WHERE h.subject IS NULL AND d.state IS NOT NULL AND d.closed_at < :as_of
) AS e
WHERE e.stage IS NOT NULL GROUP BY e.subject_kind, e.subject, e.stage
ORDER BY e.subject_kind, e.subject, e.stage
