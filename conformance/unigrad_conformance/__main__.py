"""``python -m unigrad_conformance``: the command ``unigrad conformance``."""

import sys

from unigrad_conformance.command import conformance

if __name__ == "__main__":
    sys.exit(conformance())
