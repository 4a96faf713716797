"""Commands of the controls."""
