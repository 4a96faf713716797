"""Notices: what leaves as words, archived as it was said, mailed from one outbox."""
