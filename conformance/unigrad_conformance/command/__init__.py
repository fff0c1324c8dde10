"""The command ``unigrad``; ``python -m unigrad_conformance`` is its ``conformance``.

* `exits`: the exit statuses.
* `app`: the options, read by typer.
* `request`: what they ask for, checked before anything runs.
* `conduct`: the run itself: backends are tried, units go to workers, reports are written.
* `screen`: what is seen of it.
"""

import sys
from collections.abc import Sequence

from unigrad_conformance.command.exits import INTERRUPTED, USAGE

__all__ = ["conformance", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """``unigrad ...``: the exit status."""
    try:
        import rich  # noqa: F401
        import typer  # noqa: F401
    except ImportError as e:
        print(
            f"unigrad: the command needs {e.name}, which is not installed: pip install 'unigrad[conformance]'",
            file=sys.stderr,
        )
        return USAGE
    try:
        from unigrad_conformance.command.app import run_app

        return run_app(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:  # before anything ran
        return INTERRUPTED


def conformance() -> int:
    """``python -m unigrad_conformance ...``."""
    return main(["conformance", *sys.argv[1:]])
