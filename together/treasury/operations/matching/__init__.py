"""
Matching: each statement line is explained, with its reason, or stays a break that says why.

See Note [no false match]: what is certain is booked by itself, what is possible is proposed to a
person, and the rest says what is missing.
"""

from together.treasury.operations.matching.run import match

__all__ = ["match"]
