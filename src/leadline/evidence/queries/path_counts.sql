-- How often did each path occur, and what came of it? One row per distinct path (the columns of `leadline attribute`, plus open).
-- Counts are expected values: each journey counts with its person's identity weight. Money in other currencies than
-- :currency is converted with the dated rates; without a rate it is left out here and is a line of its own in revenue_lines.
WITH journeys AS (
  SELECT p.*, COALESCE(join_text(p.channels, ' > '), '') AS path,
    CASE WHEN p.currency IS NULL OR p.currency = :currency THEN CAST(p.value AS DOUBLE)
         ELSE CAST(p.value AS DOUBLE) / r.per_plan END AS money
  FROM @paths AS p
  LEFT JOIN (
    SELECT x.currency, x.day, x.per_plan, LEAD(x.day) OVER (PARTITION BY x.currency ORDER BY x.day) AS until FROM rates AS x
  ) AS r ON r.currency = p.currency AND CAST(p.converted_at AS DATE) >= r.day AND (r.until IS NULL OR CAST(p.converted_at AS DATE) < r.until)
)
SELECT path,
  SUM(CASE WHEN outcome = 'converted' THEN weight ELSE 0 END) AS conversions,
  SUM(CASE WHEN outcome = 'converted' THEN weight * COALESCE(money, 0) ELSE 0 END) AS value,
  SUM(CASE WHEN outcome = 'null' THEN weight ELSE 0 END) AS nulls,
  SUM(CASE WHEN outcome = 'open' THEN weight ELSE 0 END) AS open
FROM journeys GROUP BY path ORDER BY path
