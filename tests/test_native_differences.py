"""The data of known differences: of the form, true of the frameworks that are installed, strict, and the page made of them."""

import dataclasses
import re
import sys
import tomllib
from importlib.util import find_spec

import numpy as np
import pytest

import unigrad as ug
from tools import native_differences
from tools.native_differences import HAZARD, right
from unigrad.primitive import TABLE
from unigrad_conformance import differences
from unigrad_conformance.cases import cases_of
from unigrad_conformance.differences import form, reproduce, telling
from unigrad_conformance.differences.__main__ import main
from unigrad_conformance.groups import check_group
from unigrad_conformance.plan import Plan
from unigrad_conformance.points import check_hazard

ROWS = list(differences.rows())
EXAMPLES = [(row, example) for row in ROWS for example in row.examples]
ORDERS = {label: hazard.order for label, hazard in HAZARD.items()}
NUMBER = reproduce._NUMBER


def test_the_page_is_what_is_generated():
    committed = native_differences.PAGE.read_text(encoding="utf-8")
    assert native_differences.page() == committed, "the page is stale: say `make docs`"


def test_the_counts_on_the_page_are_those_of_the_data():
    table = native_differences.page().partition("|---|")[2].partition("* **wrong**")[0]
    causes = sum(int(n) for n in re.findall(r"\| (\d+) \(\d+\) \|\n", table))
    programs = sum(int(n) for n in re.findall(r"\((\d+)\) \|\n", table))
    assert (causes, programs) == (len(ROWS), len(EXAMPLES))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.label)
def test_each_row_has_a_program_and_a_source_of_its_form(row):
    assert row.examples, "a row needs an example: a program that shows it"
    assert row.why.endswith((".", ")"))
    for source in row.source:
        assert re.fullmatch(r"[\w.-]+/[\w.-]+(#\d+|: .+)", source), source
    assert {*row.points, *(e.point for e in row.examples)} <= HAZARD.keys()


def test_a_point_has_one_reason_for_each_framework():
    points = [(row.native, point) for row in ROWS for point in row.points]
    assert len(points) == len(set(points))


@pytest.mark.parametrize(("row", "example"), EXAMPLES, ids=lambda x: getattr(x, "label", getattr(x, "point", "")))
def test_each_program_has_three_lines_and_says_something_else_than_is_right(row, example):
    program = reproduce.program_of(form.FILES[row.native], example, ORDERS[example.point])
    assert len(program.splitlines()) == 3
    assert program.startswith(f"import {row.native}")
    assert reproduce.apart(example.says, right(example)), (example.says, right(example))


@pytest.mark.parametrize("native", ["jax", "torch", "autograd"])
def test_the_programs_print_what_is_recorded(native):
    """Each in a process of its own framework; TensorFlow's by `make native-differences-check`."""
    if find_spec(native) is None:
        pytest.skip(f"{native} is not installed here: `make native-differences-check` runs its programs")
    answers = reproduce.run(native, ORDERS)
    here = telling.installed(native)
    assert len(answers) == sum(row.native == native and row.holds(here) for row, _ in EXAMPLES)
    stale = [answer.advice() for answer in answers if not answer.stays]
    assert not stale, "\n\n".join(stale)


def planted(**changes):
    """torch's data with one example of a row that says something else."""
    file = form.FILES["torch"]
    row = next(row for row in file.rows if row.name == "second-derivative-of-sinc")
    example = dataclasses.replace(row.examples[0], **changes)
    return dataclasses.replace(file, rows=(dataclasses.replace(row, examples=(example,)),))


def older(row):
    """The row as if it had been measured with an older version."""
    return dataclasses.replace(row, seen="2.0.1")


