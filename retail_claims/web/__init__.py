"""Public pages of the retail programme."""
