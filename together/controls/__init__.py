"""People, roles, four eyes, audit trail: who may do what, and who did it."""
