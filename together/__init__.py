"""Wiring of the project and what both programmes share."""


class Refused(Exception):
    """
    The parent of every refusal: something that may not happen, with its reason in words.

    Each refusal is a class of its own beside the function that raises it, named by its cause.
    Entrances show its text to the person; anything that is no ``Refused`` is a bug. One that
    ``is_missing`` they answer like something that does not exist.
    """

    is_missing = False
