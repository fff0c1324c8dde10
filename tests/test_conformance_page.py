"""The page, in a real browser: what it shows of a planted failure, what its filters leave, what a cell opens to. No arrays."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from tests.planted_run import BACKENDS, CHECKS, OPS, SCRIPT, planted
from unigrad_conformance.page import page_of, write_page

CHROMIUM = next((p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))), None)
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--virtual-time-budget=3000",
)  # fmt: skip
browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: apt-get install chromium")


class Page(HTMLParser):
    """The elements of a page after its program ran: tags, attributes and texts."""

    VOID = frozenset({"meta", "link", "input", "br", "img"})

    def __init__(self, text):
        super().__init__()
        self.stack, self.found = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        node = {"tag": tag, "text": "", "in": list(self.stack), **dict(attrs)}
        self.found.append(node)
        if tag not in self.VOID:
            self.stack.append(node)

    def handle_endtag(self, tag):
        while self.stack and self.stack.pop()["tag"] != tag:
            pass

    def handle_data(self, data):
        for node in self.stack:
            node["text"] += data

    def all(self, tag, inside=None, **attributes):
        """Elements of a tag, below the element of an id, with these attributes."""
        return [
            n for n in self.found
            if n["tag"] == tag and (inside is None or any(a.get("id") == inside for a in n["in"]))
            and all(n.get(k.rstrip("_")) == v for k, v in attributes.items())
        ]  # fmt: skip


@pytest.fixture
def look(tmp_path):
    """The page of a run as the browser has it, at an address and after a program that acts as a reader does."""

    def look(run=None, address="", act=""):
        path = tmp_path / "report.html"
        text = page_of(run or planted())
        if act:  # what a reader does, when the page stands
            text = text.replace("</body>", f"<script>addEventListener('load', async () => {{{act}}});</script></body>")
        path.write_text(text, encoding="utf-8")
        found = subprocess.run(
            [CHROMIUM, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", f"{path.as_uri()}{address}"],
            capture_output=True, text=True, timeout=120, check=True,
        )  # fmt: skip
        return Page(found.stdout)

    return look


def rows(page):
    """The ops whose rows are to be seen."""
    return [
        n["text"] for n in page.all("th", "table", class_="op") if not any("hidden" in a for a in n["in"] if a["tag"] == "tr")
    ]  # fmt: skip


def test_it_needs_no_network_and_hides_no_markup(tmp_path):
    write_page(planted(), tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert not re.findall(r"""(?:src|href)\s*=\s*["'](?!data:,)|@import|url\(|https?://(?!json-schema)""", text)
    assert text.count("</script>") == 2, "the failure's own </script> would end the report"
    data = re.search(r'<script type="application/json" id="report">(.*?)</script>', text, re.S).group(1)
    assert json.loads(data)["failures"][0]["script"] == SCRIPT
    for mark in ("/* page.css */", "/* page.js */", "/* report */"):
        assert mark not in text


def headed(check):
    """As the page heads a column with mixings of modes."""
    if " over " not in check:
        return check
    return check.replace(" over ", "·").replace("reverse", "rev").replace("forward", "fwd")


@browser
def test_what_it_says_first(look):
    page = look()
    (verdict,) = page.all("h1")
    assert verdict["text"] == "✗4 failures in 2 ops"
    assert rows(page)[:3] == ["sin", "svd", "sort"], "what fails comes first, then known differences"
    assert sorted(rows(page)) == sorted(OPS)
    columns = [
        n["text"] for n in page.all("th", "table", class_="check") + page.all("th", "table", class_="check first")
    ]
    assert sorted(columns) == sorted([headed(c) for c in CHECKS] * 3)
    assert [n["text"] for n in page.all("th", "table", class_="backend first")] == list(BACKENDS)


