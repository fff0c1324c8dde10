"""A failure as a program that shows it, using unigrad and NumPy alone."""

from unigrad_conformance.reproduce.program import script

__all__ = ["script"]
