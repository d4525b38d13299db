select source
from bronze.documents
where kind not in ('malformed_row', 'name_match', 'miss') and source not in (select source from before.silver_served_sources)
