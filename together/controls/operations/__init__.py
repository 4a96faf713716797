"""What can be done with people, approvals and records."""
