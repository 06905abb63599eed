-- What happened around some deals? One row per event, in order of time: stages that the deal and its people entered, their
-- touches, and the messages of their conversations. People are numbered within a deal, the main contact first.
-- kind: deal (a stage of the deal), person (a stage of a person), touch, reply · what: stage, event or direction
-- who: number of the person, null for the deal · :deals numbers of deals, comma-separated · :as_of the first moment that does not exist yet
WITH behind AS (
  SELECT deal, person, ROW_NUMBER() OVER (PARTITION BY deal ORDER BY main DESC, person) AS who FROM (
    SELECT dp.deal, p.person, MAX(CASE WHEN dp.is_primary THEN 1 ELSE 0 END) AS main
    FROM deal_people AS dp JOIN people AS p ON p.node = dp.person_node
    WHERE POSITION(',' || CAST(dp.deal AS TEXT) || ',' IN ',' || :deals || ',') > 0
    GROUP BY dp.deal, p.person
  ) AS x
),
nodes AS (SELECT b.deal, b.who, b.person, p.node FROM behind AS b JOIN people AS p ON p.person = b.person),
spells AS (SELECT * FROM @stage_spells AS s)
SELECT deal, happened_at, kind, what, who, channel, tactic, amount, currency FROM (
  SELECT s.subject AS deal, s.entered_at AS happened_at, 'deal' AS kind, s.stage AS what, CAST(NULL AS BIGINT) AS who,
    CAST(NULL AS TEXT) AS channel, s.tactic, s.amount, s.currency
  FROM spells AS s WHERE s.subject_kind = 'deal' AND POSITION(',' || CAST(s.subject AS TEXT) || ',' IN ',' || :deals || ',') > 0
  UNION ALL
  SELECT b.deal, s.entered_at, 'person', s.stage, b.who, s.origin, s.tactic, NULL, NULL
  FROM spells AS s JOIN behind AS b ON b.person = s.subject WHERE s.subject_kind = 'person'
  UNION ALL
  SELECT n.deal, t.happened_at, 'touch', t.event, n.who, t.channel, t.tactic, NULL, NULL
  FROM touches AS t JOIN nodes AS n ON n.node = t.node
  WHERE t.happened_at < :as_of AND (t.received_at IS NULL OR t.received_at < :as_of) AND COALESCE(t.is_machine, 0) < 0.5
  UNION ALL
  SELECT n.deal, r.happened_at, 'reply', r.direction, n.who, r.touchpoint, NULL, NULL, NULL
  FROM responses AS r JOIN nodes AS n ON n.node = r.person_node WHERE r.happened_at < :as_of AND r.kind = 'message'
) AS x
ORDER BY deal, happened_at, CASE kind WHEN 'touch' THEN 0 WHEN 'reply' THEN 1 WHEN 'person' THEN 2 ELSE 3 END, who, what
