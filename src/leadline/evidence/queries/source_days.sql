-- Which days do the imports of a source cover? One row per table, source and day between its first and its last.
-- `covered` false: a gap between two imports. A span of several files of one source is what any of them covers.
WITH told AS (
  SELECT t.name, i.source, i.span_from, i.span_to FROM imports AS i JOIN (
    SELECT 'spend' AS name UNION ALL SELECT 'touches' UNION ALL SELECT 'stages' UNION ALL SELECT 'deals' UNION ALL SELECT 'orders'
    UNION ALL SELECT 'metrics' UNION ALL SELECT 'posts' UNION ALL SELECT 'responses' UNION ALL SELECT 'consent' UNION ALL SELECT 'trials'
  ) AS t ON POSITION('"' || t.name || '"' IN i.tables) > 0
  WHERE i.span_from <= :last_day
),
reach AS (SELECT name, source, MIN(span_from) AS first_day, MAX(span_to) AS last_day FROM told GROUP BY name, source),
days AS (SELECT day FROM @days AS d),
covered AS (SELECT DISTINCT t.name, t.source, d.day FROM told AS t JOIN days AS d ON d.day >= t.span_from AND d.day <= t.span_to)
SELECT r.name, r.source, d.day, c.day IS NOT NULL AS covered
FROM reach AS r
JOIN days AS d ON d.day >= r.first_day AND d.day <= r.last_day
LEFT JOIN covered AS c ON c.name = r.name AND c.source = r.source AND c.day = d.day
ORDER BY r.name, r.source, d.day
