"""Commands of the loans."""
