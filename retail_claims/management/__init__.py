"""Commands of the retail programme."""
