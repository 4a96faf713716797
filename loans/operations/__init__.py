"""What can be done with institutions, applications and loans."""
