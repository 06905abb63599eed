-- How many subjects entered :name for the first time between :from_day and :last_day, per tactic? Null tactic = unmatched.
-- Days are those of the plan's :zone.
SELECT tactic, COUNT(*) AS entries, MIN(first_day) AS first_day, MAX(first_day) AS last_day
FROM (
  SELECT subject_kind, subject, MIN(tactic) AS tactic, CAST(local(MIN(entered_at)) AS DATE) AS first_day
  FROM @stage_spells AS s WHERE stage = :name
  GROUP BY subject_kind, subject
) AS f
WHERE first_day >= :from_day AND first_day <= :last_day
GROUP BY tactic ORDER BY tactic
