"""Reports of both programmes: what each is asked for, and the figures that it answers with."""
