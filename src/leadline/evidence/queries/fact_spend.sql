-- What was spent on what? One row per currency, source, tactic, channel and campaign · :last_day the last day that exists
SELECT currency, source, tactic, channel, COALESCE(campaign, '(no name)') AS campaign, COUNT(*) AS rows,
  CAST(SUM(amount) AS DECIMAL(38, 4)) AS amount
FROM spend WHERE day <= :last_day
GROUP BY currency, source, tactic, channel, COALESCE(campaign, '(no name)')
ORDER BY currency, campaign, source, tactic, channel
