"""Rules of the console: how long each kind of work may wait, and whose it is."""
