-- How many subjects entered :name for the first time, per period? :grain day, week, month, quarter, year, of the plan's :zone.
SELECT CAST(date_trunc(:grain, local(first_at)) AS DATE) AS period, CAST(COUNT(*) AS DOUBLE) AS value, CAST(NULL AS DOUBLE) AS n,
  CAST(NULL AS DOUBLE) AS low, CAST(NULL AS DOUBLE) AS high
FROM (
  SELECT subject_kind, subject, MIN(entered_at) AS first_at FROM (
    SELECT subject_kind, subject, entered_at FROM @stage_spells AS s WHERE stage = :name
    UNION ALL
    SELECT 'deal', d.deal, d.closed_at FROM deals AS d
    LEFT JOIN (SELECT DISTINCT subject FROM stages WHERE subject_kind = 'deal') AS h ON h.subject = d.deal
    WHERE h.subject IS NULL AND d.state = :name AND d.closed_at < :as_of
  ) AS e GROUP BY subject_kind, subject
) AS f
GROUP BY 1 ORDER BY 1
