-- Which records of an import lie among its rejects? One row per fault of the first :most records behind line :after.
SELECT line, "column" AS place, reason, text, raw, part FROM rejects
WHERE import_id = :named AND mended_by IS NULL AND line IN (
  SELECT DISTINCT line FROM rejects WHERE import_id = :named AND mended_by IS NULL AND line > :after ORDER BY line LIMIT :most
)
ORDER BY line, reason, place NULLS FIRST
