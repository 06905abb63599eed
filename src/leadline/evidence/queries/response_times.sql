-- How long did who wrote to us wait? One row per conversation that somebody else opened or took up: its first inbound message.
-- Answered by the first message of a person of ours after it; an automatic reply stops no clock (`auto_only`: there was
-- nothing else). answered_at null: still waiting at :as_of, the first moment that does not exist yet
WITH messages AS (
  SELECT source, source_key, COALESCE(conversation, answers, source_key) AS conversation, happened_at, direction, kind, touchpoint, team
  FROM responses WHERE happened_at < :as_of AND kind IN ('message', 'auto')
),
openers AS (
  SELECT * FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY source, conversation ORDER BY happened_at, source_key) AS place
    FROM messages WHERE direction = 'inbound' AND kind = 'message'
  ) AS x WHERE place = 1
),
replies AS (
  SELECT o.source, o.conversation, m.happened_at, m.kind, m.team,
    ROW_NUMBER() OVER (PARTITION BY o.source, o.conversation, m.kind ORDER BY m.happened_at, m.source_key) AS place
  FROM openers AS o JOIN messages AS m ON m.source = o.source AND m.conversation = o.conversation
  WHERE m.direction = 'outbound' AND m.happened_at >= o.happened_at
)
SELECT o.source, o.conversation, o.happened_at AS opened_at, CAST(local(o.happened_at) AS DATE) AS opened_on, h.happened_at AS answered_at,
  o.touchpoint, COALESCE(h.team, o.team) AS team, h.happened_at IS NOT NULL AS answered,
  h.happened_at IS NULL AND a.happened_at IS NOT NULL AS auto_only
FROM openers AS o
LEFT JOIN replies AS h ON h.source = o.source AND h.conversation = o.conversation AND h.kind = 'message' AND h.place = 1
LEFT JOIN replies AS a ON a.source = o.source AND a.conversation = o.conversation AND a.kind = 'auto' AND a.place = 1
ORDER BY opened_at, o.source, o.conversation
