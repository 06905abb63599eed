-- What is there, and how fresh is it? One row per table of facts and source: rows, first and last day in the plan's zone.
-- Nothing is cut off at :as_of: what lies behind that day is seen here, so that a mistyped year is found.
SELECT t.name, t.source, t.rows, CAST(local(t.first_at) AS DATE) AS first_day, CAST(local(t.last_at) AS DATE) AS last_day
FROM (
  SELECT 'touches' AS name, source, COUNT(*) AS rows, MIN(happened_at) AS first_at, MAX(happened_at) AS last_at FROM touches GROUP BY source
  UNION ALL SELECT 'stages', source, COUNT(*), MIN(entered_at), MAX(entered_at) FROM stages GROUP BY source
  UNION ALL SELECT 'deals', source, COUNT(*), MIN(created_at), MAX(created_at) FROM deals GROUP BY source
  UNION ALL SELECT 'orders', source, COUNT(*), MIN(ordered_at), MAX(ordered_at) FROM orders GROUP BY source
  UNION ALL SELECT 'posts', source, COUNT(*), MIN(published_at), MAX(published_at) FROM posts GROUP BY source
  UNION ALL SELECT 'responses', source, COUNT(*), MIN(happened_at), MAX(happened_at) FROM responses GROUP BY source
  UNION ALL SELECT 'trials', source, COUNT(*), MIN(assigned_at), MAX(assigned_at) FROM trials GROUP BY source
) AS t
UNION ALL SELECT 'spend', source, COUNT(*), MIN(day), MAX(day) FROM spend GROUP BY source
UNION ALL SELECT 'metrics', source, COUNT(*), MIN(day), MAX(until) FROM metrics GROUP BY source
ORDER BY name, source
