-- What was spent on each tactic, month by month? One row per tactic, month and currency.
-- :currency the plan's; `spent` is in it where a rate is known, else null beside the amount in its own currency.
-- :last_day the last day that exists
WITH dated AS (
  SELECT COALESCE(s.tactic, '(unmatched)') AS tactic, CAST(date_trunc('month', s.day) AS DATE) AS month, s.currency, s.amount,
    CASE WHEN s.currency = :currency THEN 1.0 ELSE r.per_plan END AS per_plan
  FROM spend AS s
  LEFT JOIN (
    SELECT x.currency, x.day, x.per_plan, LEAD(x.day) OVER (PARTITION BY x.currency ORDER BY x.day) AS until FROM rates AS x
  ) AS r ON r.currency = s.currency AND s.day >= r.day AND (r.until IS NULL OR s.day < r.until)
  WHERE s.day <= :last_day AND s.amount IS NOT NULL
)
SELECT tactic, month, currency, CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount,
  CASE WHEN COUNT(*) = COUNT(per_plan) THEN CAST(SUM(CASE WHEN currency = :currency THEN amount ELSE CAST(CAST(amount AS DOUBLE) / per_plan AS DECIMAL(18, 4)) END) AS DECIMAL(38, 4)) END AS spent,
  COUNT(*) AS rows
FROM dated GROUP BY tactic, month, currency
ORDER BY tactic, month, currency
