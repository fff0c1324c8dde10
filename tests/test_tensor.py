"""Tensor: operators with whatever stands beside it, and Python's protocols."""

import copy
import math
import operator
import pickle

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, backend_name, grad, native

pytestmark = pytest.mark.usefixtures("double")

ARITHMETIC = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.pow, operator.floordiv, operator.mod,
    operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne,
]  # fmt: skip
BITS = [operator.and_, operator.or_, operator.xor, operator.lshift, operator.rshift]
A, B = np.array([1.5, 2.0, 4.0]), np.array([2.0, 2.0, 3.0])


def others(values):
    """The second operand in every form in which it may stand beside a tensor."""
    yield "tensor", ug.asarray(values)
    yield "variable", ug.Variable(values)
    yield "ndarray", values
    yield "native", native(values)
    yield "list", values.tolist()
    yield "tuple", tuple(values.tolist())


@pytest.mark.parametrize("op", ARITHMETIC, ids=lambda f: f.__name__)
def test_operators_and_their_reflections(op):
    for what, b in others(B):
        for found, expected in ((op(ug.asarray(A), b), op(A, B)), (reflected(op, b, ug.asarray(A)), op(B, A))):
            if found is None:
                continue
            assert type(found) is ug.Tensor, f"{op.__name__} with a {what} gave a {type(found)}"
            assert found.backend.name == backend_name()
            np.testing.assert_allclose(found.numpy(), expected, rtol=1e-14, err_msg=what)


def reflected(op, b, t):
    if isinstance(b, list | tuple) and op in (operator.add, operator.mul):
        return getattr(t, f"__r{op.__name__}__")(b)
    return op(b, t)


@pytest.mark.parametrize("op", ARITHMETIC, ids=lambda f: f.__name__)
@pytest.mark.parametrize("scalar", [2, 2.5, True, np.float64(2.5), np.int64(2), np.float32(2.5)], ids=repr)
def test_operators_with_numbers(op, scalar):
    assert_values(op(ug.asarray(A), scalar), op(A, scalar))
    assert_values(op(scalar, ug.asarray(A)), op(scalar, A))


@pytest.mark.parametrize("op", BITS, ids=lambda f: f.__name__)
def test_operators_of_integers(op):
    a, b = np.array([5, 6, 1]), np.array([1, 3, 2])
    for what, other in others(b):
        if isinstance(other, list | tuple):
            continue
        np.testing.assert_array_equal(op(ug.asarray(a), other).numpy(), op(a, b), err_msg=what)
        np.testing.assert_array_equal(op(other, ug.asarray(a)).numpy(), op(b, a), err_msg=what)
    assert_values(~ug.asarray(a), ~a)
    assert_values(op(ug.asarray(a), 2), op(a, 2))


def test_matmul_and_the_unary_operators():
    m = np.arange(6.0).reshape(3, 2)
    for what, other in others(m):
        np.testing.assert_allclose((ug.asarray(A) @ other).numpy(), A @ m, err_msg=what)
        np.testing.assert_allclose((other @ ug.asarray([1.0, 2.0])).numpy(), m @ [1.0, 2.0], err_msg=what)
    t = ug.asarray([-1.5, 2.0])
    assert [(-t).tolist(), (+t).tolist(), abs(t).tolist()] == [[1.5, -2.0], [-1.5, 2.0], [1.5, 2.0]]


def test_reflected_operators_are_on_the_tape():
    x = ug.asarray(A)
    for what, b in others(B):
        for op in (operator.mul, operator.truediv, operator.sub):
            found = grad(lambda x, op=op, b=b: reflected(op, b, x), x)
            expected = {"mul": B, "truediv": -B / A**2, "sub": -np.ones(3)}[op.__name__]
            np.testing.assert_allclose(found.numpy(), expected, err_msg=f"{op.__name__} {what}")


def test_an_ndarray_is_never_updated_by_a_tensor():
    a = np.ones(2)
    with pytest.raises(TypeError, match="Tensor"):
        np.add(a, ug.ones(2), out=a)
    with pytest.raises(TypeError, match="Tensor"):
        a += ug.ones(2)
    assert a.tolist() == [1.0, 1.0]


class TestComparing:
    def test_with_what_is_no_array(self):
        t = ug.asarray([1.0, 2.0])
        assert (t == None) is False  # noqa: E711
        assert (t != None) is True  # noqa: E711
        assert (t == "a") is False
        assert t not in [None, "a"]

    def test_hashing_is_by_identity(self):
        t = ug.asarray([1.0, 2.0])
        assert {t: 1}[t] == 1
        assert len({t, ug.asarray([1.0, 2.0])}) == 2
        assert len({ug.Variable(1.0), ug.Variable(1.0)}) == 2


class TestNumbers:
    def test_conversions(self):
        t = ug.asarray(2.5)
        assert (float(t), int(t), bool(t), complex(t), t.item()) == (2.5, 2, True, 2.5 + 0j, 2.5)
        assert [type(v) for v in (float(t), int(t), bool(t))] == [float, int, bool]
        assert float(ug.asarray([[2.5]])) == 2.5
        assert bool(ug.asarray([0.0])) is False
        assert math.sin(t) == math.sin(2.5)
        assert "abc"[ug.asarray(1)] == "b"
        assert complex(ug.asarray(1j)) == 1j

    def test_they_work_while_a_tape_records(self):
        x = ug.asarray(2.0)
        assert_values(grad(lambda x: x * x if float(x) > 1 and bool(x > 0) else x, x), 4.0)

    def test_formatting(self):
        assert f"{ug.asarray(2.5):.2f}" == "2.50"
        assert f"{ug.asarray([1.0, 2.0])}" == str(ug.asarray([1.0, 2.0]))
        with pytest.raises(ValueError, match="not one number"):
            f"{ug.asarray([1.0, 2.0]):.2f}"


