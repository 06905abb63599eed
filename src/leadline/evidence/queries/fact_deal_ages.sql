-- How old are open deals, and how long did won ones take? One row per deal with a day of creation, the oldest first.
-- `days` from creation to the close, or to :as_of while it is open; a deal that closed later was open then
SELECT source_key, pipeline, CASE WHEN closed_at < :as_of THEN COALESCE(status, 'open') ELSE 'open' END AS status,
  (micros(CASE WHEN closed_at < :as_of THEN closed_at ELSE CAST(:as_of AS TIMESTAMP) END) - micros(created_at)) / 86400000000 AS days,
  amount, currency
FROM deals
WHERE created_at < :as_of AND (status = 'open' OR closed_at IS NOT NULL) AND (closed_at IS NULL OR closed_at >= created_at)
ORDER BY days DESC, source, source_key
