"""Rules of the notices: their life, and what a message must be."""
