"""The shared admin console of both programmes, and the commands that concern both."""
