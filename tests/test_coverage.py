"""The pages of `docs/coverage*.md` are what the table says today, and the table says what is so."""

import re
import warnings
from pathlib import Path

import array_api_strict as strict
import numpy as np
import pytest

import unigrad as ug
from tests.test_standard_names import EXTENSIONS, INSIDE, NAMES, functions
from tools.coverage import numpy_page, standard
from tools.coverage.calls import CALLS
from tools.coverage.page import Page
from tools.coverage.tracing import YES, arrays_of, call_of, directed, leaves
from unigrad.protocols.refused import ABOUT_NO_TENSOR, NOT_HANDED_OVER
from unigrad.protocols.table import of_numpy

DOCS = Path(__file__).parent.parent / "docs"
STALE = "the page is stale: say `make docs`"


@pytest.fixture(scope="module")
def page():
    return Page()


def test_the_page_is_what_is_generated(page):
    assert page.text() == (DOCS / "coverage.md").read_text(encoding="utf-8"), STALE


def test_the_page_of_numpys_functions_is_what_is_generated():
    assert numpy_page.text() == (DOCS / "coverage-numpy.md").read_text(encoding="utf-8"), STALE


def test_every_claim_has_a_sample_and_a_kernel(page):
    assert page.problems == []
    claims = page.text().partition("## Creation")[2].partition("## Where")[0]
    assert "**" not in claims


def test_the_names_of_the_standard_are_array_api_stricts():
    array = type(strict.asarray(1.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        strict.set_array_api_strict_flags(api_version="2025.12")
        listed = {f"{e}.{n}" for e in EXTENSIONS for n in functions(getattr(strict, e))} | UNLISTED
        assert {*NAMES, "__array_api_version__", "__array_namespace_info__"} == set(standard.MAIN)
        assert listed == {n for n in standard.NAMES if n.startswith(tuple(f"{e}." for e in EXTENSIONS))}
        strict.set_array_api_strict_flags(api_version="2024.12")
        assert set(filter(gated, listed | set(NAMES))) == standard.NEW_IN_2025
    strict.reset_array_api_strict_flags()
    public = {n for n in vars(array) if n in array.__dict__ and (not n.startswith("_") or n.endswith("__"))}
    here = {n.removeprefix("Tensor.") for n in standard.NAMES if n.startswith("Tensor.")}
    assert here <= public
    assert public - here - INSIDE <= set(dir(object)) | {"__annotations__", "__module__", "__slots__", "__weakref__"}


#: array-api-strict has these, and leaves them out of its list of names
UNLISTED = {"linalg.eig", "linalg.eigvals"}


def gated(name):
    """Whether array-api-strict says that its present version has no such function."""
    found = strict
    for part in name.split("."):
        found = getattr(found, part)
    if not callable(found) or isinstance(found, type):
        return False
    try:
        found()
    except RuntimeError as e:
        return "requires API version 2025.12" in str(e)
    except Exception:  # noqa: BLE001 - called without arguments, which comes second
        return False
    return False


def test_every_name_of_the_standard_is_on_the_page(page):
    named = {n.path for c in page.chapters for n in c.names}
    text = (DOCS / "coverage.md").read_text(encoding="utf-8")
    assert [n for n in standard.NAMES if n not in named and n != "__array_api_version__"] == []
    assert [
        n for n in standard.NAMES if f"| `{n.rpartition('.')[2]}` |" not in text and n != "__array_api_version__"
    ] == []


def test_every_public_name_of_unigrad_is_on_the_page_once(page):
    named = [n.path for c in page.chapters for n in c.names]
    assert len(named) == len(set(named))
    modules = {"fft", "linalg", "special", "random"}
    assert set(ug.__all__) - modules <= set(named)
    assert {f"special.{n}" for n in ug.special.__all__} <= set(named)


def test_no_call_is_for_a_name_that_is_gone(page):
    assert [n for n in CALLS if n not in page.traces] == []


def test_every_function_of_numpys_is_on_its_page():
    text = (DOCS / "coverage-numpy.md").read_text(encoding="utf-8")
    known = [n for n in ug.numpy_rules() if of_numpy(n) is not None]
    for name in (*known, *NOT_HANDED_OVER):
        assert f"| `{name.rpartition('.')[2]}` |" in text, name
    assert [n for n in ABOUT_NO_TENSOR if f"`{n}`" not in text] == []


def test_every_link_of_the_page_leads_somewhere():
    text = (DOCS / "coverage.md").read_text(encoding="utf-8")
    heads = {h.lower().replace(" ", "-") for h in re.findall(r"^## (.*)$", text, re.M)}
    assert set(re.findall(r"\(#([^)]*)\)", text)) <= heads
    assert all((DOCS / f).exists() for f in re.findall(r"\(([\w-]+\.md)\)", text))


# -- the composed functions have the derivatives that the page says -------------------------------------------------------

#: LAPACK turns these vectors as it likes from one matrix to the next: the conformance suite has forms that do not turn
TURNS = {"linalg.eig", "linalg.eigh", "linalg.svd"}


def differentiable(page):
    return [(n.path, n.thing) for c in page.chapters if c.functions for n in c.names if _yes(page, n.path)]


def _yes(page, path):
    found = page.traces[path]
    return path in CALLS and found is not None and found.reverse == YES and path not in TURNS


def weighted(outs):
    """A real number of all results that can carry a derivative."""
    rng = np.random.default_rng(2)
    total = 0.0
    for out in outs:
        if isinstance(out, ug.Tensor) and out.dtype.kind in "fc":
            here = ug.convert(ug.astype(ug.real(out), ug.float64), "numpy")
            total = total + ug.sum(here * rng.uniform(0.5, 1.5, out.shape))
    return total


def test_composed_functions_in_both_modes_and_by_differences(page):
    checked = 0
    with ug.use_backend("numpy"):
        for path, thing in differentiable(page):
            call = call_of(path, thing)[0]
            spec = CALLS[path]
            arrays = [a.astype(np.float64) if a.dtype.kind == "f" else a for a in arrays_of(path, spec, spec.dtype)]
            rng = np.random.default_rng(3)
            steps = [rng.uniform(0.5, 1.5, a.shape).astype(a.dtype) for a in arrays]
            steps[0] = directed(steps[0], spec)
            xs = [ug.asarray(a) for a in arrays]
            with ug.GradientTape() as tape:
                tape.watch(xs)
                y = weighted(leaves(call(*xs)))
            grads = tape.gradient(y, xs, unconnected_gradients="zero")
            along = sum(np.sum(np.real(np.conj(g.numpy()) * s)) for g, s in zip(grads, steps, strict=True))
            xs = [ug.asarray(a) for a in arrays]
            with ug.ForwardAccumulator(xs, [ug.asarray(s) for s in steps]) as accumulator:
                y = weighted(leaves(call(*xs)))
            h = 1e-3 if path.endswith("astype") else 1e-5
            up, down = (
                weighted(leaves(call(*(ug.asarray(a + k * h * s) for a, s in zip(arrays, steps, strict=True))))).item()
                for k in (1, -1)
            )
            assert along == pytest.approx(accumulator.jvp(y).item(), rel=1e-6), path
            assert along == pytest.approx(
                (up - down) / (2 * h), rel=1e-2 if path.endswith("astype") else 1e-5, abs=1e-7
            ), path
            checked += 1
    assert checked > 100
