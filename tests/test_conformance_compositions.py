"""Each check of compositions sees what does otherwise inside a transformation, changes, or stays alive. float64."""

import dataclasses
import itertools

import numpy as np
import pytest

import unigrad as ug
from tests.test_conformance_catches import broken_absorb
from unigrad.batched import BATCHED
from unigrad.primitive import TABLE
from unigrad_conformance.cases import Case, cases_of
from unigrad_conformance.checks import CHECKS
from unigrad_conformance.checks.compiled import COMPILED, MORE
from unigrad_conformance.checks.composing import OPAQUE, ranks
from unigrad_conformance.trial import Trial

BY_NAME = {check.name: check for check in CHECKS}
X = np.array([[0.5, 1.5, 2.0], [1.0, 0.25, 3.0]])


def told(name, ours, backend, native=lambda backend, x: x * x):
    """What a check says of a function of one array."""
    case = Case("planted", "planted", ours, native, (X,), (0,), lead=True)
    return list(BY_NAME[name].run(Trial(case, backend, "float64", order=2)))


def is_traced_by_jax(x):
    import jax

    return isinstance(x.raw, jax.core.Tracer)


def is_seen_by_torch(x):
    from unigrad_torch.memory import observed

    return observed()


def is_batched(x):
    return type(x._raw) in BATCHED


INSIDE = {
    "inside vmap": ("numpy", is_batched),
    "around vmap": ("numpy", is_batched),
    "inside jax.jit": ("jax", is_traced_by_jax),
    "inside jax.vmap": ("jax", is_traced_by_jax),
    "jax.vjp of a tape": ("jax", is_traced_by_jax),
    "jax.jvp of a tape": ("jax", is_traced_by_jax),
    "inside make_fx": ("torch", is_seen_by_torch),
    "inside torch.func.vmap": ("torch", is_seen_by_torch),
    "torch.func.vjp of a tape": ("torch", is_seen_by_torch),
    "torch.func.jvp of a tape": ("torch", is_seen_by_torch),
}
SLOW = ("inside torch.compile", "make_fx and torch.compile")
TORCH_COMPILE = [*SLOW, "inside torch.compile, more cases"]


@pytest.mark.parametrize(
    ("name", "library", "is_inside"),
    [
        *((name, *how) for name, how in INSIDE.items()),
        *(pytest.param(name, "torch", is_seen_by_torch, marks=pytest.mark.sweep) for name in SLOW),
    ],
)
def test_another_answer_inside_is_seen(name, library, is_inside):
    with ug.use_backend(library) as backend:
        assert not told(name, lambda x: x * x, backend)
        assert told(name, lambda x: x * x * 1.0001 if is_inside(x) else x * x, backend)


@pytest.mark.parametrize("name", ["inside vmap", "around vmap"])
def test_an_argument_that_is_the_same_for_all_examples_is_tried(name, backend):
    def off(x, y):
        return x * y * (1.0001 if is_batched(x) and not is_batched(y) else 1)

    def told_of(ours):
        case = Case("planted", "planted", ours, lambda backend, x, y: x * y, (X, X[0]), (0, 1), lead=True)
        return list(BY_NAME[name].run(Trial(case, backend, "float64")))

    assert not told_of(lambda x, y: x * y)
    assert any("by arguments (0,)" in text for text in told_of(off))


def test_values_without_derivative_are_computed_inside_vmap(backend):
    case = next(c for c in cases_of(TABLE["argmax"]) if c.lead)
    trial = Trial(case, backend, "float64")
    assert not BY_NAME["inside vmap"].leave_out(trial) or backend.name == "jax"
    assert not list(BY_NAME["inside vmap"].run(trial))
    wrong = dataclasses.replace(case, ours=lambda x: case.ours(-x if is_batched(x) else x))
    assert list(BY_NAME["inside vmap"].run(Trial(wrong, backend, "float64")))


@pytest.mark.parametrize(("name", "library"), [("a tape of jax.vjp", "jax"), ("a tape of torch.autograd", "torch")])
def test_another_pullback_is_seen(name, library):
    with ug.use_backend(library) as backend:
        assert not told(name, lambda x: x * x, backend)
        assert told(name, lambda x: x * x, backend, lambda backend, x: x * x * 1.0001)


def test_other_bits_are_seen(backend):
    calls = itertools.count()
    assert not told("the same bits again", lambda x: x * x, backend)
    assert told("the same bits again", lambda x: x * (1 + 2.0**-52 * next(calls)), backend)


def test_what_is_kept_is_seen(backend):
    kept = []

    def keeps(x):
        kept.append(x * x)
        return kept[-1]

    assert not told("nothing kept alive", lambda x: x * x, backend)
    texts = told("nothing kept alive", keeps, backend)
    assert any("the result is alive" in text for text in texts)


def test_a_cycle_is_seen(backend):
    def ties(x):
        out = x * x
        knot = [out]
        knot.append(knot)
        return out

    assert any("the result is alive" in text for text in told("nothing kept alive", ties, backend))


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_a_zero_that_does_not_absorb_is_seen(library):
    with ug.use_backend(library) as backend:
        case = next(c for c in cases_of(TABLE["sqrt"]) if c.lead)
        check = BY_NAME["a zero absorbs"]
        assert not check.leave_out(Trial(case, backend, "float64"))
        assert not list(check.run(Trial(case, backend, "float64")))
        with broken_absorb():
            assert any("zero cotangent" in text for text in check.run(Trial(case, backend, "float64")))


def test_every_check_that_looks_inside_is_tried_here():
    tried = {*INSIDE, *SLOW, "a tape of jax.vjp", "a tape of torch.autograd"}
    more = {c.name for c in CHECKS if "inside" in c.name or "of a tape" in c.name or "a tape of" in c.name}
    assert {
        name.removesuffix(", every case").removesuffix(", every op").removesuffix(", more cases") for name in more
    } <= tried


def test_some_ops_of_each_kind_of_rule_are_compiled():
    kinds = {n: "expression" if n not in TABLE else type(TABLE[n]).__name__ for n in ranks()}
    least = {kind: min(rank for n, rank in ranks().items() if kinds[n] == kind) for kind in kinds.values()}
    assert set(least) >= {"Unary", "Binary", "Linear", "Multilinear", "General", "Joint", "Convolution", "expression"}
    assert set(least.values()) == {0}
    assert not set(ranks()) & set(OPAQUE)
    of_rank = {rank: n for n, rank in ranks().items() if kinds[n] == "Unary"}
    wanted = {of_rank[0]: SLOW, of_rank[COMPILED]: TORCH_COMPILE[2:], of_rank[MORE]: (), "conv": SLOW, "argmax": ()}
    with ug.use_backend("torch") as backend:
        for name, checks in wanted.items():
            trial = Trial(next(c for c in cases_of(TABLE[name]) if c.lead), backend, "float64")
            assert [n for n in TORCH_COMPILE if not BY_NAME[n].leave_out(trial)] == list(checks)
