-- Up to which day do the sources of each state speak? One row per state that any row of stages takes.
-- The latest span of any import of such a source counts: an export without a new row covers its days all the same.
SELECT s.stage AS state, COUNT(*) AS rows, CAST(local(MIN(s.entered_at)) AS DATE) AS first_day,
  CAST(local(MAX(s.entered_at)) AS DATE) AS last_day, MAX(i.span_to) AS span_to
FROM stages AS s LEFT JOIN (
  SELECT source, MAX(span_to) AS span_to FROM imports WHERE POSITION('"stages"' IN tables) > 0 GROUP BY source
) AS i ON i.source = s.source
WHERE s.entered_at < :as_of
GROUP BY s.stage ORDER BY s.stage
