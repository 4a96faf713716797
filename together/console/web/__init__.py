"""Pages of the site that belong to no programme: health, static files."""
