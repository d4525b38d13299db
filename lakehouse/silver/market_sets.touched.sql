select market_set_id(markets) as market_set_id from staging.albums where fault is null and len(markets) > 0
union
select market_set_id(markets) from staging.tracks where fault is null and len(markets) > 0
