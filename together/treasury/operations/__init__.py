"""What the treasury does: fund, pay, read statements, match."""
