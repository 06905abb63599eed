-- What was known of everybody at a moment? One row per person with a touch or a stage by then, nothing from later.
-- features: names (`class:reply`, `event:visit`, `channel:Email`), sorted · counts, last_times: of each, in that order
-- A touch is known from when it arrived; machines do not count. Account fields are today's: their history is not kept.
-- Whoever scores asks the consent gate first · :at that moment (UTC) · :as_of the first moment that does not exist yet
WITH known AS (
  SELECT p.person, t.class, t.event, t.channel, t.happened_at
  FROM touches AS t JOIN people AS p ON p.node = t.node
  WHERE t.happened_at < :as_of AND t.happened_at <= CAST(:at AS TIMESTAMP) AND COALESCE(t.received_at, t.happened_at) <= CAST(:at AS TIMESTAMP)
    AND COALESCE(t.is_machine, 0) < 0.5
),
told AS (
  SELECT person, 'class:' || class AS feature, happened_at FROM known WHERE class IS NOT NULL
  UNION ALL SELECT person, 'event:' || event, happened_at FROM known WHERE event IS NOT NULL
  UNION ALL SELECT person, 'channel:' || channel, happened_at FROM known WHERE channel IS NOT NULL
),
counted AS (SELECT person, feature, COUNT(*) AS times, MAX(happened_at) AS last_at FROM told GROUP BY person, feature),
features AS (
  SELECT person, ordered_list(feature, feature) AS features, ordered_list(times, feature) AS counts, ordered_list(last_at, feature) AS last_times
  FROM counted GROUP BY person
),
stood AS (
  SELECT subject AS person, stage, entered_at FROM (
    SELECT s.subject, s.stage, s.entered_at, ROW_NUMBER() OVER (PARTITION BY s.subject ORDER BY s.entered_at DESC, s.stage) AS place
    FROM @stage_spells AS s WHERE s.subject_kind = 'person' AND s.entered_at <= CAST(:at AS TIMESTAMP)
  ) AS x WHERE place = 1
),
everybody AS (SELECT person FROM features UNION SELECT person FROM stood),
belongs AS (SELECT person, MIN(account) AS account, MIN(weight) AS weight FROM people GROUP BY person),
companies AS (
  SELECT account, MIN(segment) AS segment, MIN(country) AS country, MIN(size) AS size, MIN(domain) AS domain FROM accounts GROUP BY account
)
SELECT e.person, f.features, f.counts, f.last_times, s.stage, s.entered_at AS stage_entered_at, b.account, a.segment, a.country, a.size, a.domain, b.weight
FROM everybody AS e LEFT JOIN features AS f ON f.person = e.person LEFT JOIN stood AS s ON s.person = e.person
LEFT JOIN belongs AS b ON b.person = e.person LEFT JOIN companies AS a ON a.account = b.account
ORDER BY e.person
