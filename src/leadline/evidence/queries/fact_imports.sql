-- What do the imports say of themselves? One row per import, the first first.
SELECT import_id, file, source, checksums, flags, tables, read, rejected, span_from, span_to, finished_at
FROM imports ORDER BY started_at, import_id
