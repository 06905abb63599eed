-- Which origins of subjects belong to no tactic? One row per origin as the source names it, the most frequent first.
SELECT origin AS name, COUNT(*) AS rows FROM stages
WHERE tactic IS NULL AND origin IS NOT NULL AND entered_at < :as_of
GROUP BY origin ORDER BY rows DESC, name
