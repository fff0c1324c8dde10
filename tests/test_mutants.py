"""The suite's quick run kills mistakes made by machine; and the machinery that makes and counts them."""

import argparse
import ast
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import unigrad as ug
from unigrad import kinds
from unigrad.batching.table import rule_of
from unigrad.primitive import TABLE
from unigrad_conformance.mutants import batching, kernels, natives, wraps
from unigrad_conformance.mutants.__main__ import areas, main
from unigrad_conformance.mutants.changes import changes
from unigrad_conformance.mutants.choosing import DRAWN, chosen, every
from unigrad_conformance.mutants.judge import Judge
from unigrad_conformance.mutants.mutant import AREAS, Mutant, Verdict
from unigrad_conformance.mutants.places import functions_of, slots
from unigrad_conformance.mutants.remembered import Memory
from unigrad_conformance.mutants.run import run
from unigrad_conformance.mutants.source import compiled, instead, node_of
from unigrad_conformance.mutants.telling import as_json, rate, table
from unigrad_conformance.mutants.units import Unit

#: float64 and float32 rows of each kind of rule, whose mutants take seconds
OPS = ("multiply", "maximum", "cumulative_prod", "std")


@pytest.fixture(params=["numpy", "torch"])
def where_run(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A backend judged by finite differences and others' autodiffs, and one judged by its own."""
    with ug.use_backend(request.param) as chosen_backend:
        yield chosen_backend


@pytest.fixture(scope="module")
def everything() -> list[Mutant]:
    """All mutants, as NumPy has them."""
    with ug.use_backend("numpy") as numpy:
        return list(every(numpy).values())


def test_the_quick_run_kills_mutants() -> None:
    verdicts = run("torch", 40, 0, OPS, tuple(a for a in AREAS if a != "batching"))
    drawn = [v for v in verdicts if v.area in ("rule", "engine")]
    assert len(drawn) == 40
    assert [v for v in verdicts if v.outcome == "survived"] == []
    assert sum(v.outcome == "killed" for v in drawn) > 25


def test_the_quick_run_kills_mutants_of_batching() -> None:
    verdicts = run("numpy", 40, 0, ("sum", "matmul", "getitem"), ("batching",))
    assert {v.area for v in verdicts} == {"batching"}
    assert [v for v in verdicts if v.outcome == "survived"] == []
    assert sum(v.outcome == "killed" for v in verdicts) > 20


def test_every_batching_rule_has_mutants(everything: list[Mutant]) -> None:
    mutated = {code for m in everything if m.area == "batching" for code in m.code}
    rules = [rule_of(row) for row in TABLE.values()]
    # some have nothing in them that a slip could change
    assert {r.__name__ for r in rules if r.__code__ not in mutated} <= {"unknown_shape", "known", "constant_numbers"}


def test_what_is_called_of_one_example_after_the_other_is_forgotten_and_dropped() -> None:
    def rule(call: Any) -> Any:
        return call.row(call.full(0)) if call.at[0] and call.size else call

    node = node_of(rule.__code__)
    assert node is not None
    told = {(c.kind, c.after) for c in changes(node, batching.SLIPS)}
    assert {
        ("examples not repeated", "call.xs[0]"),
        ("condition dropped", "call.size"),
        ("condition dropped", "call.at[0]"),
    } <= told
    assert "condition dropped" not in {c.kind for c in changes(node)}


def test_areas_are_chosen(everything: list[Mutant]) -> None:
    assert {m.area for m in chosen(everything, 20, 0, (), ("batching",))} == {"batching"}
    assert {m.area for m in chosen(everything, 20, 0, (), ("oracle",))} == {"oracle"}
    with pytest.raises(argparse.ArgumentTypeError, match="there is no rules: the areas are rule"):
        areas("rules")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--backend", "nump"], "unknown backend 'nump'"),
        (["--ops", "sin,sinn"], "there is no row sinn"),
        (["--areas", "rules"], "there is no rules"),
    ],
)
def test_what_is_not_there_is_told_before_anything_runs(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main([*words, "--count", "1"])
    assert end.value.code == 2
    assert message in capsys.readouterr().err


def test_every_row_with_a_rule_has_mutants(everything: list[Mutant]) -> None:
    drawn = chosen(everything, 300, 0)
    assert {op for m in everything for op in m.ops} <= set(TABLE)
    of_rules = {m.ops[0] for m in drawn if m.area == "rule"}
    assert {name for name, row in TABLE.items() if not isinstance(row, kinds.Constant)} <= of_rules
    assert len([m for m in drawn if m.area in DRAWN]) == 300
    assert {m.area for m in drawn} == set(AREAS)


def test_a_seed_chooses_and_chooses_again(everything: list[Mutant]) -> None:
    names = [m.name for m in chosen(everything, 200, 3)]
    assert names == [m.name for m in chosen(everything, 200, 3)]
    assert names != [m.name for m in chosen(everything, 200, 4)]


def test_a_mutant_leaves_nothing_behind(everything: list[Mutant]) -> None:
    before = {str(slot): slot.rule for slot in slots()}
    codes = {code: function.__code__ for slot in slots() for code, function in _plain(slot.rule)}
    for m in chosen(everything, 150, 1):
        with m.made():
            pass
    assert {str(slot): slot.rule for slot in slots()} == before
    assert all(code is now for code, now in codes.items())


def _plain(rule: Any) -> list[tuple[Any, Any]]:
    return [(code, f) for code, f in functions_of(rule).items() if hasattr(f, "__code__")]


def scaled_difference(x: Any, y: Any) -> Any:
    """A function to make mistakes in."""
    return 2.0 * (x - y) if x <= y else x


def test_changes_of_a_function() -> None:
    node = node_of(scaled_difference.__code__)
    assert node is not None
    told = {(c.kind, c.after) for c in changes(node)}
    assert ("tie", "x < y") in told
    assert ("sign", "x + y") in told
    assert ("factor 1.001", "2.002") in told
    assert ("arguments exchanged", "y - x") in told
    assert ("term dropped", "-y") in told
    for change in changes(node):
        assert change.before != change.after
        with instead(scaled_difference, compiled(change.node, scaled_difference.__code__)):
            pass
    assert scaled_difference(1.0, 3.0) == -4.0


def test_a_changed_function_is_another_one_wherever_it_is_held() -> None:
    node = node_of(scaled_difference.__code__)
    assert isinstance(node, ast.FunctionDef)
    held = scaled_difference
    change = next(c for c in changes(node) if c.after == "x + y")
    with instead(scaled_difference, compiled(change.node, scaled_difference.__code__)):
        assert held(1.0, 3.0) == 8.0
    with (
        instead(scaled_difference, compiled(change.mine(), scaled_difference.__code__)),
        pytest.raises(ZeroDivisionError),
    ):
        held(1.0, 3.0)
    assert held(1.0, 3.0) == -4.0


def test_a_broken_backend_is_caught(where_run: Any) -> None:
    judge = Judge(where_run, Memory())
    among = [m for m in kernels.of_backends(where_run) if m.ops[0] in ("negative", "matmul")]
    assert {m.kind for m in among} >= set(kernels.BREAKS) - {"wrong device"}
    points = [Unit("hazard", "copysign(x, -0.0), by negative")]
    assert [m.name for m in among if judge.judge(m, points).outcome != "killed"] == []


def test_a_broken_oracle_is_caught(where_run: Any) -> None:
    judge = Judge(where_run, Memory())
    missed = [m.name for m in natives.of_oracles(where_run) if not judge.at_home(m)]
    assert missed == []


def test_what_changes_nothing_is_equivalent() -> None:
    with ug.use_backend("numpy") as numpy:
        row = TABLE["sin"]
        same = Mutant(
            "sin: as it is", "none", ("sin",), lambda: wraps.put(wraps.Slot(row, "partials", 0), row.partials[0])
        )
        assert Judge(numpy, Memory()).abroad(same, ()).outcome == "equivalent"


def test_a_change_below_the_tolerance_is_equivalent() -> None:
    with ug.use_backend("numpy") as numpy:
        row = TABLE["sin"]
        little = wraps.given(row.partials[0], wraps.scaled(1 + 1e-15))
        mutant = Mutant(
            "sin: a little off", "factor", ("sin",), lambda: wraps.put(wraps.Slot(row, "partials", 0), little)
        )
        judge = Judge(numpy, Memory())
        assert judge.at_home(mutant) is None
        assert judge.abroad(mutant, ()).outcome == "equivalent"


def test_what_a_blind_suite_does_not_notice_is_a_survivor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Judge, "killed", lambda self, block, among, area: "")
    with ug.use_backend("numpy") as numpy:
        row = TABLE["sin"]
        off = wraps.given(row.partials[0], wraps.scaled(1.001))
        mutant = Mutant("sin: off", "factor", ("sin",), lambda: wraps.put(wraps.Slot(row, "partials", 0), off))
        judge = Judge(numpy, Memory())
        assert judge.at_home(mutant) is None
        assert judge.abroad(mutant, ()).outcome == "survived"


def test_a_report_counts() -> None:
    verdicts = [
        Verdict("a", "sign", "sin", "rule", "killed", "row sin"),
        Verdict("b", "sign", "cos", "rule", "survived", "too small"),
        Verdict("c", "tie", "max", "rule", "equivalent"),
    ]
    assert rate(verdicts) == 0.5
    assert json.loads(as_json(verdicts, seed=0))["summary"] == {
        "made": 3, "killed": 1, "equivalent": 1, "unreached": 0, "survived": 1, "rate": 0.5,
    }  # fmt: skip
    assert "| rule | sign | 2 | 1 | 0 | 0 | 1 |" in table(verdicts)


def test_a_saved_value_without_its_past_is_right_at_first_order_alone() -> None:
    x = ug.asarray(np.array([0.5]))
    row = TABLE["square"]
    with wraps.put(wraps.Slot(row, "partials", 0), wraps.detached(row.partials[0], 0)):
        with ug.GradientTape() as outer:
            outer.watch(x)
            with ug.GradientTape() as inner:
                inner.watch(x)
                out = ug.square(x)
            first = inner.gradient(out, x)
        assert first.tolist() == [1.0]
        assert outer.gradient(first, x) is None
