-- None: what may change them makes the build one of everything.
select source from bronze.documents where false
