-- What became of each file? One row per import, the last first; `to_mend`: records whose rejects nobody has mended yet.
SELECT i.import_id, i.file, i.source, i.status, i.read, i.accepted, i.rejected, i.skipped, i.merged, i.tables, i.options,
  i.span_from, i.span_to, i.finished_at, COALESCE(r.lines, 0) AS to_mend
FROM imports AS i LEFT JOIN (
  SELECT import_id, COUNT(DISTINCT line) AS lines FROM rejects WHERE mended_by IS NULL GROUP BY import_id
) AS r ON r.import_id = i.import_id
ORDER BY i.finished_at DESC, i.file, i.import_id
