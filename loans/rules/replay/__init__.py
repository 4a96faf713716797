"""Replay: the state of a loan as a pure fold over its terms and events."""
