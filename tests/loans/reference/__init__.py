"""A second calculator of loans, written from the text of the calculation contract alone."""
