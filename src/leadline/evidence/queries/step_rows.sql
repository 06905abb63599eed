-- What became of every entry into :from_state? One row per subject and episode, also across subjects (persons to deals, either to accounts).
-- The first entry counts; moving back is history. Coming back after `lost` is a new episode. A subject of which only a later
-- state is known (:implied) entered the earlier one at the same moment: `skipped`. A move dated before its entry is kept as the
-- sources say it: whoever measures reports it.
-- :from_state, :to_state bridge states · :passed, :implied comma-separated: the states in which :to_state is behind a subject, and
-- those that nobody reaches but through :from_state · :as_of the first moment that does not exist yet
-- Moments are those of the plan's :zone, so that days and months are.
-- :window seconds before its first stage in which a touch may name a subject's tactic
WITH spells AS (SELECT * FROM @stage_spells AS s),
known_deals AS (
  SELECT deal, account, status, state, amount, currency, created_at, tactic, source, source_key,
    CASE WHEN closed_at < :as_of THEN closed_at END AS closed_at
  FROM deals WHERE created_at IS NULL OR created_at < :as_of
),
-- A deal without any history shows one state: the one it closed in.
entries AS (
  SELECT subject_kind, subject, stage, entered_at, amount, currency, tactic, origin FROM spells
  UNION ALL
  SELECT 'deal', d.deal, d.state, d.closed_at, d.amount, d.currency, d.tactic, NULL
  FROM known_deals AS d LEFT JOIN (SELECT DISTINCT subject FROM spells WHERE subject_kind = 'deal') AS h ON h.subject = d.deal
  WHERE h.subject IS NULL AND d.status IN ('won', 'lost') AND d.closed_at IS NOT NULL
),
-- What happens at the very moment of a loss still belongs to what was lost.
numbered AS (
  SELECT e.*, SUM(CASE WHEN stage = 'lost' THEN 1 ELSE 0 END) OVER (
      PARTITION BY subject_kind, subject ORDER BY entered_at RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
    - SUM(CASE WHEN stage = 'lost' THEN 1 ELSE 0 END) OVER (PARTITION BY subject_kind, subject, entered_at) AS episode
  FROM entries AS e
),
reached AS (
  SELECT DISTINCT subject_kind, stage = :to_state AS is_next FROM entries WHERE POSITION(',' || stage || ',' IN ',' || :passed || ',') > 0
),
-- In which kind of subject does the step end? Where nobody got there, what lies further along tells.
goal_kinds AS (
  SELECT MAX(CASE WHEN subject_kind = 'person' THEN 1 ELSE 0 END) AS person, MAX(CASE WHEN subject_kind = 'deal' THEN 1 ELSE 0 END) AS deal,
    MAX(CASE WHEN subject_kind = 'account' THEN 1 ELSE 0 END) AS account
  FROM reached WHERE is_next OR NOT EXISTS (SELECT 1 FROM reached AS r WHERE r.is_next)
),
-- A deal without history does not tell what it passed over.
entered AS (
  SELECT *, FALSE AS skipped FROM numbered WHERE stage = :from_state
  UNION ALL
  SELECT n.*, TRUE FROM numbered AS n
  JOIN (SELECT DISTINCT subject_kind FROM entries WHERE stage = :from_state) AS k ON k.subject_kind = n.subject_kind
  JOIN (SELECT DISTINCT subject_kind, subject FROM spells) AS h ON h.subject_kind = n.subject_kind AND h.subject = n.subject
  WHERE POSITION(',' || n.stage || ',' IN ',' || :implied || ',') > 0
),
firsts AS (
  SELECT * FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY subject_kind, subject, episode ORDER BY skipped, entered_at, stage, amount) AS place FROM entered
  ) AS x WHERE place = 1
),
starts AS (
  SELECT e.*,
    ROW_NUMBER() OVER (PARTITION BY e.subject_kind, e.subject ORDER BY e.episode) AS entry_no,
    LEAD(e.entered_at) OVER (PARTITION BY e.subject_kind, e.subject ORDER BY e.episode) AS next_entry,
    CASE WHEN e.subject_kind = 'person' AND g.person = 1 OR e.subject_kind = 'deal' AND g.deal = 1 OR e.subject_kind = 'account' AND g.account = 1 THEN 'same'
         WHEN e.subject_kind = 'person' AND g.deal = 1 THEN 'deal'
         WHEN g.account = 1 THEN 'account'
         WHEN e.subject_kind = 'person' AND EXISTS (SELECT 1 FROM deal_people) THEN 'deal' ELSE 'same' END AS way,
    g.person IS NULL AS nobody_moved
  FROM firsts AS e CROSS JOIN goal_kinds AS g
),
-- The first deal with that person created at or after the entry; up to one day earlier counts as the same moment.
led AS (
  SELECT subject_kind, subject, entry_no, deal FROM (
    SELECT s.subject_kind, s.subject, s.entry_no, d.deal,
      ROW_NUMBER() OVER (PARTITION BY s.subject, s.entry_no ORDER BY d.created_at, d.source, d.source_key) AS place
    FROM starts AS s
    JOIN people AS p ON p.person = s.subject
    JOIN deal_people AS dp ON dp.person_node = p.node
    JOIN known_deals AS d ON d.deal = dp.deal
    WHERE s.way = 'deal' AND micros(d.created_at) >= micros(s.entered_at) - 86400000000
      AND (s.next_entry IS NULL OR micros(d.created_at) < micros(s.next_entry) - 86400000000)
  ) AS x WHERE place = 1
),
belongs AS (
  SELECT 'person' AS subject_kind, person AS subject, MIN(account) AS account FROM people GROUP BY person
  UNION ALL SELECT 'deal', deal, MIN(account) FROM known_deals GROUP BY deal
  UNION ALL SELECT 'account', account, account FROM accounts GROUP BY account
),
-- The subject in which the step ends: the same one, the deal it led to, or the account it belongs to.
goals AS (
  SELECT s.*, l.deal,
    CASE s.way WHEN 'same' THEN s.subject_kind ELSE s.way END AS goal_kind,
    CASE s.way WHEN 'same' THEN s.subject WHEN 'deal' THEN l.deal WHEN 'account' THEN b.account END AS goal
  FROM starts AS s
  LEFT JOIN led AS l ON l.subject_kind = s.subject_kind AND l.subject = s.subject AND l.entry_no = s.entry_no
  LEFT JOIN belongs AS b ON b.subject_kind = s.subject_kind AND b.subject = s.subject
),
moves AS (
  SELECT subject_kind, subject, entry_no, moved_at, amount, currency FROM (
    SELECT g.subject_kind, g.subject, g.entry_no, a.amount, a.currency,
      CASE WHEN g.skipped OR g.way = 'deal' AND a.entered_at < g.entered_at AND micros(a.entered_at) >= micros(g.entered_at) - 86400000000
           THEN g.entered_at ELSE a.entered_at END AS moved_at,
      ROW_NUMBER() OVER (PARTITION BY g.subject_kind, g.subject, g.entry_no ORDER BY a.entered_at, a.stage, a.amount) AS place
    FROM goals AS g
    JOIN numbered AS a ON a.subject_kind = g.goal_kind AND a.subject = g.goal AND POSITION(',' || a.stage || ',' IN ',' || :passed || ',') > 0
    WHERE g.way = 'deal' OR (g.way = 'same' AND a.episode = g.episode) OR (g.way = 'account' AND a.entered_at >= g.entered_at)
  ) AS x WHERE place = 1
),
closings AS (
  SELECT subject_kind, subject, episode, stage AS ending, entered_at AS ended_at FROM numbered WHERE stage IN ('won', 'lost')
  UNION SELECT 'deal', deal, NULL, status, closed_at FROM known_deals WHERE status IN ('won', 'lost') AND closed_at IS NOT NULL
),
-- The wait ends with the end of the subject in which the step ends; where nobody ever moved, with the subject's own as well.
ends_of AS (
  SELECT subject_kind, subject, entry_no, entered_at, next_entry, episode, 1 AS is_own, subject_kind AS end_kind, subject AS end_of FROM goals
    WHERE way = 'same' OR nobody_moved
  UNION ALL
  SELECT subject_kind, subject, entry_no, entered_at, NULL, NULL, 0, goal_kind, goal FROM goals WHERE way <> 'same'
),
endings AS (
  SELECT subject_kind, subject, entry_no, ending, ended_at FROM (
    SELECT g.subject_kind, g.subject, g.entry_no, c.ending, c.ended_at,
      ROW_NUMBER() OVER (PARTITION BY g.subject_kind, g.subject, g.entry_no ORDER BY c.ended_at, c.ending) AS place
    FROM ends_of AS g JOIN closings AS c ON c.subject_kind = g.end_kind AND c.subject = g.end_of
    WHERE c.ended_at >= g.entered_at
      AND (g.is_own = 0 OR c.episode = g.episode OR c.episode IS NULL AND (g.next_entry IS NULL OR c.ended_at < g.next_entry))
  ) AS x WHERE place = 1
),
-- A subject's tactic: named on one of its rows, else that of its last touch before its first stage.
named AS (
  SELECT subject_kind, subject, tactic FROM (
    SELECT subject_kind, subject, tactic, ROW_NUMBER() OVER (PARTITION BY subject_kind, subject ORDER BY entered_at, tactic) AS place
    FROM (SELECT subject_kind, subject, tactic, entered_at FROM entries UNION ALL SELECT 'deal', deal, tactic, created_at FROM known_deals) AS rows_of
    WHERE tactic IS NOT NULL
  ) AS x WHERE place = 1
),
came AS (
  SELECT subject_kind, subject, origin FROM (
    SELECT subject_kind, subject, origin, ROW_NUMBER() OVER (PARTITION BY subject_kind, subject ORDER BY entered_at, origin) AS place
    FROM entries WHERE origin IS NOT NULL
  ) AS x WHERE place = 1
),
touched AS (
  SELECT subject, tactic FROM (
    SELECT f.subject, t.tactic, ROW_NUMBER() OVER (PARTITION BY f.subject ORDER BY t.happened_at DESC, t.touch_id DESC, t.source_key DESC) AS place
    FROM (SELECT subject, MIN(entered_at) AS first_at FROM entries WHERE subject_kind = 'person' GROUP BY subject) AS f
    JOIN people AS p ON p.person = f.subject
    JOIN touches AS t ON t.node = p.node
    WHERE t.tactic IS NOT NULL AND COALESCE(t.is_machine, 0) < 0.5
      AND t.happened_at <= f.first_at AND micros(f.first_at) - micros(t.happened_at) <= CAST(:window AS BIGINT) * 1000000
  ) AS x WHERE place = 1
),
persons AS (
  SELECT p.person AS subject, COALESCE(n.tactic, t.tactic) AS tactic
  FROM (SELECT DISTINCT person FROM people) AS p
  LEFT JOIN named AS n ON n.subject_kind = 'person' AND n.subject = p.person
  LEFT JOIN touched AS t ON t.subject = p.person
),
brought AS (
  SELECT deal, tactic FROM (
    SELECT dp.deal, s.tactic,
      ROW_NUMBER() OVER (PARTITION BY dp.deal ORDER BY CASE WHEN dp.is_primary THEN 0 ELSE 1 END, f.first_at, s.tactic) AS place
    FROM deal_people AS dp JOIN people AS p ON p.node = dp.person_node JOIN persons AS s ON s.subject = p.person
    LEFT JOIN (SELECT subject, MIN(entered_at) AS first_at FROM entries WHERE subject_kind = 'person' GROUP BY subject) AS f ON f.subject = p.person
    WHERE s.tactic IS NOT NULL
  ) AS x WHERE place = 1
),
segments AS (SELECT account, MIN(segment) AS segment FROM accounts WHERE segment IS NOT NULL GROUP BY account)
SELECT g.subject_kind, g.subject, local(g.entered_at) AS entered_at,
  local(CASE WHEN g.skipped THEN g.entered_at ELSE m.moved_at END) AS moved_at, g.skipped,
  CASE WHEN :to_state IN ('won', 'lost') AND m.moved_at IS NOT NULL THEN :to_state ELSE e.ending END AS "end",
  CASE WHEN :to_state IN ('won', 'lost') AND m.moved_at IS NOT NULL THEN local(m.moved_at) ELSE local(e.ended_at) END AS ended_at,
  COALESCE(m.amount, d.amount, g.amount) AS amount,
  CASE WHEN m.amount IS NOT NULL THEN m.currency WHEN d.amount IS NOT NULL THEN d.currency ELSE g.currency END AS currency,
  COALESCE(n.tactic, t.tactic, r.tactic) AS tactic, c.origin, a.segment, COALESCE(g.deal, d.deal) AS deal
FROM goals AS g
LEFT JOIN moves AS m ON m.subject_kind = g.subject_kind AND m.subject = g.subject AND m.entry_no = g.entry_no
LEFT JOIN endings AS e ON e.subject_kind = g.subject_kind AND e.subject = g.subject AND e.entry_no = g.entry_no
LEFT JOIN known_deals AS d ON g.goal_kind = 'deal' AND d.deal = g.goal
LEFT JOIN named AS n ON n.subject_kind = g.subject_kind AND n.subject = g.subject
LEFT JOIN touched AS t ON g.subject_kind = 'person' AND t.subject = g.subject
LEFT JOIN brought AS r ON g.subject_kind = 'deal' AND r.deal = g.subject
LEFT JOIN came AS c ON c.subject_kind = g.subject_kind AND c.subject = g.subject
LEFT JOIN belongs AS b ON b.subject_kind = g.subject_kind AND b.subject = g.subject
LEFT JOIN segments AS a ON a.account = b.account
ORDER BY g.subject_kind, g.subject, g.entered_at
