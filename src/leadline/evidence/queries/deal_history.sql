-- How did every deal change? One row per change of its stage, its amount or its expected close.
-- An amount whose row names no currency is in the deal's own · :as_of the first moment that does not exist yet
SELECT s.subject AS deal, s.entered_at AS changed_at, s.stage, s.amount, COALESCE(s.currency, d.currency) AS currency, s.expected_close, s.change
FROM stages AS s
LEFT JOIN (SELECT deal, MIN(currency) AS currency FROM deals GROUP BY deal) AS d ON d.deal = s.subject
WHERE s.subject_kind = 'deal' AND s.entered_at < :as_of
ORDER BY s.subject, s.entered_at, s.position, s.source, s.source_key
