"""einsum: values as NumPy's in every form of call, derivatives, paths, and what bad subscripts get."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, derivative, grad, numeric
from unigrad.backend import Backend
from unigrad.ops import einsum_paths

CASES = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("ba", (2, 3)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("iij->j", (3, 3, 2)),
    ("iji->ij", (2, 3, 2)),
    ("iii->i", (2, 2, 2)),
    ("ij->", (2, 3)),
    ("->", ()),
    ("i,j->ji", (2,), (3,)),
    ("ij,ij->ij", (2, 3), (2, 3)),
    ("ij,ij->", (2, 3), (2, 3)),
    ("ij,jk->k", (2, 3), (3, 4)),
    ("ij,kl->", (2, 3), (2, 2)),
    ("ii,ij->j", (2, 2), (2, 3)),
    ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
    ("ji,jk->ki", (3, 2), (3, 4)),
    ("bij,bkj->bki", (2, 2, 3), (2, 4, 3)),
    ("bji,bjk->bik", (2, 3, 2), (2, 3, 4)),
    ("bcji,bckj->bcki", (2, 1, 3, 2), (2, 1, 4, 3)),
    ("bij,bik->bjk", (2, 3, 2), (2, 3, 4)),
    ("bij,jbk->bik", (2, 2, 3), (3, 2, 4)),
    ("...ij,...jk->...ik", (2, 1, 2, 3), (4, 3, 2)),
    ("...ij,jk", (2, 2, 3), (3, 2)),
    ("i...->...", (2, 3)),
    ("ij...,...->ij...", (2, 2, 3), (3,)),
    ("ij,jk,kl->il", (2, 3), (3, 2), (2, 4)),
    ("abc,cd,be,a->de", (2, 3, 2), (2, 2), (3, 2), (2,)),
    ("ij,ij->ij", (1, 3), (2, 3)),
    ("ij,jk->ik", (2, 1), (3, 2)),
    ("ij,jk->ik", (0, 3), (3, 2)),
    ("ij,jk->ik", (2, 0), (0, 2)),
    (" i j , j k -> i k ", (2, 3), (3, 4)),
    ("Aa,aB->AB", (2, 3), (3, 2)),
]
IDS = [c[0] for c in CASES]


def drawn(shapes: tuple[tuple[int, ...], ...]) -> list[np.ndarray]:
    rng = np.random.default_rng(5)
    return [rng.uniform(-1, 1, s) for s in shapes]


@pytest.mark.parametrize(("spec", "shapes"), [(c[0], c[1:]) for c in CASES], ids=IDS)
def test_values_are_numpys(spec: str, shapes: tuple[tuple[int, ...], ...], backend: Backend) -> None:
    arrays = drawn(shapes)
    want = np.einsum(spec, *arrays)
    for optimize in (True, False):
        out = ug.einsum(spec, *map(ug.asarray, arrays), optimize=optimize)
        assert out.shape == want.shape
        assert_values(out, want)


SMALL = [c for c in CASES if 0 not in sum(c[1:], ()) and c[0] != "->"]


@pytest.mark.parametrize(("spec", "shapes"), [(c[0], c[1:]) for c in SMALL], ids=[c[0] for c in SMALL])
def test_derivatives(spec: str, shapes: tuple[tuple[int, ...], ...]) -> None:
    arrays = drawn(shapes)
    for i in range(len(arrays)):

        def weighted(x: object, f: object, i: int = i) -> object:
            out = f(spec, *arrays[:i], x, *arrays[i + 1 :])
            return out * np.cos(np.arange(out.size)).reshape(out.shape)

        want = numeric(lambda x, w=weighted: w(x, np.einsum), arrays[i])
        x = ug.asarray(arrays[i])
        assert_values(grad(lambda x, w=weighted: w(x, ug.einsum), x), want, rtol=1e-6, atol=1e-8)
        assert_values(ug.sum(derivative(lambda x, w=weighted: w(x, ug.einsum), x)), want.sum(), rtol=1e-6, atol=1e-8)


def test_lists_of_axes(backend: Backend) -> None:
    x, y = drawn(((2, 3), (3, 4)))
    a, b = ug.asarray(x), ug.asarray(y)
    assert_values(ug.einsum(a, [0, 1], b, [1, 2], [0, 2]), x @ y)
    assert_values(ug.einsum(a, [0, 1], b, [1, 2]), x @ y)
    assert_values(ug.einsum(a, [5, 1], [1, 5]), x.T)
    assert_values(ug.einsum(a, [Ellipsis, 1], b, [1, 2], [Ellipsis, 2]), x @ y)


def test_complex_and_second_order(backend: Backend) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2))
    z = ug.asarray(x)
    loss = lambda z: ug.real(ug.einsum("ij,jk,kl->il", z, z, ug.conj(z)))  # noqa: E731
    again = lambda z: ug.real(z @ z @ ug.conj(z))  # noqa: E731
    assert_values(grad(loss, z), grad(again, z).numpy())
    assert_values(
        grad(lambda z: ug.abs(grad(loss, z)) ** 2, z),
        grad(lambda z: ug.abs(grad(again, z)) ** 2, z).numpy(),
        rtol=1e-10,
    )


def test_mixed_dtypes_and_integers(backend: Backend) -> None:
    x, y = ug.asarray([[1, 2], [3, 4]]), ug.asarray([[0.5, 1.0], [1.0, 2.0]], dtype=ug.float64)
    assert_values(ug.einsum("ij,jk->ik", x, y), [[2.5, 5.0], [5.5, 11.0]])
    out = ug.einsum("ij->i", x)
    assert out.dtype == x.dtype
    assert out.tolist() == [3, 7]
    half = ug.asarray(np.ones((2, 2)), dtype=ug.float16)
    assert ug.einsum("ij,jk->", half, half).dtype == ug.float16


def test_paths(backend: Backend) -> None:
    x, y, z = drawn(((2, 3), (3, 4), (4, 2)))
    arrays = [ug.asarray(a) for a in (x, y, z)]
    want = x @ y @ z
    for optimize in ("greedy", "optimal", [(1, 2), (0, 1)], ["einsum_path", (0, 1), (0, 1)], [(0, 1, 2)]):
        assert_values(ug.einsum("ij,jk,kl->il", *arrays, optimize=optimize), want)


def test_a_path_of_our_own_is_as_cheap() -> None:
    terms, sizes = ["ab", "bc", "cd"], {"a": 100, "b": 2, "c": 100, "d": 2}
    assert einsum_paths.greedy(terms, "ad", sizes)[0] == (1, 2)
    assert einsum_paths.path(terms, "ad", sizes, False) == [(0, 1), (0, 1)]


BAD = [
    (("ij,jk->ik", np.ones((2, 3))), "2 arrays"),
    (("ij->ik", np.ones((2, 3))), "only axes of the arrays"),
    (("ij->ii", np.ones((2, 3))), "each of its axes once"),
    (("ijk->i", np.ones((2, 3))), "3 axes"),
    (("i->i", np.ones((2, 3))), "1 axes"),
    (("ij,jk->ik", np.ones((2, 3)), np.ones((4, 2))), "sizes 3 and 4"),
    (("ii->i", np.ones((2, 3))), "sizes 2 and 3"),
    (("ii->i", np.ones((1, 3))), "different sizes"),
    (("i1->i", np.ones((2, 3))), "letters"),
    (("...i......->i", np.ones((2, 3))), "letters"),
    (("...i->i", np.ones((2, 3))), "ellipsis"),
    ((), "subscripts"),
    ((np.ones((2, 3)), [0, 99]), "ints"),
    ((np.ones((2, 3)), [0, "a"]), "ints"),
]


@pytest.mark.parametrize(("operands", "told"), BAD, ids=[str(b[0][0])[:20] if b[0] else "nothing" for b in BAD])
def test_bad_subscripts(operands: tuple[object, ...], told: str, backend: Backend) -> None:
    with pytest.raises(ug.ShapeError, match=told):
        ug.einsum(*operands)


@pytest.mark.parametrize("optimize", ["no such", [(0, 5), (0, 1)], [(0, 1)], [(0, 0), (0, 1)]])
def test_bad_paths(optimize: object, backend: Backend) -> None:
    with pytest.raises(ug.ShapeError):
        ug.einsum("ij,jk,kl->il", *map(ug.asarray, drawn(((2, 3), (3, 4), (4, 2)))), optimize=optimize)


def test_a_zero_cotangent_absorbs(backend: Backend) -> None:
    x = ug.asarray(np.array([[1.0, 2.0], [3.0, 4.0]]))
    y = ug.asarray(np.array([[np.inf, 1.0], [1.0, 1.0]]))
    row = lambda x: ug.where(ug.asarray([[False], [True]]), ug.einsum("ij,kj->ik", x, y)[:, 1:], 0.0)  # noqa: E731
    assert_values(grad(row, x), [[0.0, 0.0], [1.0, 1.0]])


def test_bools_and_small_integers_count_before_they_meet_the_others():
    wide, mask, small = np.ones((2, 3), np.int64), np.ones((2, 400), bool), np.full((2, 400), 100, np.int8)
    for narrow in (mask, small):
        found = ug.einsum("ij,ik->j", ug.asarray(wide), ug.asarray(narrow))
        assert found.tolist() == np.einsum("ij,ik->j", wide, narrow).tolist()
