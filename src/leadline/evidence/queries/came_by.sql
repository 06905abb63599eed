-- How did everybody come whom a source names? One row per subject that ever entered a stage, with the stages it reached.
-- A person's own rows and those of the deals with that person are one subject; a deal without a known person stands alone.
-- `stated` the channel its rows name · `origin` where it came from as the source says it, a claim · `touched` the channel of its
-- last touch within the window before its first stage that is not Direct, else Direct · `stages` those it entered, comma-separated
-- :as_of the first moment that does not exist yet · :window seconds
WITH owners AS (
  SELECT deal, person FROM (
    SELECT dp.deal, p.person, ROW_NUMBER() OVER (PARTITION BY dp.deal ORDER BY CASE WHEN dp.is_primary THEN 0 ELSE 1 END, p.person) AS place
    FROM deal_people AS dp JOIN people AS p ON p.node = dp.person_node
  ) AS x WHERE place = 1
),
rows_of AS (
  SELECT CASE WHEN s.subject_kind = 'deal' AND o.person IS NOT NULL THEN 'person' ELSE s.subject_kind END AS subject_kind,
    COALESCE(o.person, p.person, s.subject) AS subject, s.stage, s.entered_at, s.channel_stated, s.origin
  FROM stages AS s
  LEFT JOIN people AS p ON s.subject_kind = 'person' AND p.node = s.subject
  LEFT JOIN owners AS o ON s.subject_kind = 'deal' AND o.deal = s.subject
  WHERE s.entered_at < :as_of AND s.change NOT IN ('amount', 'close') AND s.stage IS NOT NULL
),
-- A deal without any history shows one state: the one it closed in.
closed AS (
  SELECT CASE WHEN o.person IS NOT NULL THEN 'person' ELSE 'deal' END AS subject_kind, COALESCE(o.person, d.deal) AS subject,
    d.state AS stage, COALESCE(d.closed_at, d.created_at) AS entered_at, d.channel_stated, d.lead_source AS origin
  FROM deals AS d LEFT JOIN owners AS o ON o.deal = d.deal
  WHERE d.state IS NOT NULL AND COALESCE(d.closed_at, d.created_at) < :as_of
    AND d.deal NOT IN (SELECT subject FROM stages WHERE subject_kind = 'deal')
),
together AS (SELECT * FROM rows_of UNION ALL SELECT * FROM closed),
reached AS (
  SELECT subject_kind, subject, ordered_list(stage, stage) AS stages FROM (SELECT DISTINCT subject_kind, subject, stage FROM together) AS d
  GROUP BY subject_kind, subject
),
subjects AS (
  SELECT t.subject_kind, t.subject, MIN(t.entered_at) AS first_at, MIN(t.channel_stated) AS stated, MIN(NULLIF(t.origin, '')) AS origin
  FROM together AS t GROUP BY t.subject_kind, t.subject
),
touched AS (
  SELECT subject, channel FROM (
    SELECT s.subject, t.channel, ROW_NUMBER() OVER (
      PARTITION BY s.subject ORDER BY CASE WHEN t.channel = 'Direct' THEN 1 ELSE 0 END, t.happened_at DESC, t.touch_id DESC, t.source_key DESC) AS place
    FROM subjects AS s
    JOIN people AS p ON p.person = s.subject
    JOIN touches AS t ON t.node = p.node
    WHERE s.subject_kind = 'person' AND t.channel IS NOT NULL AND t.class = 'activity' AND COALESCE(t.is_machine, 0) < 0.5
      AND t.happened_at <= s.first_at AND micros(s.first_at) - micros(t.happened_at) <= CAST(:window AS BIGINT) * 1000000
  ) AS x WHERE place = 1
)
SELECT s.subject_kind, s.subject, s.first_at, s.stated, s.origin, t.channel AS touched, join_text(r.stages, ',') AS stages
FROM subjects AS s JOIN reached AS r ON r.subject_kind = s.subject_kind AND r.subject = s.subject LEFT JOIN touched AS t ON s.subject_kind = 'person' AND t.subject = s.subject
ORDER BY s.first_at, s.subject_kind, s.subject
