"""The read side of the retail programme for integrators."""
