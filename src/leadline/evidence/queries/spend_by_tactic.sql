-- What was spent on each tactic, month by month? One row per tactic, month and currency.
-- :currency the plan's; `spent` is in it at the rate of each row's day, `unrated` is the part of `amount` that has no
-- rate on its day and therefore stays in its own currency · :from_day first day asked for · :last_day the last day that exists
WITH dated AS (
  SELECT COALESCE(s.tactic, '(unmatched)') AS tactic, CAST(date_trunc('month', s.day) AS DATE) AS month, s.currency, s.amount,
    CASE WHEN s.currency = :currency THEN 1.0 ELSE r.per_plan END AS per_plan
  FROM spend AS s
  LEFT JOIN @rate_spans AS r ON r.currency = s.currency AND s.day >= r.day AND (r.until IS NULL OR s.day < r.until)
  WHERE s.day >= :from_day AND s.day <= :last_day AND s.amount IS NOT NULL
)
SELECT tactic, month, currency, CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount,
  CAST(SUM(CASE WHEN currency = :currency THEN amount ELSE CAST(ROUND(CAST(amount AS DOUBLE) / per_plan * 10000) / 10000 AS DECIMAL(18, 4)) END) AS DECIMAL(38, 4)) AS spent,
  CAST(COALESCE(SUM(CASE WHEN per_plan IS NULL THEN amount END), 0) AS DECIMAL(38, 4)) AS unrated,
  COUNT(*) AS rows
FROM dated GROUP BY tactic, month, currency
ORDER BY tactic, month, currency
