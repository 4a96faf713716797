"""Commands that concern both programmes."""
