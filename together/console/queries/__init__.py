"""Questions that concern both programmes."""
