"""Questions about pools and payments."""
