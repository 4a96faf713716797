"""Private PostgreSQL and Valkey for a machine that has none; nothing here is used in production."""
