-- What do journeys lead to? One row per conversion of :outcome: `orders`, `stage:<state>` (first entries) or `touches:<event>`.
-- A deal's conversion belongs to its main contact, else to the smallest of its persons.
-- :as_of the first moment that does not exist yet
WITH first_entries AS (
  SELECT subject_kind, subject, MIN(entered_at) AS converted_at FROM @stage_spells AS s
  WHERE :outcome = 'stage:' || stage GROUP BY subject_kind, subject
),
deal_entries AS (
  SELECT subject AS deal, converted_at FROM first_entries WHERE subject_kind = 'deal'
  UNION ALL
  SELECT d.deal, d.closed_at FROM deals AS d
  LEFT JOIN (SELECT DISTINCT subject FROM stages WHERE subject_kind = 'deal') AS h ON h.subject = d.deal
  WHERE h.subject IS NULL AND :outcome = 'stage:' || d.state AND d.closed_at < :as_of
),
deal_person AS (
  SELECT deal, person FROM (
    SELECT dp.deal, p.person, ROW_NUMBER() OVER (PARTITION BY dp.deal ORDER BY CASE WHEN dp.is_primary THEN 0 ELSE 1 END, p.person) AS place
    FROM deal_people AS dp JOIN people AS p ON p.node = dp.person_node
  ) AS x WHERE place = 1
)
SELECT p.person, o.ordered_at AS converted_at, o.source || ' ' || o.source_key AS conversion, o.net AS value, o.currency
FROM orders AS o LEFT JOIN people AS p ON p.node = o.node
WHERE :outcome = 'orders' AND o.status = 'booked' AND o.ordered_at < :as_of
UNION ALL
SELECT f.subject, f.converted_at, 'person ' || CAST(f.subject AS TEXT), NULL, NULL FROM first_entries AS f WHERE f.subject_kind = 'person'
UNION ALL
SELECT dp.person, e.converted_at, 'deal ' || CAST(e.deal AS TEXT), d.amount, d.currency
FROM deal_entries AS e LEFT JOIN deal_person AS dp ON dp.deal = e.deal
LEFT JOIN (SELECT deal, MAX(amount) AS amount, MAX(currency) AS currency FROM deals GROUP BY deal) AS d ON d.deal = e.deal
UNION ALL
SELECT p.person, t.happened_at, t.source || ' ' || t.source_key, t.value, t.currency
FROM touches AS t LEFT JOIN people AS p ON p.node = t.node
WHERE :outcome = 'touches:' || t.event AND t.happened_at < :as_of AND COALESCE(t.is_machine, 0) < 0.5
ORDER BY converted_at, conversion, person
