-- Which campaigns belong to no tactic, and what did they cost? One row per campaign, and one more per campaign and
-- currency for what has no rate on its day (`unrated` names the currency) · `money` in :currency, the plan's, else in its own
SELECT COALESCE(s.campaign, s.campaign_id, '(no campaign)') AS name,
  CASE WHEN s.amount IS NOT NULL AND s.currency <> :currency AND r.per_plan IS NULL THEN s.currency END AS unrated,
  CAST(SUM(CASE WHEN s.currency = :currency OR r.per_plan IS NULL THEN CAST(s.amount AS DOUBLE) ELSE CAST(s.amount AS DOUBLE) / r.per_plan END) AS DOUBLE) AS money,
  COUNT(*) AS rows
FROM spend AS s
LEFT JOIN @rate_spans AS r ON r.currency = s.currency AND s.day >= r.day AND (r.until IS NULL OR s.day < r.until)
WHERE s.tactic IS NULL AND s.day <= :last_day
GROUP BY 1, 2 ORDER BY unrated NULLS FIRST, money DESC NULLS LAST, name
