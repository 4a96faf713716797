"""Rules of the retail programme."""
