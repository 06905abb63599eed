-- What did the series :name say of everything together, span by span? Oldest end first, of one end the shortest span,
-- of one span the last import. `imported_at` null: the import is not in the log.
SELECT m.day, m.until, m.value, m.unit, m.n, m.low, m.high, m.source, i.finished_at AS imported_at
FROM metrics AS m LEFT JOIN imports AS i ON i.import_id = m.import_id
WHERE m.metric = :name AND m.until <= :last_day AND m.geo = '*' AND m.segment = '*'
ORDER BY m.until, m.day DESC, i.finished_at DESC NULLS LAST, m.source
