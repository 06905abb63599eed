-- Up to which day do the sources of each state speak? One row per state that any row of stages takes.
SELECT s.stage AS state, COUNT(*) AS rows, CAST(MIN(s.entered_at) AS DATE) AS first_day, CAST(MAX(s.entered_at) AS DATE) AS last_day,
  MAX(i.span_to) AS span_to
FROM stages AS s LEFT JOIN imports AS i ON i.import_id = s.import_id
WHERE s.entered_at < :as_of
GROUP BY s.stage ORDER BY s.stage
