-- A real source has landed no track yet: what it has landed waits, and the sandbox is served until there is one.
-- relation: silver.served_sources
-- severity: WARN
with landed as (
    select source from silver.artists
    union select source from silver.albums
    union select source from silver.rankings
    union select source from silver.playlists
    union select provider from silver.audio_features
)
select source
from landed
anti join silver.served_sources using (source)
where source <> 'sandbox'
