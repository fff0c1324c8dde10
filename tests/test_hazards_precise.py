"""The hazards' expected numbers, proved by limits in mpmath; what no limit gives is a row of data with its reason."""

import dataclasses

import pytest

from unigrad.backend import load
from unigrad_conformance.oracles.precise import CONVENTIONS, decide
from unigrad_conformance.oracles.precise.conventions import UNSAID
from unigrad_conformance.plan import Plan
from unigrad_conformance.points import HAZARDS, check_hazard

BY_LABEL = {h.label: h for h in HAZARDS}


def told(hazard):
    """What the check of the command says."""
    report = check_hazard(hazard, load("numpy"), Plan(checks=("limit at a point",)))
    return [f.detail for f in report.failures]


def test_every_point_is_asked_for_its_limits():
    cells = {}
    for hazard in HAZARDS:
        cells |= check_hazard(hazard, load("numpy"), Plan(checks=("limit at a point",))).cells
    assert not [f for cell in cells.values() for f in cell.failures]
    asked = {key[0] for key, cell in cells.items() if cell.comparisons}
    out = {key[0] for key, cell in cells.items() if cell.left_out}
    there = {key[0] for key in cells}
    assert asked | out == there
    assert not asked & out
    assert len(asked) > 0.75 * len(there)


def test_the_conventions_are_of_hazards():
    assert set(CONVENTIONS) <= set(BY_LABEL)


@pytest.mark.parametrize(
    ("label", "want"),
    [
        ("B prod [0,2,3]", ([6.0, 0.0, 1e-12],)),
        ("B sqrt at 0", ([1e300],)),
        ("B x/x at 0", ([1.0],)),
        ("A maximum(x,y), x==y", ([0.5], [1.5])),
        ("I d2 sinc at 0", ([-3.2898681],)),
        ("D pinv rank1", ([[0.0048, -0.0144], [-0.0144, 0.0768]],)),
        ("E exp(z) holomorphic at i", ([0.5403023058681398 + 0.8414709848078965j],)),
        ("J norm at [1e-200,1e-200] (true 0.7071)", ([0.7071, 0.7071],)),
    ],
)
def test_a_wrong_expectation_is_caught(label, want):
    wrong = dataclasses.replace(BY_LABEL[label], want=want)
    assert any("no limit is the answer" in text for text in told(wrong))


def test_a_convention_that_limits_prove_is_caught(monkeypatch):
    monkeypatch.setitem(CONVENTIONS, "B prod [0,2,3]", "made up")
    assert told(BY_LABEL["B prod [0,2,3]"]) == [
        "limits prove the answer, and a row of CONVENTIONS says that they do not: made up"
    ]


@pytest.mark.parametrize(
    ("label", "kinds"),
    [
        ("B sqrt at 0", {"end"}),
        ("A abs at -0,0", {"kink"}),
        ("B x/x at 0", {"none"}),
        ("B prod [0,2,3]", {"derivative"}),
        ("B softmax [-inf,0] w=[1,10]", {"derivative"}),
        ("F max of empty", {"silent"}),
    ],
)
def test_the_kind_of_an_answer(label, kinds):
    assert decide(BY_LABEL[label]).kinds == kinds


@pytest.mark.parametrize("beginning", list(UNSAID))
def test_what_is_unsaid_cannot_be_said(beginning, monkeypatch):
    """A point that limits could decide has no place in the table."""
    points = [h for h in HAZARDS if h.label.startswith(beginning)]
    assert points, f"no point is named {beginning!r}..."
    monkeypatch.delitem(UNSAID, beginning)
    for hazard in points:
        try:
            kinds = decide(hazard).kinds
        except Exception:  # noqa: BLE001  (a word that is not there, or means another thing)
            continue
        assert kinds & {"convention", "silent"}, f"{hazard.label} can be decided: take it out of UNSAID"
