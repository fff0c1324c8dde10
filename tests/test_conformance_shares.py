"""The shares of a quick run on JAX: by the seed, over the seeds of everything, and said. Dtypes by name; float64 in one."""

import json

import pytest

from tests.json_schema import errors
from tests.planted_run import planted
from tests.test_conformance_command import command
from tests.test_conformance_report import SCHEMA
from unigrad.backend import load
from unigrad.primitive import TABLE
from unigrad_conformance.cases import cases_of
from unigrad_conformance.catalogue import names
from unigrad_conformance.command.request import request
from unigrad_conformance.groups import is_taken, trials
from unigrad_conformance.plan import Plan
from unigrad_conformance.run import units
from unigrad_conformance.schema import from_json, to_json
from unigrad_conformance.shares import (
    CASES,
    DTYPES,
    EXPRESSIONS,
    HAZARDS,
    MIXINGS,
    NATIVE,
    Share,
    lines,
    mixings,
    taken,
)
from unigrad_conformance.subjects import Tapes
from unigrad_conformance.trial import Notes

pytest.importorskip("jax", reason="JAX is the library that compiles")


def drawn(kind, seed, backend="jax", **more):
    """The units of a kind in a run that asks for no names."""
    return {u.name for u in units([backend], (), Plan(seed=seed, **more)) if u.kind == kind}


def asked(*ops, backend="jax", programs=None, **more):
    """A request as the command makes it."""
    options = {"dtypes": [], "orders": 3, "seed": 0, "thoroughness": "quick"} | more
    return request(
        [], [backend], "", ops, [], options["dtypes"], options["orders"], options["seed"], options["thoroughness"], 0, "", "",
        programs,
    )  # fmt: skip


@pytest.mark.parametrize(("kind", "share"), [("hazard", HAZARDS), ("expression", EXPRESSIONS)])
def test_as_many_seeds_take_all_units_once(kind, share):
    found = [drawn(kind, seed) for seed in range(share.one_in)]
    every = {name for name, k in names().items() if k == kind}
    assert set().union(*found) == every
    assert sum(map(len, found)) == len(every)
    assert all(0 < len(f) < 3 * len(every) / share.one_in for f in found), "they are of a size"
    assert drawn(kind, 3) == drawn(kind, 3 + share.one_in)


def test_every_op_is_met_by_every_seed():
    subject = Tapes(load("jax"))
    for seed in (0, 1, 5):
        assert drawn("row", seed) == set(TABLE)
        for row in TABLE.values():
            assert next(trials(list(cases_of(row, seed)), subject, Plan(seed=seed), Notes())), row.name


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_other_backends_take_all(backend):
    assert drawn("hazard", 0, backend) == {n for n, k in names().items() if k == "hazard"}
    assert asked(backend=backend).shares == ()


@pytest.mark.parametrize("thoroughness", ["full", "exhaustive"])
def test_a_full_run_takes_all(thoroughness):
    assert drawn("hazard", 0, thoroughness=thoroughness) == {n for n, k in names().items() if k == "hazard"}
    found = asked(thoroughness=thoroughness)
    assert found.shares == ()
    assert sum(u.kind == "programs" for u in found.units) == 1000


def test_what_is_asked_for_is_taken():
    found = {u.name for u in asked("A abs*", "softmax").units}
    assert {n for n in names() if n.startswith("A abs") or "softmax" in n} == found
    assert not any("hazard" in s.what or "expressions" in s.what for s in asked("sin").shares)
    assert sum(u.kind == "programs" for u in asked(programs=20).units) == 10
    assert [u.name for u in asked().units if u.kind == "programs"] == ["programs 0 to 1"]
    assert "1 of 100 random programs" in lines(asked().shares, Plan())[0]
    assert "random programs" not in lines(asked(programs=20).shares, Plan())[0]


def test_over_some_seeds_an_op_has_all_cases_and_dtypes():
    cases, subject = list(cases_of(TABLE["multiply"])), Tapes(load("jax"))
    wide, narrow = set(), set()
    for seed in range(max(CASES.one_in, DTYPES.one_in)):
        for trial in trials(cases, subject, Plan(seed=seed), Notes()):
            if trial.dtype == "float64":
                wide.add(trial.case.name)
            else:
                narrow.add(str(trial.dtype))
    assert wide == {c.name for c in cases if is_taken(c, subject, Plan())}
    assert narrow == {"float32", "float16", "bfloat16"}
    chosen = {str(t.dtype) for t in trials(cases, subject, Plan(dtypes=("bfloat16",)), Notes())}
    assert chosen == {"bfloat16"}, "the one that is asked for"


def test_two_seeds_take_all_mixings():
    for name in ("sin[(2,3)]", "multiply[(2,3) (2,3)]"):
        assert {mixings(name, 0), mixings(name, 1)} == set(MIXINGS)
    assert sorted(m for pair in MIXINGS for m in pair) == ["ff", "fr", "rf", "rr"]


def test_a_share_of_none():
    assert not any(Share("x", 0).takes(str(k), k) for k in range(9))
    assert [sum(Share("x", n).takes("a", seed) for seed in range(n)) for n in (1, 2, 9)] == [1, 1, 1]


def test_they_are_said_for_each_backend():
    said = lines(taken(["numpy", "jax", "jax" + NATIVE], Plan(seed=7), {"hazard"}), Plan(seed=7))
    assert [line.partition(":")[0] for line in said] == ["quick on jax", "quick on jax native"]
    assert all(
        "1 of 32 hazard points" in line and "drawn by seed 7" in line and "full takes all" in line for line in said
    )
    assert "mixings" not in lines(taken(["jax"], Plan(orders=1), set()), Plan())[0]
    assert "narrower" not in lines(taken(["jax"], Plan(dtypes=("float32",)), set()), Plan())[0]


def test_they_are_in_the_report_and_read_back():
    run = planted()
    run.shares = taken(["jax"], Plan(), {"hazard", "expression", "programs"})
    data = json.loads(json.dumps(to_json(run)))
    assert not list(errors(SCHEMA, data))
    assert {"backend": "jax", "what": "hazard points", "one_in": 32} in data["shares"]
    assert from_json(data).shares == run.shares
    del data["shares"]
    assert from_json(data | {"schema_version": "1.0"}).shares == [], "a report of before"


def test_the_command_says_them():
    pytest.importorskip("typer", reason="the command needs typer: pip install 'unigrad[conformance]'")
    code, out, _ = command("-b", "jax", "-k", "acosh", "-n", "1")
    assert code == 0
    assert "quick on jax: 1 of 2 first complex cases" in out
    assert "drawn by seed 0" in out
    code, out, _ = command("-b", "numpy", "-k", "acosh", "-n", "1")
    assert code == 0
    assert "drawn by" not in out
