-- From when to when had whom agreed to what? One row per person, purpose and channel and uninterrupted time of agreement.
-- As the consent gate decides it: the latest word by valid_from stands, of one moment the more cautious one; what takes away
-- may speak of every purpose or channel (*); an objection to marketing ends everything but research and service for good; a
-- grant counts only for identifiers that are one person beyond doubt, and never for a role address, which names an account.
-- until null: still agreed · bounced_at: first message to the address that came back while they agreed
-- :as_of the first moment that does not exist yet
WITH also AS (
  SELECT 'direct_marketing' AS alias, 'marketing' AS name UNION ALL SELECT 'advertising', 'marketing' UNION ALL SELECT 'sales', 'marketing'
  UNION ALL SELECT 'scoring', 'profiling' UNION ALL SELECT 'e-mail', 'email' UNION ALL SELECT 'mail', 'email' UNION ALL SELECT 'call', 'phone'
  UNION ALL SELECT 'telephone', 'phone' UNION ALL SELECT 'letter', 'post' UNION ALL SELECT 'text', 'sms'
),
roles AS (SELECT DISTINCT node FROM identities WHERE role),
said AS (
  SELECT COALESCE(p.person, c.node) AS person, COALESCE(p.weight, 1) AS weight,
    COALESCE(ap.name, REPLACE(LOWER(TRIM(c.purpose)), ' ', '_')) AS purpose, COALESCE(ac.name, REPLACE(LOWER(TRIM(c.channel)), ' ', '_')) AS channel,
    c.state, c.valid_from, c.recorded_at, c.expires_at, c.entry,
    CASE c.state WHEN 'granted' THEN 0 WHEN 'withdrawn' THEN 1 ELSE 2 END AS caution
  FROM consent AS c LEFT JOIN people AS p ON p.node = c.node LEFT JOIN roles AS r ON r.node = c.node
  LEFT JOIN also AS ap ON ap.alias = REPLACE(LOWER(TRIM(c.purpose)), ' ', '_')
  LEFT JOIN also AS ac ON ac.alias = REPLACE(LOWER(TRIM(c.channel)), ' ', '_')
  WHERE c.node IS NOT NULL AND r.node IS NULL AND c.recorded_at < :as_of AND (c.valid_from < :as_of OR c.state = 'objected')
),
words AS (SELECT * FROM said WHERE state <> 'granted' OR weight = 1),
holdings AS (SELECT DISTINCT person, purpose, channel FROM words WHERE state = 'granted'),
objected AS (
  SELECT person, MIN(CASE WHEN recorded_at < valid_from THEN recorded_at ELSE valid_from END) AS objected_at FROM said
  WHERE state = 'objected' AND purpose NOT IN ('research', 'service') GROUP BY person
),
line AS (
  SELECT h.person, h.purpose, h.channel, w.state, w.valid_from, w.expires_at,
    LEAD(w.valid_from) OVER (PARTITION BY h.person, h.purpose, h.channel ORDER BY w.valid_from, w.caution, w.entry) AS next_at
  FROM holdings AS h JOIN words AS w ON w.person = h.person
    AND (w.purpose = h.purpose OR w.state <> 'granted' AND w.purpose = '*') AND (w.channel = h.channel OR w.state <> 'granted' AND w.channel = '*')
),
times AS (
  SELECT l.person, l.purpose, l.channel, l.valid_from AS began,
    LEAST(COALESCE(l.next_at, CAST('9999-01-01 00:00:00' AS TIMESTAMP)), COALESCE(l.expires_at, CAST('9999-01-01 00:00:00' AS TIMESTAMP)),
      COALESCE(CASE WHEN l.purpose NOT IN ('research', 'service') THEN o.objected_at END, CAST('9999-01-01 00:00:00' AS TIMESTAMP))) AS ended
  FROM line AS l LEFT JOIN objected AS o ON o.person = l.person
  WHERE l.state = 'granted'
),
-- A grant that follows on another without a pause is no new one.
marked AS (
  SELECT *, CASE WHEN began <= MAX(ended) OVER (
      PARTITION BY person, purpose, channel ORDER BY began, ended ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) THEN 0 ELSE 1 END AS opens
  FROM times WHERE began < ended
),
runs AS (
  SELECT *, SUM(opens) OVER (PARTITION BY person, purpose, channel ORDER BY began, ended ROWS UNBOUNDED PRECEDING) AS run FROM marked
),
spans AS (SELECT person, purpose, channel, run, MIN(began) AS began, MAX(ended) AS ended FROM runs GROUP BY person, purpose, channel, run),
bounces AS (
  SELECT p.person, t.happened_at FROM touches AS t JOIN people AS p ON p.node = t.node
  WHERE LOWER(t.event) IN ('bounce', 'bounced', 'hard_bounce') AND t.happened_at < :as_of
)
SELECT s.person, s.purpose, s.channel, s.began, CASE WHEN s.ended < :as_of THEN s.ended END AS until, MIN(b.happened_at) AS bounced_at
FROM spans AS s LEFT JOIN bounces AS b ON s.channel = 'email' AND b.person = s.person AND b.happened_at >= s.began AND b.happened_at < s.ended
GROUP BY s.person, s.purpose, s.channel, s.run, s.began, s.ended
ORDER BY s.person, s.purpose, s.channel, s.began
