-- How long did every subject stay where? One row per visit of a subject to a stage.
-- A row that names the stage the subject is already in, or changes only money or date, opens no new spell. Persons are merged.
-- An amount whose row names no currency is in the deal's own.
-- :as_of the first moment that does not exist yet
WITH changes AS (
  SELECT s.subject_kind, COALESCE(p.person, s.subject) AS subject, s.stage, s.entered_at, s.left_at, s.amount,
    COALESCE(s.currency, d.currency) AS currency, s.tactic, s.origin, s.position, s.source, s.source_key
  FROM stages AS s LEFT JOIN people AS p ON s.subject_kind = 'person' AND p.node = s.subject
  LEFT JOIN (SELECT deal, MIN(currency) AS currency FROM deals GROUP BY deal) AS d
    ON s.subject_kind = 'deal' AND s.amount IS NOT NULL AND d.deal = s.subject
  WHERE s.entered_at < :as_of AND s.change NOT IN ('amount', 'close')
),
before AS (
  SELECT *, LAG(stage) OVER (
    PARTITION BY subject_kind, subject ORDER BY entered_at, position, source, source_key
  ) AS stage_before
  FROM changes
),
spells AS (
  SELECT *,
    LEAD(entered_at) OVER (PARTITION BY subject_kind, subject ORDER BY entered_at, position, source, source_key) AS next_at,
    LEAD(stage) OVER (PARTITION BY subject_kind, subject ORDER BY entered_at, position, source, source_key) AS next_stage
  FROM before WHERE stage_before IS NULL OR stage_before <> stage
)
SELECT subject_kind, subject, stage, entered_at,
  CASE WHEN left_at < :as_of AND (next_at IS NULL OR left_at <= next_at) THEN left_at ELSE next_at END AS left_at,
  next_stage, amount, currency, tactic, origin
FROM spells
ORDER BY subject_kind, subject, entered_at, position, source, source_key
