-- By what is one person one person? One row per link between identifiers of :person that joins them.
SELECT l.link_id, l.a, l.b, l.method, l.weight, l.reason, l.held, l.linked_at, l.undone_at, l.undone_by,
  i.kind AS a_kind, i.system AS a_system, j.kind AS b_kind, j.system AS b_system, p.person AS a_person, q.person AS b_person,
  'joins' AS state
FROM links AS l
JOIN identities AS i ON i.node = l.a JOIN identities AS j ON j.node = l.b
JOIN people AS p ON p.node = l.a JOIN people AS q ON q.node = l.b
WHERE p.person = :person AND q.person = :person AND l.undone_at IS NULL AND l.held IS NULL
ORDER BY l.linked_at, l.link_id
