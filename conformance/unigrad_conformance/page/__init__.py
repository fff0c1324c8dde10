"""The report as one page without network: `page.html` with `page.css`, `page.js` and the JSON report written into it."""

import json
from importlib.resources import files
from pathlib import Path

from unigrad_conformance.schema import Run, to_json, write

__all__ = ["page_of", "write_page"]


def page_of(run: Run) -> str:
    """The whole page."""
    here = files(__name__)
    texts = {name: here.joinpath(name).read_text(encoding="utf-8") for name in ("page.html", "page.css", "page.js")}
    # inside <script>, "</script" and "<!--" would end or bend it; in JSON a "<" is a "<" too when written as an escape
    data = json.dumps(to_json(run), allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    page = texts["page.html"]
    for mark, text in (
        ("/* page.css */", texts["page.css"]),
        ("/* page.js */", texts["page.js"]),
        ("/* report */", data),
    ):
        page = page.replace(mark, text, 1)
    return page


def write_page(run: Run, path: Path) -> None:
    """The page in a file."""
    write(path, page_of(run))