def test_a_program_that_prints_something_else_is_caught(monkeypatch, capsys):
    wrong, right_one = planted(says="-1.0"), planted()
    monkeypatch.setitem(form.FILES, "torch", dataclasses.replace(wrong, rows=tuple(map(older, wrong.rows))))
    assert main(["torch"]) == 1
    told = capsys.readouterr().out
    assert "torch/second-derivative-of-sinc" in told
    assert "says nan, recorded with 2.0.1 is -1.0" in told
    assert f'until = "{telling.installed("torch")}"' in told
    assert "0 of 1 programs print what is recorded" in told
    monkeypatch.setitem(form.FILES, "torch", right_one)
    assert main(["torch"]) == 0


def test_an_interpreter_without_the_framework_is_an_error(capsys):
    assert main(["torch", "--python", "/nowhere/python"]) == 2
    assert "did not run the programs of torch" in capsys.readouterr().err
    with pytest.raises(reproduce.CannotRunError, match="no_such_framework"):
        reproduce.FILES["no_such_framework"] = form.FILES["torch"]
        try:
            reproduce.run("no_such_framework", ORDERS, sys.executable)
        finally:
            del reproduce.FILES["no_such_framework"]
    with pytest.raises(SystemExit) as e:
        main(["mxnet"])
    assert e.value.code == 2


# -- strictness of the suite ---------------------------------------------------------------------------------------------
def test_a_stale_point_is_told_with_what_to_do(monkeypatch):
    """float64; sqrt at 0 is inf everywhere."""
    row = dataclasses.replace(differences.at_point("I d2 sinc at 0", "torch"), name="a-row")
    monkeypatch.setitem(differences.POINTS, ("torch", "B sqrt at 0"), row)
    with ug.use_backend("torch") as torch:
        (failure,) = check_hazard(HAZARD["B sqrt at 0"], torch).failures
    assert failure.check == "native at a point"
    assert "take the point 'B sqrt at 0' out of the row 'a-row' in differences/torch.toml" in failure.detail


def test_a_stale_row_under_another_version_says_until(monkeypatch):
    monkeypatch.setitem(form.FILES, "torch", dataclasses.replace(form.FILES["torch"], seen="2.0.1"))
    told = telling.stale("torch", "a-row", "somewhere", "that case")
    assert "measured with 2.0.1" in told
    assert f'until = "{telling.installed("torch")}"' in told


def test_a_missing_point_is_told_ready_made(monkeypatch):
    """float64; the row that is told can be read, and once it is there the suite passes."""
    hazard = HAZARD["A hypot(0,0) (tf has no hypot; sqrt(a^2+b^2))"]
    monkeypatch.delitem(differences.POINTS, ("torch", hazard.label))
    with ug.use_backend("torch") as torch:
        (failure,) = check_hazard(hazard, torch).failures
        assert failure.check == "native at a point"
        assert "differs, and no row says why" in failure.detail
        (row,) = read_told("torch", failure.detail)
        assert row.points == (hazard.label,)
        monkeypatch.setitem(differences.POINTS, ("torch", row.points[0]), row)
        assert not check_hazard(hazard, torch).failures


def test_a_missing_case_is_told_ready_made(monkeypatch):
    """float64: torch has no derivative of a number's remainder by an array."""
    cases = [c for c in cases_of(TABLE["remainder"]) if "number with array" in c.name]
    without = tuple(d for d in differences.DIFFERENCES if d.group != cases[0].group)
    monkeypatch.setattr(differences, "DIFFERENCES", without)
    with ug.use_backend("torch") as torch:
        failures = [f for f in check_group(cases, torch).failures if f.check.endswith("against native")]
        assert failures
        rows = [row for f in failures for row in read_told("torch", f.detail)]
        monkeypatch.setattr(differences, "DIFFERENCES", (*without, *(d for row in rows for d in row.cases)))
        assert not check_group(cases, torch).failures


def test_a_missing_row_is_not_told_where_we_are_wrong():
    """A comparison that finite differences decide against us is a failure of ours, and no row is offered."""
    wrong = [dataclasses.replace(c, ours=lambda *a, f=c.ours: f(*a) * 2.0) for c in cases_of(TABLE["tanh"])]
    with ug.use_backend("torch") as torch:
        failures = check_group(wrong, torch, Plan("light")).failures
    assert failures
    assert not any("[[difference]]" in f.detail for f in failures)


