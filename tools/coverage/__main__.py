"""Write the pages, or say with ``--check`` whether they are what is written there."""

import os
import sys
from pathlib import Path

os.environ.setdefault("JAX_ENABLE_X64", "1")

DOCS = Path(__file__).parent.parent.parent / "docs"


def main(argv: list[str]) -> int:
    """Write, or compare."""
    from tools.coverage import numpy_page
    from tools.coverage.page import Page

    page = Page()
    texts = {"coverage.md": page.text(), "coverage-numpy.md": numpy_page.text()}
    for problem in page.problems:
        print(problem)
    if "--check" in argv:
        stale = [n for n, t in texts.items() if not (DOCS / n).exists() or (DOCS / n).read_text(encoding="utf-8") != t]
        for name in stale:
            print(f"docs/{name} is stale: say `make docs`")
        return 1 if stale or page.problems else 0
    for name, t in texts.items():
        (DOCS / name).write_text(t, encoding="utf-8")
    return 1 if page.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
