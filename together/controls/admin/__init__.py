"""The console's pages over people, approvals and records, and the base of every console page."""
