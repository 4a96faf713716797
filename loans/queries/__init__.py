"""Questions about institutions, applications and loans."""
