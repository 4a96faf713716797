"""Rules of the controls: roles, authority, lives."""
