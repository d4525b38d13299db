select updated_on from changed.silver_rankings where updated_on is not null
