"""What `unigrad.debug` knows of ops that a tape did not record."""

from typing import Any


def reasons(question: Any) -> list[Any]:
    """Filled in with `unigrad.debug`."""
    return []
