"""Rules of the treasury: lives of payments, references."""
