-- Which origins of subjects belong to no tactic? One row per origin as the source names it, the most frequent first.
-- people: how many persons are behind its rows.
SELECT s.origin AS name, COUNT(*) AS rows,
  COUNT(DISTINCT CASE WHEN s.subject_kind = 'person' THEN COALESCE(p.person, s.subject) END) AS people
FROM stages s LEFT JOIN people p ON p.node = s.subject AND s.subject_kind = 'person'
WHERE s.tactic IS NULL AND s.origin IS NOT NULL AND s.entered_at < :as_of
GROUP BY s.origin ORDER BY rows DESC, name
