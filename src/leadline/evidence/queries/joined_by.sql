-- By what kind of link, and for which reason, were identifiers joined? One row per method and reason of links that join.
-- A probable link has a reason of its own: they count as one line.
SELECT l.method, CASE WHEN l.method = 'exact' THEN l.reason END AS reason, COUNT(*) AS links
FROM links AS l WHERE l.undone_at IS NULL AND l.held IS NULL
GROUP BY l.method, CASE WHEN l.method = 'exact' THEN l.reason END ORDER BY links DESC, l.method, reason
