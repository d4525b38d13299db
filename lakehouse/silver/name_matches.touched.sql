select id as name from bronze.documents where kind = 'name_match'