def read_told(native, detail):
    """The rows in a failure, read as the data are."""
    text = "[[difference]]" + detail.partition("[[difference]]")[2]
    file = form.FILES[native]
    return form.read(native, f'seen = "{file.seen}"\ncolumns = ["point", "code", "says"]\nprogram = ""\n{text}').rows


# -- the form ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "a"\nkind = "odd"\nwhy = "w"\npoints = ["p"]', "kind 'odd' is none of"),
        ('name = "a"\nkind = "wrong"\npoints = ["p"]', "['why'] must be said"),
        ('name = "a"\nkind = "wrong"\nwhy = "w"\nreason = "r"', "unknown keys ['reason']"),
        ('name = "a"\nkind = "wrong"\nwhy = "w"', "neither examples nor points nor cases"),
        ('name = "a"\nkind = "wrong"\nwhy = "w"\nexamples = [["p"]]', "has 1 entries"),
    ],
)
def test_a_row_that_is_not_of_the_form_is_an_error(text, words):
    with pytest.raises(differences.DataError, match=re.escape(words)):
        form.read("jax", f'seen = "1"\ncolumns = ["point", "code", "says"]\nprogram = ""\n[[difference]]\n{text}')


def test_a_row_that_is_gone_in_a_version_holds_before_it():
    row = dataclasses.replace(ROWS[0], until="2.14")
    assert row.holds("2.13.0+cpu")
    assert not row.holds("2.14.0")
    assert not row.holds("3.0")


def test_what_is_told_is_toml_whatever_the_answer():
    told = telling.to_add("jax", 'a "quote", a \\ and\na line', point='C "x"')
    (row,) = tomllib.loads(told.partition("\n\n")[2])["difference"]
    assert row["points"] == ['C "x"']


@pytest.mark.parametrize(
    ("got", "recorded", "same"),
    [
        ("[0., nan]", "[0. nan]", True),
        ("[0., 1.]", "[0., nan]", False),
        ("0.934802200972", "0.934802200545", False),
        ("0.93480221", "0.93480220", True),
        ("[-0., 0.]", "[0., 0.]", True),
        ("[0., 0.]", "[[0., 0.]]", False),
        ("None", "0.0", False),
        ("RuntimeError: no rule of it, and more", "RuntimeError: no rule", True),
        ("TypeError: no rule", "RuntimeError: no rule", False),
        ("0.0", "RuntimeError: no rule", False),
        ("RuntimeError: no rule", "0.0", False),
    ],
)
def test_printed_answers_compare(got, recorded, same):
    assert reproduce.same(got, recorded) is same


@pytest.mark.parametrize(
    ("printed", "plain"),
    [
        ("tensor([[0., 1.],\n        [2., 3.]], grad_fn=<SubBackward0>)\n", "[[0., 1.], [2., 3.]]"),
        ("(Array(1., dtype=float64, weak_type=True), Array(nan, dtype=float64))\n", "(1., nan)"),
        ("tf.Tensor([1. 0.], shape=(2,), dtype=float32) None\n", "[1. 0.] None"),
        ("(array(nan), np.float64(0.5))", "(nan, 0.5)"),
        ("ValueError: two\n  lines", "ValueError: two lines"),
    ],
)
def test_what_is_printed_is_made_plain(printed, plain):
    assert reproduce.plain(printed) == plain


def test_numbers_apart_by_less_than_is_printed_are_the_same():
    assert not reproduce.apart("[0.3333, 0.5]", "[0.333333333, 0.5]")
    assert reproduce.apart("0.934802200972", repr(np.pi**2 / 2 - 4))
    assert reproduce.apart("None", "[0]")
    assert not reproduce.apart("None None", "None ; None")
