"""Sign-in, sessions and error pages, shared by console and portal."""
