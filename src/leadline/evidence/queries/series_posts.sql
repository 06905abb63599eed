-- How many posts of ours came out, and what did they earn, per period? :name count, impressions, reactions, replies, shares,
-- saves, clicks. Counts are those of the last import, and stand in the period in which the post came out; reposts are not ours.
-- A measure that no post of the period reports is null, not 0
SELECT CAST(date_trunc(:grain, local(published_at)) AS DATE) AS period,
  CAST(CASE :name WHEN 'count' THEN COUNT(*) WHEN 'impressions' THEN SUM(impressions) WHEN 'reactions' THEN SUM(reactions)
    WHEN 'replies' THEN SUM(replies) WHEN 'shares' THEN SUM(shares) WHEN 'saves' THEN SUM(saves) WHEN 'clicks' THEN SUM(clicks) END AS DOUBLE) AS value,
  CAST(NULL AS DOUBLE) AS n, CAST(NULL AS DOUBLE) AS low, CAST(NULL AS DOUBLE) AS high
FROM posts WHERE own AND kind <> 'Announce' AND published_at < :as_of
GROUP BY 1 ORDER BY 1
