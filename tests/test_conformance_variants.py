"""Variants of samples: layouts, each argument alone, larger ones, other seeds. In float64 on NumPy and torch."""

import dataclasses
from typing import Any

import numpy as np
import pytest

import unigrad as ug
from unigrad.backend import load
from unigrad.ops.elementwise import cos
from unigrad.primitive import TABLE
from unigrad.testing.samples import samples_of
from unigrad_conformance.cases import cases_of, plain_cases
from unigrad_conformance.expressions import expressions
from unigrad_conformance.groups import check_group, is_taken
from unigrad_conformance.layouts import LAYOUTS, laid
from unigrad_conformance.plan import Plan
from unigrad_conformance.run import Unit, check_unit
from unigrad_conformance.sizes import LARGE, ONE
from unigrad_conformance.subjects import NativeSubject, Tapes

X = np.arange(6.0).reshape(2, 3)
SAME = np.tile(X[:1], (2, 1))
STRIDES = {
    "with gaps": (48, 16), "backwards": (-24, -8), "by columns": (8, 16), "with a zero stride": (0, 8), "read-only": (24, 8),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_on_numpy(name: str) -> None:
    given = SAME if LAYOUTS[name].shared else X
    raw = laid(load("numpy"), given, name).raw
    assert raw.strides == STRIDES[name]
    assert raw.flags.writeable == (name not in ("read-only", "with a zero stride"))
    np.testing.assert_array_equal(raw, given)
    assert laid(load("numpy"), np.asarray(3.0), name).raw.shape == ()


@pytest.mark.parametrize(
    ("name", "strides"), [("with gaps", (6, 2)), ("by columns", (1, 2)), ("with a zero stride", (0, 1))]
)
def test_layouts_on_torch(name: str, strides: tuple[int, int]) -> None:
    given = SAME if LAYOUTS[name].shared else X
    raw = laid(load("torch"), given, name).raw
    assert raw.stride() == strides
    np.testing.assert_array_equal(raw.numpy(), given)


def names(row: str, backend: str, thoroughness: str) -> set[str]:
    cases, subject = list(cases_of(TABLE[row])), Tapes(load(backend))
    return {c.name for c in cases if is_taken(c, subject, Plan(thoroughness))}


def test_who_takes_which() -> None:
    quick, full, all_ = (names("divide", "numpy", t) for t in ("quick", "full", "exhaustive"))
    lead = "divide[(2,3) (2,3)]"
    assert {lead, f"{lead}, x alone", f"{lead}, y alone", f"{lead}, with gaps"} <= quick < full < all_
    assert {f"{lead}, {layout}" for layout in LAYOUTS} <= full - {f"{lead}, with gaps"} | quick
    assert "divide[(3,) (2,3)], backwards" in all_ - full
    assert {"divide[(16,20) (16,20)]", "divide[(20,) (16,20)]"} <= full - quick
    assert not any("gaps" in n for n in names("divide", "jax", "full")), "its arrays have no strides"
    assert not any("alone" in n or "gaps" in n for n in names("divide", "numpy", "light"))


def test_a_framework_is_asked_once_about_each_layout() -> None:
    case = next(c for c in cases_of(TABLE["sin"]) if c.layout)
    assert not is_taken(case, NativeSubject(load("torch")), Plan("exhaustive"))


@pytest.mark.parametrize(("sizes", "least", "most"), [(LARGE, 120, 1000), (ONE, 1, 3)])
def test_sizes_are_of_rows_with_samples_of_their_own(sizes: dict[str, Any], least: int, most: int) -> None:
    for name, (sample,) in sizes.items():
        assert TABLE[name].domain.samples
        assert least <= sum(int(np.prod(shape)) for shape in sample.shapes) <= most
        assert set(sample.params) == set(samples_of(TABLE[name])[0].params), name


def in_a_row(x: Any) -> Any:
    """What a kernel reads that takes every array for one whose numbers lie in a row: other numbers where they do not."""
    if type(x) is not np.ndarray:
        return x
    return np.lib.stride_tricks.as_strided(x, strides=np.empty(x.shape, x.dtype).strides)


def test_a_rule_that_mistakes_a_layout_is_told_by_its_variant() -> None:
    row = TABLE["sin"]
    kept, cases = row.partials, list(cases_of(row))
    row.define((lambda x: cos(in_a_row(x)),))
    try:
        found = check_group([c for c in cases if c.layout in ("", "with gaps")], load("numpy"))
    finally:
        row.define(kept)
    assert {f.case for f in found.failures} == {"sin[(2,3)], with gaps"}


def test_seed_0_gives_the_numbers_of_every_run_and_others_give_others() -> None:
    first = [next(iter(plain_cases(TABLE["sin"], seed))).args[0] for seed in (0, 0, 1, 2)]
    np.testing.assert_array_equal(first[0], first[1])
    assert first[0][0, 0] == -1.0021487164709733
    assert len({float(x[0, 0]) for x in first}) == 3
    drawn = [next(expressions("x used twice", seed))[0].args[0] for seed in (0, 1)]
    assert not (drawn[0] == drawn[1]).any()
    assert [c.name for c in cases_of(TABLE["pow"])] == [c.name for c in cases_of(TABLE["pow"], 3)]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", ["divide", "matmul", "eigh", "svd", "sort", "x used twice"])
def test_other_seeds_pass(name: str, seed: int) -> None:
    report = check_unit(Unit("row" if name in TABLE else "expression", name, "numpy"), Plan(seed=seed))
    assert not report.failures, "\n".join(map(str, report.failures[:5]))
    assert report.comparisons


def test_expressions_have_each_argument_alone_and_layouts() -> None:
    names = {c.name for c in next(expressions("at[].add twice to one"))}
    first = "at[].add twice to one"
    assert names >= {
        f"{first}, argument 0 alone",
        f"{first}, argument 1 alone",
        f"{first}, backwards",
        f"{first}, read-only",
    }


def test_an_expression_that_is_wrong_in_a_layout_is_seen() -> None:
    """A write into an argument itself: NumPy refuses it for a read-only array alone."""

    def written(x: Any) -> Any:
        x.raw[...] = x.raw
        return x * x

    with ug.use_backend("numpy") as numpy:
        cases = [dataclasses.replace(c, ours=written) for c in next(expressions("x used twice")) if not c.is_complex]
        cases = [dataclasses.replace(c, native=lambda backend, x: x * x, over=None) for c in cases]
        report = check_group(cases, numpy, Plan("full", checks=("value",), dtypes=("float64",)))
    assert {f.case for f in report.failures} == {"x used twice, read-only"}