class TestSequences:
    def test_len_iter_unpacking(self):
        t = ug.asarray([[1.0, 2.0], [3.0, 4.0]])
        assert len(t) == 2
        assert [type(row) for row in t] == [ug.Tensor, ug.Tensor]
        (a, b), (c, d) = t
        assert [float(v) for v in (a, b, c, d)] == [1.0, 2.0, 3.0, 4.0]
        assert 3.0 in t[1]
        assert list(ug.zeros((0, 2))) == []

    def test_iterating_is_on_the_tape(self):
        assert_values(grad(lambda x: sum(v * (i + 1) for i, v in enumerate(x)), ug.asarray([1.0, 2.0])), [1.0, 2.0])


class TestLeaving:
    def test_numpy_is_a_copy_of_its_own(self):
        t = ug.asarray([1.0, 2.0])
        a = t.numpy()
        assert a.flags.writeable
        a[0] = 5.0
        assert t.tolist() == [1.0, 2.0]

    def test_array_is_refused_while_a_tape_tracks_it(self):
        x = ug.asarray([1.0, 2.0])
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            for leave in (np.asarray, np.array, np.from_dlpack):
                with pytest.raises(ug.GradientLostError, match=r"gradient would be lost.*t\.numpy\(\)"):
                    leave(y)
            with pytest.raises(ug.GradientLostError):
                np.random.default_rng(0).normal(y)
            assert y.numpy().tolist() == [1.0, 4.0]
            assert np.asarray(ug.ones(2)).tolist() == [1.0, 1.0]
        assert np.asarray(y, dtype=np.float32).dtype == np.float32
        with ug.ForwardAccumulator(x, ug.ones(2)), pytest.raises(ug.GradientLostError):
            np.asarray(x * x)

    def test_array_without_a_copy_is_for_numpys_own_memory(self):
        if backend_name() == "numpy":
            assert np.asarray(ug.ones(2), copy=False).tolist() == [1.0, 1.0]
        else:
            with pytest.raises(ValueError, match="copy"):
                np.asarray(ug.ones(2), copy=False)

    def test_dlpack(self):
        assert np.from_dlpack(ug.asarray([1.0, 2.0])).tolist() == [1.0, 2.0]
        reverse = ug.asarray(np.array([1.0, 2.0, 3.0])[::-1])
        import torch

        assert torch.from_dlpack(reverse).tolist() == [3.0, 2.0, 1.0]
        assert torch.from_dlpack(reverse[::-1]).tolist() == [1.0, 2.0, 3.0]  # a negative stride

    def test_convert_is_differentiable(self):
        x = ug.asarray([1.0, 2.0])
        for name in ("numpy", "jax", "torch"):
            y = ug.convert(x, name)
            assert (y.backend.name, y.tolist()) == (name, [1.0, 2.0])
            found = grad(lambda x, name=name: ug.convert(x, name) ** 2, x)
            assert found.backend.name == backend_name()
            assert_values(found, [2.0, 4.0])


class TestCopies:
    def test_copy_deepcopy_detach(self):
        x = ug.asarray([1.0, 2.0])
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            a, b, c = copy.copy(y), copy.deepcopy(y), y.detach()
            z = [a * 1.0, b * 10.0, c * 100.0]
            a[0] = 50.0
        assert y.tolist() == [1.0, 4.0]
        assert_values(tape.gradient(z, x), [2.0, 4.0])

    def test_pickling(self):
        for t in (ug.asarray([[1.0, 2.0]], dtype=ug.float32), ug.asarray(3), ug.asarray([1j]), ug.asarray([True])):
            again = pickle.loads(pickle.dumps(t))
            assert (again.backend.name, again.dtype, again.shape) == (backend_name(), t.dtype, t.shape)
            np.testing.assert_array_equal(again.numpy(), t.numpy())


def test_repr_says_what_it_is():
    name = backend_name()
    assert repr(ug.asarray([1.0, 2.5])) == f"<unigrad.Tensor shape=(2,) dtype=float64 backend={name} [1. , 2.5]>"
    assert repr(ug.asarray(3)) == f"<unigrad.Tensor shape=() dtype=int64 backend={name} 3>"
    lines = repr(ug.zeros((2, 2))).splitlines()
    assert lines == [f"<unigrad.Tensor shape=(2, 2) dtype=float64 backend={name}", "[[0., 0.],", " [0., 0.]]>"]
    assert len(repr(ug.zeros((1000, 1000)))) < 1000


class TestNamespace:
    def test_it_is_one_hashable_object_for_a_backend(self):
        x = ug.asarray([1.0])
        xp = x.__array_namespace__()
        assert xp is (x * 2.0).__array_namespace__(api_version="2024.12")
        assert {xp: 1}[xp] == 1
        assert pickle.loads(pickle.dumps(xp)) is xp
        with pytest.raises(ValueError, match="2031"):
            x.__array_namespace__(api_version="2031.01")

    def test_its_functions_make_arrays_on_its_backend(self):
        import inspect

        xp = ug.asarray([1.0]).__array_namespace__()
        with ug.use_backend("numpy" if backend_name() != "numpy" else "torch"):
            made = [xp.zeros(2), xp.asarray([1.0]), xp.linspace(0, 1, 3), xp.arange(3), xp.eye(2)]
        assert {t.backend.name for t in made} == {backend_name()}
        assert list(inspect.signature(xp.zeros).parameters) == ["shape", "dtype", "device"]
        assert list(inspect.signature(xp.sum).parameters) == ["x", "axis", "dtype", "keepdims"]
        assert xp.sum(made[0]).backend.name == backend_name()
        assert (xp.float32, xp.pi, xp.newaxis) == (ug.float32, math.pi, None)
