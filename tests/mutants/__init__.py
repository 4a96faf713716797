"""Money bugs put into the rules by hand, each of which a named test must catch."""
