-- Which stage did subjects enter after which? One row per kind of subject and pair of stages that one subject entered both of.
-- `directly` counts the subjects for whom nothing lies between the two; the first entry into each stage counts. Moments that
-- are equal keep the order of the file, so that a wide history (a column per stage) is read in the order of its columns
-- :as_of the first moment that does not exist yet · :lost a comma-separated list of stages that end a way without being on it
WITH changes AS (
  SELECT s.subject_kind, COALESCE(p.person, s.subject) AS subject, s.stage, s.entered_at, s.position, s.source
  FROM stages AS s LEFT JOIN people AS p ON s.subject_kind = 'person' AND p.node = s.subject
  WHERE s.entered_at < :as_of AND s.change NOT IN ('amount', 'close') AND s.stage IS NOT NULL
    AND POSITION(',' || s.stage || ',' IN ',' || :lost || ',') = 0
),
firsts AS (
  SELECT subject_kind, subject, stage, entered_at, position, source FROM (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY subject_kind, subject, stage ORDER BY entered_at, source, position) AS place FROM changes
  ) AS x WHERE place = 1
),
placed AS (
  SELECT subject_kind, subject, stage,
    ROW_NUMBER() OVER (PARTITION BY subject_kind, subject ORDER BY entered_at, source, position, stage) AS place
  FROM firsts
)
SELECT a.subject_kind, a.stage AS earlier, b.stage AS later, COUNT(*) AS subjects,
  CAST(SUM(CASE WHEN b.place = a.place + 1 THEN 1 ELSE 0 END) AS BIGINT) AS directly
FROM placed AS a JOIN placed AS b ON b.subject_kind = a.subject_kind AND b.subject = a.subject AND b.place > a.place
GROUP BY a.subject_kind, a.stage, b.stage
ORDER BY a.subject_kind, earlier, later
