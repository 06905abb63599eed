-- Which links did people or the model make, which wait for a decision, and which were undone? One row per link.
-- Exact links that join are not among them: there may be millions, and `joined_by` counts them.
-- state: joins, waits (held by a guard, or only proposed), undone (by a person: what the model gave up is left out)
SELECT s.* FROM (
  SELECT l.link_id, l.a, l.b, l.method, l.weight, l.reason, l.held, l.linked_at, l.undone_at, l.undone_by,
    i.kind AS a_kind, i.system AS a_system, j.kind AS b_kind, j.system AS b_system, p.person AS a_person, q.person AS b_person,
    CASE WHEN l.undone_at IS NOT NULL THEN 'undone' WHEN l.held IS NOT NULL THEN 'waits' ELSE 'joins' END AS state
  FROM links AS l
  JOIN identities AS i ON i.node = l.a JOIN identities AS j ON j.node = l.b
  LEFT JOIN people AS p ON p.node = l.a LEFT JOIN people AS q ON q.node = l.b
  WHERE COALESCE(l.undone_by, '') <> :retired AND (l.method <> 'exact' OR l.held IS NOT NULL OR l.undone_at IS NOT NULL)
) AS s
WHERE s.state <> 'waits' OR s.a_person <> s.b_person
ORDER BY s.state, CASE WHEN s.method = 'exact' THEN 1 ELSE 0 END, s.weight DESC, s.link_id
