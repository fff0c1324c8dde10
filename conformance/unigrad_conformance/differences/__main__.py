"""``python -m unigrad_conformance.differences [native ...]``: run the programs of the data, and compare what they print.

Without a name: of every framework that is installed here. `--python` is an interpreter of another environment that has the
framework. Exit code 1 where an answer is another one than recorded, 2 where a framework cannot be run.
"""

import argparse
import sys
from collections.abc import Sequence

from unigrad_conformance.differences import NATIVES, reproduce
from unigrad_conformance.differences.telling import installed
from unigrad_conformance.points import HAZARDS


def main(argv: Sequence[str] | None = None) -> int:
    """Run and tell."""
    parser = argparse.ArgumentParser(prog="python -m unigrad_conformance.differences", description=__doc__)
    parser.add_argument("native", nargs="*", help=f"of {', '.join(NATIVES)}")
    parser.add_argument("--python", default=sys.executable, help="an interpreter that has the framework")
    options = parser.parse_args(argv)
    if unknown := [name for name in options.native if name not in NATIVES]:
        parser.error(f"no data of {', '.join(unknown)}: there are {', '.join(NATIVES)}")
    orders = {h.label: h.order for h in HAZARDS}
    code = 0
    for native in options.native or [n for n in NATIVES if installed(n)]:
        try:
            answers = reproduce.run(native, orders, options.python)
        except reproduce.CannotRunError as e:
            print(e, file=sys.stderr)
            code = 2
            continue
        stale = [a for a in answers if not a.stays]
        for answer in stale:
            print(answer.advice(), end="\n\n")
        version = answers[0].version if answers else "?"
        print(
            f"{NATIVES[native]} {version}: {len(answers) - len(stale)} of {len(answers)} programs print what is recorded"
        )
        code = max(code, int(bool(stale)))
    return code


if __name__ == "__main__":
    sys.exit(main())
