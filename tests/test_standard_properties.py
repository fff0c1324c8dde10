"""What the standard asks of every function of a family: dtypes, broadcast shapes, arrays without elements, special values."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import unigrad as ug
from tests.helpers import BACKENDS
from unigrad import dtypes
from unigrad.backend import Backend

nan, inf = float("nan"), float("inf")
REAL = [ug.int8, ug.int32, ug.int64, ug.uint8, ug.float32, ug.float64]
NUMERIC = [*REAL, ug.complex64, ug.complex128]
FLOATING = [ug.float32, ug.float64, ug.complex64, ug.complex128]
TWO = {
    "add": NUMERIC, "subtract": NUMERIC, "multiply": NUMERIC, "pow": NUMERIC, "divide": FLOATING,
    "maximum": REAL, "minimum": REAL, "remainder": REAL, "floor_divide": REAL,
    "atan2": FLOATING[:2], "hypot": FLOATING[:2], "logaddexp": FLOATING[:2], "copysign": FLOATING[:2],
}  # fmt: skip
COMPARISONS = {"equal": NUMERIC, "not_equal": NUMERIC, "less": REAL, "greater_equal": REAL}
#: shapes that broadcast, few of them, for JAX compiles each
SHAPES = st.sampled_from([((), ()), ((2, 1), (3,)), ((0,), (1,)), ((3,), ()), ((2, 0), (1, 1))])
ONE = [
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "exp", "expm1", "floor", "isfinite",
    "isinf", "isnan", "log", "log10", "log1p", "log2", "negative", "positive", "reciprocal", "round", "sign", "signbit", "sin",
    "sinh", "sqrt", "square", "tan", "tanh", "trunc",
]  # fmt: skip


def filled(shape: tuple[int, ...], dtype: Any, value: int = 1) -> ug.Tensor:
    """An array of one number."""
    return ug.full(shape, value, dtype=dtype)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(name=st.sampled_from(sorted(TWO | COMPARISONS)), shapes=SHAPES, data=st.data())
def test_two_arrays_promote_and_broadcast(name: str, shapes: Any, data: Any) -> None:
    family = (TWO | COMPARISONS)[name]
    a, b = (data.draw(st.sampled_from(family)) for _ in range(2))
    expected = ug.bool if name in COMPARISONS else dtypes.promote(a, b)
    for backend in BACKENDS:
        with ug.use_backend(backend):
            out = getattr(ug, name)(filled(shapes[0], a), filled(shapes[1], b))
        assert (out.dtype, out.shape) == (expected, np.broadcast_shapes(*shapes)), (name, a, b, backend)


def test_shapes_that_do_not_broadcast(backend: Backend) -> None:
    for name in (*TWO, *COMPARISONS):
        with pytest.raises(ug.ShapeError):
            getattr(ug, name)(ug.ones((2, 3)), ug.ones((2,)))
    with pytest.raises(ug.ShapeError):
        ug.broadcast_shapes((2, 3), (2,))
    assert ug.broadcast_shapes((2, 1), (3,), ()) == (2, 3)
    assert ug.broadcast_shapes() == ()


@pytest.mark.usefixtures("double")
class TestNoElements:
    @pytest.mark.parametrize("shape", [(0,), (2, 0)])
    @pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")
    def test_elementwise(self, shape: tuple[int, ...]) -> None:
        for name in ONE:
            assert getattr(ug, name)(ug.ones(shape)).shape == shape, name
            assert getattr(ug, name)(ug.ones(())).shape == (), name

    def test_reductions(self) -> None:
        x = ug.zeros((0, 3))
        for name, value in (("sum", 0.0), ("prod", 1.0), ("any", False), ("all", True), ("count_nonzero", 0)):
            assert getattr(ug, name)(x).tolist() == value, name
            assert getattr(ug, name)(x, axis=0).tolist() == [value] * 3, name
            assert getattr(ug, name)(x, axis=1, keepdims=True).shape == (0, 1), name
        for name in ("max", "min", "argmax", "argmin"):
            with pytest.raises(ug.ShapeError):
                getattr(ug, name)(x)
            assert getattr(ug, name)(x, axis=1).shape == (0,), name

    def test_moving(self) -> None:
        x = ug.zeros((0, 3))
        for call, shape in (
            (lambda: ug.concat([x, x]), (0, 3)),
            (lambda: ug.stack([x, x]), (2, 0, 3)),
            (lambda: ug.flip(x), (0, 3)),
            (lambda: ug.roll(x, 1), (0, 3)),
            (lambda: ug.tile(x, (2, 2)), (0, 6)),
            (lambda: ug.repeat(x, 2, axis=0), (0, 3)),
            (lambda: ug.repeat(x, ug.asarray([], dtype=ug.int64), axis=0), (0, 3)),
            (lambda: ug.matmul(x, ug.zeros((3, 2))), (0, 2)),
            (lambda: ug.matmul(ug.zeros((2, 0)), x), (2, 3)),
            (lambda: ug.tril(x), (0, 3)),
            (lambda: ug.cumulative_sum(x, axis=0, include_initial=True), (1, 3)),
            (lambda: ug.sort(x), (0, 3)),
            (lambda: ug.diff(x, axis=0), (0, 3)),
            (lambda: ug.take(x, [], axis=1), (0, 0)),
            (lambda: ug.unique_values(x), (0,)),
            (lambda: ug.eye(0), (0, 0)),
            (lambda: ug.linspace(0, 1, 0), (0,)),
            (lambda: ug.meshgrid(x[:, 0], ug.ones(2))[0], (2, 0)),
        ):
            assert call().shape == shape, call

    def test_unstack(self) -> None:
        assert ug.unstack(ug.zeros((0, 3))) == ()
        assert [a.shape for a in ug.unstack(ug.zeros((2, 0)))] == [(0,), (0,)]


#: function, arguments, what the standard says
SPECIAL = [
    ("add", (inf, -inf), nan), ("add", (-0.0, -0.0), -0.0), ("add", (0.0, -0.0), 0.0), ("subtract", (inf, inf), nan),
    ("multiply", (inf, 0.0), nan), ("multiply", (-1.0, 0.0), -0.0), ("divide", (1.0, 0.0), inf), ("divide", (-1.0, 0.0), -inf),
    ("divide", (0.0, 0.0), nan), ("divide", (1.0, -inf), -0.0), ("pow", (nan, 0.0), 1.0), ("pow", (1.0, nan), 1.0),
    ("pow", (-1.0, inf), 1.0), ("pow", (-0.0, -1.0), -inf), ("pow", (0.0, -2.0), inf), ("pow", (-inf, 3.0), -inf),
    ("pow", (-2.0, 0.5), nan), ("remainder", (inf, 2.0), nan), ("remainder", (1.0, 0.0), nan), ("remainder", (-1.0, inf), inf),
    ("atan2", (0.0, -0.0), math.pi), ("atan2", (-0.0, -1.0), -math.pi), ("atan2", (inf, -inf), 3 * math.pi / 4),
    ("hypot", (inf, nan), inf), ("hypot", (1e200, 1e200), math.sqrt(2) * 1e200), ("copysign", (1.0, -0.0), -1.0),
    ("copysign", (nan, -1.0), nan), ("logaddexp", (-inf, -inf), -inf), ("logaddexp", (inf, -inf), inf),
    ("maximum", (nan, 1.0), nan), ("minimum", (1.0, nan), nan), ("maximum", (-inf, inf), inf),
    ("nextafter", (0.0, -0.0), -0.0), ("nextafter", (1.0, nan), nan), ("floor_divide", (1.0, inf), 0.0),
    ("exp", (-inf,), 0.0), ("expm1", (-inf,), -1.0), ("expm1", (-0.0,), -0.0), ("log", (0.0,), -inf), ("log", (-1.0,), nan),
    ("log1p", (-1.0,), -inf), ("log1p", (-0.0,), -0.0), ("log2", (inf,), inf), ("log10", (0.0,), -inf), ("sqrt", (-0.0,), -0.0),
    ("sqrt", (-1.0,), nan), ("acos", (2.0,), nan), ("acos", (1.0,), 0.0), ("asin", (-0.0,), -0.0),
    ("atan", (-inf,), -math.pi / 2),
    ("atanh", (1.0,), inf), ("atanh", (2.0,), nan), ("acosh", (1.0,), 0.0), ("acosh", (0.5,), nan), ("sinh", (-inf,), -inf),
    ("cosh", (-inf,), inf), ("tanh", (-inf,), -1.0), ("sin", (inf,), nan), ("tan", (-0.0,), -0.0), ("ceil", (-0.5,), -0.0),
    ("floor", (-0.0,), -0.0), ("trunc", (-0.5,), -0.0), ("round", (2.5,), 2.0), ("round", (-0.5,), -0.0), ("round", (inf,), inf),
    ("abs", (-0.0,), 0.0), ("sign", (nan,), nan), ("signbit", (-0.0,), True), ("isfinite", (nan,), False),
    ("isinf", (-inf,), True),
    ("reciprocal", (-0.0,), -inf), ("square", (-inf,), inf), ("equal", (nan, nan), False), ("equal", (0.0, -0.0), True),
    ("less", (nan, 1.0), False), ("not_equal", (nan, nan), True),
]  # fmt: skip


def same(found: Any, expected: Any) -> bool:
    """Equal to rounding, with the sign of zeros, NaN for NaN."""
    if isinstance(expected, bool) or math.isnan(expected):
        return found is expected if isinstance(expected, bool) else math.isnan(found)
    return math.isclose(found, expected, rel_tol=1e-12) and math.copysign(1, found) == math.copysign(1, expected)


@pytest.mark.parametrize("recorded", [False, True])
def test_special_values(backend: Backend, recorded: bool) -> None:
    wrong = []
    for name, args, expected in SPECIAL:
        xs = [ug.asarray(np.array(a)) for a in args]
        with np.errstate(all="ignore"), ug.GradientTape() as tape:
            if recorded:
                tape.watch(xs)
            found = getattr(ug, name)(*xs).tolist()
        if not same(found, expected):
            wrong.append((name, args, found, expected))
    assert not wrong


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning", "ignore:.*degrees of freedom")
def test_special_values_of_reductions(backend: Backend) -> None:
    x = ug.asarray(np.array([1.0, nan, 3.0]))
    for name in ("sum", "prod", "mean", "std", "var", "max", "min"):
        assert math.isnan(getattr(ug, name)(x).tolist()), name
    assert ug.argmax(x).tolist() == 1
    assert math.isnan(ug.sum(ug.asarray(np.array([inf, -inf]))).tolist())
    assert ug.cumulative_sum(x).tolist()[0] == 1.0
    assert math.isnan(ug.var(ug.ones((1,), dtype=ug.float64), correction=1).tolist())


def test_keyword_arguments_are_as_the_standard_has_them(backend: Backend) -> None:
    x = ug.asarray(np.arange(6.0).reshape(2, 3))
    assert ug.repeat(x, ug.asarray([1, 2]), axis=0).shape == (3, 3)
    assert ug.astype(x, ug.float32, copy=False).dtype == ug.float32
    assert ug.astype(x, ug.float64, device=x.device).device == x.device
    assert ug.clip(x, max=2.0, min=1.0).tolist() == [[1.0, 1.0, 2.0], [2.0, 2.0, 2.0]]
    assert ug.eye(2, 3, k=1, dtype=ug.int8, device=x.device).tolist() == [[0, 1, 0], [0, 0, 1]]
    assert ug.linspace(0, 1, num=2, endpoint=False, dtype=ug.float64).tolist() == [0.0, 0.5]
    assert ug.expand_dims(x, (0, 2)).shape == (1, 2, 1, 3)
    assert ug.expand_dims(x, axis=-1).shape == (2, 3, 1)
    assert isinstance(ug.broadcast_arrays(x, x), list)
    assert isinstance(ug.meshgrid(x[0], x[0]), list)
    assert ug.std(x, correction=0.5).shape == ()
    for a, b in itertools.product(("min", "max"), (None, 1.0)):
        assert ug.clip(x, **{a: b}).shape == (2, 3)
