"""The console's pages over notices, and what other pages show of those of their record."""
