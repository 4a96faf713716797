"""Tasks: what waits for somebody, by the kind of work; one module for each area."""
