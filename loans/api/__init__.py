"""The read side of loans for integrators."""
