-- How many people agreed to hear from us, and how did that move? One row per day on which it moved, purpose and channel.
-- granted: agreed at the end of the day · new, lost: that day · reachable: those whose address still takes our messages
-- Days are those of the plan's :zone; counts of people: whoever shows them hides small cells · rules see consent_spans
WITH spans AS (SELECT * FROM @consent_spans AS s),
moves AS (
  SELECT purpose, channel, CAST(local(began) AS DATE) AS day, 1 AS came, 0 AS went, 1 AS reach FROM spans
  UNION ALL SELECT purpose, channel, CAST(local(until) AS DATE), 0, 1, CASE WHEN bounced_at IS NULL THEN -1 ELSE 0 END FROM spans WHERE until IS NOT NULL
  UNION ALL SELECT purpose, channel, CAST(local(bounced_at) AS DATE), 0, 0, -1 FROM spans WHERE bounced_at IS NOT NULL
),
daily AS (
  SELECT day, purpose, channel, SUM(came) AS came, SUM(went) AS went, SUM(reach) AS reach FROM moves GROUP BY day, purpose, channel
)
SELECT day, purpose, channel,
  CAST(SUM(came - went) OVER (PARTITION BY purpose, channel ORDER BY day) AS BIGINT) AS granted,
  CAST(came AS BIGINT) AS new, CAST(went AS BIGINT) AS lost,
  CAST(SUM(reach) OVER (PARTITION BY purpose, channel ORDER BY day) AS BIGINT) AS reachable
FROM daily ORDER BY day, purpose, channel