@browser
def test_a_sign_and_words_for_each_status_and_not_its_colour_alone(look):
    page = look()
    cells = [n for n in page.all("td", "table") if "data-key" in n]
    signs = {"failed": "✗", "known": "≠", "passed": "✓", "left out": "–"}
    for cell in cells:
        status = re.search(r": ([a-z ]+), ", cell["aria-label"]).group(1)
        assert cell["text"] == signs[status]
        assert status.replace(" ", "-") in cell["class"].split()
    assert {c["text"] for c in cells} == set(signs.values())
    assert sum(c.get("tabindex") == "0" for c in cells) == 1, "the Tab key reaches one cell, arrows the others"


@browser
@pytest.mark.parametrize(
    ("address", "seen"),
    [
        ("#status=failed", ["sin", "svd"]),
        ("#q=SIN", ["sin", "sinh"]),
        ("#status=failed&backend=numpy", ["sin"]),
        ("#kind=hazard&q=norm", ["B norm(zero vector)"]),
        ("#status=known", ["sort"]),
        ("#q=nothing%20like%20it", []),
    ],
)
def test_filters_by_address(look, address, seen):
    assert rows(look(address=address)) == seen


@browser
def test_filters_by_hand(look):
    page = look(
        act="""
        document.querySelector('button[data-status="failed"]').click();
        const q = document.getElementById("q");
        q.value = "sv"; q.dispatchEvent(new Event("input"));
    """
    )
    assert rows(page) == ["svd"]
    assert page.all("button", "statuses", **{"aria-pressed": "true"})[0]["data-status"] == "failed"
    assert page.all("output")[0]["text"] == f"1 of {len(OPS)} ops"


@browser
@pytest.mark.parametrize(
    "act",
    [
        "document.querySelector('td.failed').click()",
        """let cell = document.querySelector('td[tabindex="0"]');  // the first cell, then three to the right
        const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
        cell.focus(); for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "Enter"]) press(key);""",
    ],
    ids=["by click", "by keyboard"],
)
def test_a_failing_cell_opens_to_its_smallest_case_and_the_script(look, act):
    page = look(act=act)
    (dialog,) = page.all("dialog")
    assert "open" in dialog
    (title,) = page.all("h2", "dialog")
    assert title["text"] == "sin on numpy: vjp against differences"
    assert page.all("p", "dialog", class_="case")[0]["text"] == "sin[()] float32", "the smallest of three"
    assert "expected [0.8775]" in page.all("p", "dialog", class_="detail")[0]["text"]
    assert page.all("pre", "dialog")[0]["text"] == SCRIPT
    assert not page.all("b"), "what a report says is text, never markup"
    assert "Copy" in [n["text"] for n in page.all("button", "dialog")]


@browser
def test_a_cell_opens_by_address_and_its_script_is_copied(look):
    page = look(
        address="#open=svd|torch:cuda:0|reverse over reverse",
        act="""
        let copied = "";
        Object.defineProperty(navigator, "clipboard", {value: {writeText: async (text) => { copied = text; }}});
        [...document.querySelectorAll("dialog button")].find((b) => b.textContent === "Copy").click();
        await new Promise((done) => setTimeout(done, 100));
        Object.assign(document.body.dataset, {copied, said: document.querySelector("dialog .head button").textContent});
    """,
    )
    assert page.all("body")[0]["data-copied"] == SCRIPT
    assert page.all("body")[0]["data-said"] == "Copied"


@browser
def test_all_failures_are_there_to_print(look):
    page = look(act="dispatchEvent(new Event('beforeprint'));")
    entries = [n for n in page.all("details", "failures") if n["in"][-1].get("id") == "failures"]
    assert len(entries) == 2
    assert all("open" in n for n in entries)
    assert sum(n["text"] == SCRIPT for n in page.all("pre", "failures")) >= 2


@browser
def test_when_all_agree_and_when_it_was_interrupted(look):
    assert look(planted(failing=False)).all("h1")[0]["text"] == "✓All agree"
    page = look(planted(failing=False, interrupted=True))
    (told,) = page.all("p", id="told")
    assert "Interrupted after 40 of 54 units" in told["text"]
    assert "hidden" in page.all("section", id="failures")[0]
