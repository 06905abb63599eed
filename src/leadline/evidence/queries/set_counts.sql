-- How often did each set of channels occur, and what came of it? One row per distinct set, sorted and joined by |.
-- The counts of path_counts, whatever the order and however often a channel stands in the path; parameters see there
WITH journeys AS (
  SELECT p.outcome, p.weight, COALESCE(join_text(array_sort(array_distinct(p.channels)), '|'), '') AS channels,
    CASE WHEN p.currency IS NULL OR p.currency = :currency THEN CAST(p.value AS DOUBLE)
         ELSE CAST(p.value AS DOUBLE) / r.per_plan END AS money
  FROM @paths AS p LEFT JOIN @rate_spans AS r
    ON r.currency = p.currency AND CAST(p.converted_at AS DATE) >= r.day AND (r.until IS NULL OR CAST(p.converted_at AS DATE) < r.until)
)
SELECT channels,
  SUM(CASE WHEN outcome = 'converted' THEN weight ELSE 0 END) AS conversions,
  SUM(CASE WHEN outcome = 'converted' THEN weight * COALESCE(money, 0) ELSE 0 END) AS value,
  SUM(CASE WHEN outcome = 'null' THEN weight ELSE 0 END) AS nulls,
  SUM(CASE WHEN outcome = 'open' THEN weight ELSE 0 END) AS open
FROM journeys GROUP BY channels ORDER BY channels
