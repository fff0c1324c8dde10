"""The direct road of a public function on raw arrays gives what the general road gives: values, dtypes, types, and errors."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import unigrad as ug
from unigrad import dtypes
from unigrad.backend import load
from unigrad.direct import ROADS, Hot, Roads

DIRECT = ("numpy", "torch", "jax")
#: one dtype of each kind, and those that libraries treat apart
SOME = (
    dtypes.bool_, dtypes.uint8, dtypes.int32, dtypes.int64, dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64,
    dtypes.complex64,
)  # fmt: skip
#: JAX compiles each dtype, shape and axis
COMPILED = (dtypes.int32, dtypes.float32, dtypes.complex64)
NUMBERS = [3, 0, 1, -2, 5, 1]
WITH_NAN = [0.5, math.nan, -0.0, 0.0, -math.inf, 2.0]
SHAPES = ((), (6,), (2, 3), (1, 6), (3, 1, 2), (0,), (0, 3), (3, 0), (0, 0))
AXES = (None, 0, 1, -1, 2, -3, True, 0.0, (0,), (0, 1), (0, 0), (), [0], np.int64(0))

#: calls on one array: the arguments that follow it
ONE: dict[str, list[tuple[tuple[Any, ...], dict[str, Any]]]] = {
    **{name: [((), {"axis": a, "keepdims": k}) for a in AXES for k in (False, True)] for name in ("max", "min", "any", "all")},
    **{name: [((), {"axis": a, "keepdims": k}) for a in AXES for k in (False, True)] for name in ("mean", "argmax", "argmin")},
    **{
        name: [((), {"axis": a, "dtype": d, "keepdims": k}) for a in AXES for d in (None, ug.float64) for k in (False, True)]
        for name in ("sum", "prod")
    },
    **{
        name: [((), {"axis": a, "correction": c, "keepdims": a == 0}) for a in AXES for c in (0, 1, 1.0, 0.5, 6)]
        for name in ("var", "std")
    },
    "cumulative_sum": [((), {"axis": a, "include_initial": i}) for a in AXES for i in (False, True)],
    "sort": [((), {"axis": a, "descending": d, "stable": s}) for a in AXES[1:] for d in (False, True) for s in (True, False)],
    "reshape": [
        ((s,), {})
        for s in ((6,), (2, 3), (3, -1), (-1,), -1, 6, [2, 3], (-2, 3), (-1, -1), (2.0, 3), (True, 6), (0, -1), (), (7,))
    ],
    "permute_dims": [
        ((s,), {}) for s in ((1, 0), (0, 1), (-1, 0), (0, 0), (0,), (), [1, 0], (1.0, 0), (2, 0, 1), None, (0, True))
    ],
    "squeeze": [((a,), {}) for a in AXES],
    "expand_dims": [((a,), {}) for a in AXES[1:]],
    "broadcast_to": [((s,), {}) for s in ((6,), (2, 3), (4, 2, 3), (2, 6), (-1, 6), (5,), [2, 6], 6, (0, 3), (0, 6), (2.0, 6))],
    "flip": [((), {"axis": a}) for a in AXES],
    "astype": [
        ((d,), {"copy": c})
        for d in (*dtypes.ALL, "float32", np.float32, float, None, [], np.dtype(">f8"), "nonsense") for c in (True, False)
    ],
    "clip": [
        (b, {})
        for b in ((0.0, 1.0), (1.0, 0.0), (None, 1.0), (0.5, None), (None, None), (0, 1), (math.nan, 1.0), (0.5, True))
    ],
    **{
        name: [((), {})]
        for name in (
            "ceil", "floor", "trunc", "round", "isfinite", "isinf", "isnan", "signbit", "logical_not", "bitwise_invert", "sign",
            "conj", "real", "imag", "negative",
        )
    },
}  # fmt: skip
#: functions of two arrays, which broadcast
TWO = (
    "add", "atan2", "bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "copysign", "divide",
    "equal", "floor_divide", "greater", "greater_equal", "hypot", "less", "less_equal", "logaddexp", "logical_and", "logical_or",
    "logical_xor", "maximum", "minimum", "multiply", "nextafter", "not_equal", "pow", "remainder", "subtract", "matmul",
)  # fmt: skip


@pytest.fixture(params=DIRECT)
def home(request: pytest.FixtureRequest) -> Iterator[Any]:
    with ug.use_backend(request.param) as backend:
        yield backend


def arrays(home: Any, shape: tuple[int, ...], values: list[Any] = NUMBERS, kinds: Any = SOME) -> Iterator[Any]:
    """One array of this shape for each dtype that matters; with `values` of NaNs and infinities for floats alone."""
    for dtype in kinds if values is NUMBERS else (dtypes.float32, dtypes.float64):
        if home.name == "jax" and dtype not in COMPILED:
            continue
        data = np.resize(np.asarray(values), shape) if math.prod(shape) else np.zeros(shape)
        yield home.asarray(np.abs(data).astype(dtype) if dtype.kind in "ub" else data.astype(dtype), dtype, None, True)


def outcome(function: Any, args: Any, options: Any) -> Any:
    try:
        return function(*args, **options)
    except Exception as e:  # noqa: BLE001
        return e


def described(home: Any, result: Any) -> Any:
    """What can be compared; an error by its type and words."""
    if isinstance(result, Exception):
        return type(result), str(result)
    raw = getattr(result, "_raw", result)
    return type(result), type(raw), raw.dtype, tuple(raw.shape)


def told(road: Any, answers: list[Any]) -> Any:
    """The same road, of which `answers` has what it gave."""
    if isinstance(road, tuple):
        return tuple(told(part, answers) if callable(part) else part for part in road)

    def telling(*args: Any) -> Any:
        answers.append(road(*args))
        return answers[-1]

    return telling


def compare(home: Any, name: str, args: Any, options: Any, exact: bool = True) -> bool:
    """Call by both roads; whether there was a direct one for this call."""
    function = getattr(ug, name)
    first = args[0][0] if name in ("concat", "stack") and args[0] else args[0]
    table = ROADS[name]
    road, known_by_heart = table.get(type(first)), (table.hot, table.quick, table.good)
    answers: list[Any] = []
    if road is not None:
        table[type(first)] = told(road, answers)
    hot, quick, known = known_by_heart
    if quick is not None:
        table.remember(hot, told(quick, answers), known)
    try:
        direct = outcome(function, args, options)
    finally:
        if quick is not None:
            table.remember(*known_by_heart)
        if road is not None:
            table[type(first)] = road
    table.close()
    try:
        general = outcome(function, args, options)
    finally:
        table.reopen()
    what = f"{name}: {args} {options}"
    assert described(home, direct) == described(home, general), what
    if not isinstance(general, Exception):
        mine, other = (home.to_numpy(getattr(r, "_raw", r)) for r in (direct, general))
        if mine.dtype == dtypes.bfloat16:
            mine, other = mine.astype(np.float32), other.astype(np.float32)
        if exact or mine.dtype.kind not in "fc":
            np.testing.assert_array_equal(mine, other, err_msg=what)
        else:
            tiny = 4 * np.finfo(mine.dtype).eps
            np.testing.assert_allclose(mine, other, rtol=tiny, atol=tiny, err_msg=what)
    return any(a is not None for a in answers)


@pytest.mark.filterwarnings("ignore")  # of casts and of nothing to sum: by both roads alike
@pytest.mark.parametrize("name", ONE)
def test_one_array(home: Any, name: str) -> None:
    ug.add(home.asarray(1.0, None, None, True), 1.0)  # the library is met
    rounded = name in ("var", "std")
    taken = 0
    jax = home.name == "jax"
    for args, options in ONE[name][:: 1 + jax]:
        for shape in ((2, 3), (), (0, 3), (3, 1, 2))[: 3 + (name == "squeeze")] if jax else SHAPES:
            # each dtype, at one shape
            for x in arrays(home, shape, kinds=dtypes.ALL if shape == (6,) else SOME):
                taken += compare(home, name, (x, *args), options, exact=not rounded)
        for x in arrays(home, (6,), WITH_NAN):
            compare(home, name, (x, *args), options, exact=not rounded)
    assert taken or name not in home.direct


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TWO)
def test_two_arrays(home: Any, name: str) -> None:
    taken = 0
    shapes = [((6,), (6,)), ((2, 3), (3,)), ((), ()), ((), (6,)), ((6,), ()), ((2, 3), (2,))]
    if name == "matmul":
        shapes += [((2, 3), (3, 2)), ((3, 1, 2), (2, 3)), ((2, 0), (0, 3)), ((6,), (1,))]
    for one, other in shapes[1::3] if home.name == "jax" else shapes:
        for x in arrays(home, one):
            for y in arrays(home, other, NUMBERS):
                if name in ("floor_divide", "remainder") and y.dtype not in (x.dtype,):
                    continue  # a division by zero of integers is the library's own
                taken += compare(home, name, (x, y), {})
        for x, y in zip(arrays(home, one, WITH_NAN), arrays(home, other, WITH_NAN[::-1]), strict=True):
            compare(home, name, (x, y), {})
    x = next(arrays(home, (6,)))
    for odd in (2, 0.5, [1] * 6, "text", None, ug.asarray(NUMBERS)):
        compare(home, name, (x, odd), {})
    assert taken


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["vecdot", "tensordot", "where", "concat", "stack", "take"])
def test_several_arrays(home: Any, name: str) -> None:
    taken = 0
    if name == "where":
        for condition in (home.asarray(np.array([True, False, True]), None, None, True), True, [True, False, True]):
            for x in arrays(home, (2, 3)):
                for shape in ((3,), (2, 1), (), (2,)):
                    for y in arrays(home, shape):
                        taken += compare(home, name, (condition, x, y), {})
                for y in (1, 0.5, [1, 2, 3], None):
                    compare(home, name, (condition, x, y), {})
        for condition in arrays(home, (2, 3)):
            compare(home, name, (condition, x, x), {})
    elif name == "take":
        for x in (*arrays(home, (6,)), *(next(arrays(home, shape)) for shape in ((2, 3), (), (0,)))):
            for places in ([0, 2], [0, -1], [0, 7], [[1, 0]], 1, []):
                for dtype in (np.int64, np.int32, np.uint8, np.float64, bool)[:: 1 + 2 * (home.name == "jax")]:
                    indices = home.asarray(np.asarray(places).astype(dtype), None, None, True)
                    for axis in (None, 0, 1, -1, 2):
                        taken += compare(home, name, (x, indices), {"axis": axis})
            compare(home, name, (x, [0, 1]), {"axis": 0})
    elif name in ("concat", "stack"):
        for one, other in (
            ((6,), (6,)),
            ((2, 3), (2, 3)),
            ((), ()),
            ((0,), (2, 3)),
            ((2, 3), (0,)),
            ((0,), (6,)),
            ((2, 3), (1, 3)),
        ):
            kinds = dtypes.ALL if one == other == (6,) else SOME[-4:] if home.name != "jax" else SOME[6:7]
            for x in arrays(home, one, kinds=kinds):
                for y in arrays(home, other, kinds=kinds):
                    for axis in (0, 1, -1):
                        taken += compare(home, name, ([x, y],), {"axis": axis})
                for axis in (None, True, 0.0, 5, (0,)):
                    compare(home, name, ((x, x, x),), {"axis": axis})
        for odd in (1.0, [1.0] * 6, ug.asarray([1.0] * 6), None, "text"):
            compare(home, name, ([next(arrays(home, (6,))), odd],), {})
        assert isinstance(outcome(getattr(ug, name), ([],), {}), ug.ShapeError)
    else:
        option = "axis" if name == "vecdot" else "axes"
        values = (-1, 0, -2, 1) if name == "vecdot" else (1, 0, 2, -1, 3, ((0,), (0,)), True)
        for one, other in (
            ((6,), (6,)),
            ((6,), (1,)),
            ((2, 3), (2, 3)),
            ((2, 3), (3,)),
            ((2, 3), (3, 2)),
            ((1, 6), (6,)),
            ((), ()),
            ((0, 3), (3, 0)),
        ):
            for x in arrays(home, one, kinds=SOME[2:]):
                for y in arrays(home, other, kinds={dtypes.as_dtype(x.dtype), dtypes.float32}):
                    for value in values:
                        taken += compare(home, name, (x, y), {option: value}, exact=False)
    assert taken


@pytest.mark.parametrize("name", DIRECT)
def test_every_direct_road_is_one_of_a_public_function(name: str) -> None:
    for function in load(name).direct:
        assert callable(getattr(ug, function)), function
        assert function in {*ONE, *TWO, "vecdot", "tensordot", "where", "concat", "stack", "take"}, (
            f"{function} is not tried"
        )


def test_other_types_of_array_go_the_general_road() -> None:
    """A subclass has functions of its own."""

    class Mine(np.ndarray):
        pass

    x = np.arange(6.0).view(Mine)
    assert Mine not in ROADS["sum"]
    assert ug.sum(x) == 15
    assert Mine not in ROADS["sum"]


def test_dtypes_of_two_libraries_are_not_compared() -> None:
    """What is remembered of one library's dtypes is not looked for by another's: array_api_strict warns of it, an error here."""
    for name in ("numpy", "strict", "numpy"):
        with ug.use_backend(name):
            x = ug.asarray([1.0, 2.0], dtype=ug.float64)
            for function in (ug.subtract, ug.divide):
                function(x.raw, x.raw)
                assert function(x.raw, x.raw).dtype == x.raw.dtype
            assert (x * -1).dtype == (300 * x).dtype == ug.float64


@pytest.mark.parametrize("name", ["sin", "divide"])
def test_a_compiled_road_keeps_no_default_dtype(home: Any, name: str) -> None:
    x = home.asarray(np.array([1, 2]), dtypes.int32, None, True)
    args = (x,) if name == "sin" else (x, x)
    before = dtypes.default_float_override()
    try:
        for chosen in (dtypes.float32, dtypes.float16, dtypes.float32):
            ug.set_default_dtype(chosen)
            for _ in range(3):  # by each road
                assert home.dtype_of(getattr(ug, name)(*args)) == chosen
    finally:
        ug.set_default_dtype(before)


def knowing() -> Any:
    """A function with variables of its own for what is known by heart."""
    hot, quick, good = None, None, None
    return lambda: (hot, quick, good)


def test_the_first_hot_road_is_known_by_heart() -> None:
    table, known, later = Roads(), knowing(), knowing()
    table.tell(known)
    table.take(list, (len, None))
    assert known() == (None, None, None)
    table.take(dict, Hot(max, {1}, (min, None)))
    table.take(set, Hot(len, None, min))  # of another library: in the table alone
    table.tell(later)
    assert (table.hot, table.quick, table.good) == known() == later() == (dict, max, {1})
    assert dict(table) == {list: (len, None), dict: (min, None), set: min}
    table.close()
    table.take(tuple, sum)
    assert table.hot is known()[0] is later()[0] is None
    assert not table
    assert table.has(tuple)
    assert not table.has(str)
    table.reopen()
    assert (table.hot, table.quick, table.good) == known() == later() == (dict, max, {1})
    assert dict(table) == {list: (len, None), dict: (min, None), set: min, tuple: sum}


def test_what_debug_sees_goes_no_direct_road(home: Any) -> None:
    x = home.asarray(np.array([0.0, 4.0]), None, None, True)
    for function, args in ((ug.log, (x,)), (ug.divide, (x, x))):
        with home.quiet():
            function(*args)  # by the direct road
        with pytest.raises(ug.NonFiniteError), ug.debug():
            function(*args)


def test_what_the_general_road_refuses_it_refuses_once(home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = []

    def run(arrays: Any, params: Any) -> Any:
        ran.append(arrays)
        raise ug.DTypeError("made up")

    ug.sin(home.asarray(np.array([1, 2]), None, None, True))  # the library is met
    x = home.asarray(np.array([1, 2, 3]), None, None, True)  # JAX has compiled nothing for these
    monkeypatch.setattr(ug.sin.primitive, "run", run)
    with pytest.raises(ug.DTypeError, match="made up"):
        ug.sin(x)
    assert sum(type(a) is type(x) for (a,) in ran) == 1  # JAX's direct road is the general one, traced


def test_what_makes_floats_of_integers_computes_them_once(home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A road is learned of floats alone: on integers it is not tried at every call, before the general road."""
    x = home.asarray(np.array([1, 2]), dtypes.int32, None, True)
    ug.cosh(x)  # the library is met
    row, ran = ug.cosh.primitive, []
    kernel = row.kernels[type(x)]
    monkeypatch.setitem(row.kernels, type(x), lambda a: (ran.append(a), kernel(a))[1])
    table = ROADS["cosh"]
    known_by_heart, road = (table.hot, table.quick, table.good), table.get(type(x))
    try:
        if table.hot is type(x):
            table.remember(table.hot, told(table.quick, ran), table.good)
        table[type(x)] = told(road, ran) if callable(road) else (told(road[0], ran), road[1])
        ug.cosh(x)
    finally:
        table.remember(*known_by_heart)
        table[type(x)] = road
    assert len(ran) == 1
    assert home.dtype_of(ug.cosh(x)) == home.default_float


def test_a_road_may_give_none(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.ones((1, 2))
    ug.squeeze(x, 0)
    monkeypatch.setitem(ROADS["squeeze"], np.ndarray, lambda x, axis: None)
    assert ug.squeeze(x, 0).shape == (2,)
