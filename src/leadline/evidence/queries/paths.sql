-- Which journeys led where? One row per journey: the steps of one person up to a conversion, or to nothing (yet).
-- A step is a session, or a touch that is not of the web; it belongs to the first conversion at or after it within
-- :window seconds (not days crossed). Steps of no conversion form one journey: open if younger than the window, else null.
-- :outcome see conversions · :classes comma-separated · :collapse merges equal neighbours · :keep_direct keeps Direct steps
-- :gap, :conversion_event see sessions · :as_of the first moment that does not exist yet
WITH steps_of_web AS (SELECT * FROM @sessions AS s),
all_steps AS (
  SELECT person, weight, started_at, ended_at, touch_id, source AS tie, channel, tactic, only_conversion
  FROM steps_of_web WHERE POSITION(',activity,' IN ',' || :classes || ',') > 0
  UNION ALL
  SELECT p.person, p.weight, t.happened_at, t.happened_at, t.touch_id, t.source || ' ' || t.source_key, t.channel, t.tactic,
    (t.value IS NOT NULL AND t.object IS NOT NULL) OR t.event = :conversion_event
  FROM touches AS t JOIN people AS p ON p.node = t.node
  WHERE COALESCE(t.is_machine, 0) < 0.5 AND t.happened_at < :as_of AND (t.received_at IS NULL OR t.received_at < :as_of)
    AND POSITION(',' || t.class || ',' IN ',' || :classes || ',') > 0
    AND NOT (t.class = 'activity' AND (t.session_key IS NOT NULL OR t.source IN ('ga4', 'matomo-visits', 'segment', 'snowplow')))
),
-- A conversion event alone in its session is no step if another step lies within 30 minutes of it. Only the steps of people
-- who have such a session are put in order for it: sorting is what costs.
alone AS (SELECT DISTINCT person FROM all_steps WHERE only_conversion),
lonely AS (
  SELECT *,
    MAX(CASE WHEN NOT only_conversion THEN ended_at END) OVER (
      PARTITION BY person ORDER BY started_at, touch_id, tie ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_at,
    MIN(CASE WHEN NOT only_conversion THEN started_at END) OVER (
      PARTITION BY person ORDER BY started_at, touch_id, tie ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS after_at
  FROM all_steps WHERE person IN (SELECT person FROM alone)
),
steps AS (
  SELECT s.person, s.weight, s.started_at, s.touch_id, s.tie, COALESCE(s.channel, '(unknown)') AS channel, s.tactic
  FROM all_steps AS s LEFT JOIN alone AS a ON a.person = s.person WHERE a.person IS NULL
  UNION ALL
  SELECT person, weight, started_at, touch_id, tie, COALESCE(channel, '(unknown)'), tactic FROM lonely
  WHERE NOT COALESCE(only_conversion, FALSE)
    OR (COALESCE(micros(started_at) - micros(before_at) > 1800000000, TRUE)
        AND COALESCE(micros(after_at) - micros(started_at) > 1800000000, TRUE))
),
kept AS (SELECT * FROM steps WHERE :keep_direct OR channel <> 'Direct'),
goals AS (
  SELECT c.*, ROW_NUMBER() OVER (PARTITION BY person ORDER BY converted_at, conversion) AS goal_no
  FROM @conversions AS c WHERE person IS NOT NULL
),
whoever AS (SELECT DISTINCT person FROM goals),
-- Steps and conversions of a person in one order: the conversions before a step tell which one comes next.
line AS (
  SELECT person, weight, started_at AS moment, 0 AS is_goal, touch_id, tie, channel, tactic FROM kept
  WHERE person IN (SELECT person FROM whoever)
  UNION ALL SELECT person, NULL, converted_at, 1, 0, conversion, NULL, NULL FROM goals
),
numbered AS (
  SELECT *, 1 + SUM(is_goal) OVER (PARTITION BY person ORDER BY moment, is_goal, touch_id, tie ROWS UNBOUNDED PRECEDING) AS goal_no FROM line
),
placed AS (
  SELECT n.person, n.weight, n.moment AS started_at, n.touch_id, n.tie, n.channel, n.tactic, g.goal_no, g.converted_at
  FROM numbered AS n
  LEFT JOIN goals AS g ON g.person = n.person AND g.goal_no = n.goal_no
    AND micros(g.converted_at) - micros(n.moment) <= CAST(:window AS BIGINT) * 1000000
  WHERE n.is_goal = 0
  UNION ALL
  SELECT k.person, k.weight, k.started_at, k.touch_id, k.tie, k.channel, k.tactic, NULL, NULL
  FROM kept AS k LEFT JOIN whoever AS w ON w.person = k.person WHERE w.person IS NULL
),
runs AS (
  SELECT *, LAG(channel) OVER (PARTITION BY person, goal_no ORDER BY started_at, touch_id, tie) AS channel_before,
    ROW_NUMBER() OVER (PARTITION BY person, goal_no ORDER BY started_at, touch_id, tie) AS place,
    MAX(started_at) OVER (PARTITION BY person, goal_no) AS last_at
  FROM placed
),
journeys AS (
  SELECT person, goal_no, MIN(weight) AS weight, MIN(started_at) AS started_at, MAX(last_at) AS ended_at,
    ordered_list(channel, place) AS channels, ordered_list(tactic, place) AS tactics, ordered_list(started_at, place) AS times
  FROM runs WHERE NOT :collapse OR channel_before IS NULL OR channel_before <> channel
  GROUP BY person, goal_no
),
whose AS (SELECT person, MIN(weight) AS weight, MIN(account) AS account FROM people GROUP BY person)
SELECT COALESCE(g.person, j.person) AS person, g.goal_no AS journey_no,
  CASE WHEN g.person IS NOT NULL THEN 'converted'
       WHEN micros(CAST(:as_of AS TIMESTAMP)) - micros(j.ended_at) < CAST(:window AS BIGINT) * 1000000 THEN 'open' ELSE 'null' END AS outcome,
  j.started_at, j.ended_at, g.converted_at, g.value, g.currency, j.channels, j.tactics, j.times,
  w.weight, w.account,
  (micros(CAST(:as_of AS TIMESTAMP)) - micros(j.ended_at)) / 86400000000 AS days_open
FROM goals AS g
FULL OUTER JOIN journeys AS j ON j.person = g.person AND j.goal_no = g.goal_no
LEFT JOIN whose AS w ON w.person = COALESCE(g.person, j.person)
ORDER BY 1, CASE WHEN g.goal_no IS NULL THEN 1 ELSE 0 END, g.goal_no
