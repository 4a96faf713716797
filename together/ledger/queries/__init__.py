"""Questions about the books."""
