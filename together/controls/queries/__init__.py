"""Questions about people, approvals and records."""
