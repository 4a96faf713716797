"""Commands of the retail programme, one a module."""
