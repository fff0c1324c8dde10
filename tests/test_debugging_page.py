"""docs/debugging.md: its programs run as they stand, and print what stands below them."""

import contextlib
import io
import os
import re
import shutil
from pathlib import Path

import pytest

import unigrad as ug
from unigrad.looking import names, reasons

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "debugging.md"
TIME = re.compile(r" *\d+\.\d+ ms")


def programs():
    return re.findall(r"```python\n(.*?)```\n```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def printed(code, folder):
    """What a program prints, run as a file train.py in `folder`, as `without_times` has it."""
    program = code if shutil.which("dot") else code.replace('draw("tape.svg")', 'draw("tape.dot")')
    with contextlib.chdir(folder), ug.use_backend("numpy"), contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(program, os.path.join(os.getcwd(), "train.py"), "exec"), {"__name__": "__main__"})
    return without_times(out.getvalue())


def without_times(text):
    """A text without its times, and the lines of a table, which stand in the order of times, in one order."""
    return sorted(re.sub("-{9,}", "---", TIME.sub(" T", text)).splitlines())


@pytest.mark.parametrize("number", range(3))
def test_a_program_prints_what_stands_below_it(number, tmp_path):
    code, text = programs()[number]
    assert printed(code, tmp_path) == without_times(text)


def test_the_picture_is_the_programs(tmp_path):
    code, _ = programs()[2]
    printed(code.replace("tape.svg", "tape.dot"), tmp_path)
    labels = re.findall(r"<b>(.*?)</b>", (tmp_path / "tape.dot").read_text(encoding="utf-8"))
    assert {"w1", "b1", "w2", "matmul", "relu", "mean"} <= set(labels)
    picture = (DOCS / "tape.svg").read_text(encoding="utf-8")
    for label in labels:
        assert f">{label}</text>" in picture, label


def test_the_page_lists_every_kind():
    text = PAGE.read_text(encoding="utf-8")
    listed = re.findall(r'"([a-z ]+)"', reasons.Reason.__doc__)
    assert len(listed) >= 16
    for kind in listed:
        assert f"`{kind}`" in text, kind
    assert names.short_dtype("float64") == "f64"
