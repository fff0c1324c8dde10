"""NumPy's ufuncs, called plainly: the function of unigrad that takes the same operands."""

import math
from typing import Any

from unigrad import dtypes
from unigrad.errors import DTypeError, ShapeError
from unigrad.operands import common_dtype
from unigrad.ops import elementwise as ew
from unigrad.ops import linalg, numpy_rows
from unigrad.ops.manipulation import expand_dims, squeeze
from unigrad.protocols.arguments import (
    cast,
    constant_like,
    first_tensor,
    floating,
    is_complex,
    is_tensor,
    tensor,
    tensors,
)
from unigrad.protocols.table import enter, refuse, row

#: the same meaning, the same operands: most of them a row's own function
DIRECT: dict[str, Any] = {
    "absolute": ew.abs,
    "add": ew.add,
    "arccos": ew.acos,
    "arccosh": ew.acosh,
    "arcsin": ew.asin,
    "arcsinh": ew.asinh,
    "arctan": ew.atan,
    "arctan2": ew.atan2,
    "arctanh": ew.atanh,
    "cbrt": numpy_rows.cbrt,
    "conjugate": ew.conj,
    "copysign": ew.copysign,
    "cos": ew.cos,
    "cosh": ew.cosh,
    "divide": ew.divide,
    "exp": ew.exp,
    "expm1": ew.expm1,
    "hypot": ew.hypot,
    "log": ew.log,
    "log10": ew.log10,
    "log1p": ew.log1p,
    "log2": ew.log2,
    "logaddexp": ew.logaddexp,
    "matmul": linalg.matmul,
    "maximum": ew.maximum,
    "minimum": ew.minimum,
    "multiply": ew.multiply,
    "negative": ew.negative,
    "nextafter": ew.nextafter,
    "positive": ew.positive,
    "power": ew.pow,
    "reciprocal": ew.reciprocal,
    "remainder": ew.remainder,
    "sign": ew.sign,
    "sin": ew.sin,
    "sinh": ew.sinh,
    "sqrt": ew.sqrt,
    "square": ew.square,
    "subtract": ew.subtract,
    "tan": ew.tan,
    "tanh": ew.tanh,
    "vecdot": linalg.vecdot,
}

#: steps, comparisons and bits: connected, with derivative zero
CONSTANT: dict[str, Any] = {
    "bitwise_and": ew.bitwise_and,
    "bitwise_or": ew.bitwise_or,
    "bitwise_xor": ew.bitwise_xor,
    "ceil": ew.ceil,
    "equal": ew.equal,
    "floor": ew.floor,
    "floor_divide": ew.floor_divide,
    "greater": ew.greater,
    "greater_equal": ew.greater_equal,
    "invert": ew.bitwise_invert,
    "isfinite": ew.isfinite,
    "isinf": ew.isinf,
    "isnan": ew.isnan,
    "left_shift": ew.bitwise_left_shift,
    "less": ew.less,
    "less_equal": ew.less_equal,
    "logical_and": ew.logical_and,
    "logical_not": ew.logical_not,
    "logical_or": ew.logical_or,
    "logical_xor": ew.logical_xor,
    "not_equal": ew.not_equal,
    "right_shift": ew.bitwise_right_shift,
    "signbit": ew.signbit,
    "trunc": ew.trunc,
}

for _name, _function in DIRECT.items():
    enter(_name, "direct", _function)
for _name, _function in CONSTANT.items():
    enter(_name, "constant", _function)


def _of_integers(name: str) -> None:
    def function(*operands: Any) -> Any:
        arrays = tensors(*operands)
        if any(a.dtype.kind not in "biu" for a in arrays):
            raise DTypeError(f"np.{name} is for integers, not {', '.join(str(a.dtype) for a in arrays)}")
        return numpy_rows.through_numpy(*arrays, function=name)

    enter(name, "constant", function)


for _name in ("bitwise_count", "gcd", "lcm"):
    _of_integers(_name)


@row("constant", "spacing")
def spacing(x: Any) -> Any:
    return numpy_rows.through_numpy(floating(tensor(x)), function="spacing")


@row("constant", "rint")
def rint(x: Any) -> Any:
    return ew.round(floating(tensor(x)))


@row("composed", "deg2rad", "radians")
def deg2rad(x: Any) -> Any:
    return floating(tensor(x)) * (math.pi / 180)


@row("composed", "rad2deg", "degrees")
def rad2deg(x: Any) -> Any:
    return floating(tensor(x)) * (180 / math.pi)


@row("composed", "exp2")
def exp2(x: Any) -> Any:
    return ew.pow(2.0, floating(tensor(x)))


@row("composed", "fabs")
def fabs(x: Any) -> Any:
    x = floating(tensor(x))
    if is_complex(x):
        raise DTypeError("np.fabs is for real numbers: use np.abs")
    return ew.abs(x)


@row("composed", "float_power")
def float_power(x1: Any, x2: Any) -> Any:
    pair = tensors(x1, x2)
    wide = dtypes.held(dtypes.complex128 if any(map(is_complex, pair)) else dtypes.float64, pair[0].backend)
    return ew.pow(*(ew.astype(x, dtype=wide) for x in pair))


def _of_numbers(choose: Any, x1: Any, x2: Any) -> Any:
    # a NaN gives way to the number at its place
    x1, x2 = tensors(x1, x2)
    if x1.dtype.kind in "biu" and x2.dtype.kind in "biu":
        return choose(x1, x2)
    x1, x2 = _floats(x1, x2)
    both = choose(ew.where(ew.isnan(x1), 0, x1), ew.where(ew.isnan(x2), 0, x2))
    return ew.where(ew.isnan(x1), x2, ew.where(ew.isnan(x2), x1, both))


@row("composed", "fmax")
def fmax(x1: Any, x2: Any) -> Any:
    return _of_numbers(ew.maximum, x1, x2)


@row("composed", "fmin")
def fmin(x1: Any, x2: Any) -> Any:
    return _of_numbers(ew.minimum, x1, x2)


@row("composed", "fmod")
def fmod(x1: Any, x2: Any) -> Any:
    # the remainder of the sizes is exact, as x1 - x2 * trunc(x1 / x2) is not
    x1, x2 = tensors(x1, x2)
    rest = ew.remainder(ew.abs(x1), ew.abs(x2))
    return ew.where(x1 < 0, -rest, rest)


def _floats(x1: Any, x2: Any) -> tuple[Any, Any]:
    """Both in the dtype of the result, before a number of their own makes an integer one wide."""
    like = first_tensor((x1, x2))
    # a number by way of a float: an integer dtype may not hold it
    x1, x2 = (tensor(float(x) if type(x) is int else x, like) for x in (x1, x2))
    common = common_dtype([x1.dtype, x2.dtype], [], x1.backend)
    common = common if dtypes.is_float(common) else x1.backend.default_float
    return cast(x1, common), cast(x2, common)


@row("composed", "logaddexp2")
def logaddexp2(x1: Any, x2: Any) -> Any:
    x1, x2 = _floats(x1, x2)
    return ew.logaddexp(x1 * math.log(2), x2 * math.log(2)) * (1 / math.log(2))


@row("composed", "heaviside")
def heaviside(x1: Any, x2: Any) -> Any:
    x1, x2 = _floats(x1, x2)
    step = ew.where(x1 > 0, ew.ones_like(x1), ew.where(ew.isnan(x1), math.nan, ew.zeros_like(x1)))
    return ew.where(x1 == 0, x2, step)


@row("direct", "_core.umath.clip")  # what ndarray.clip calls
def clip(x: Any, low: Any, high: Any) -> Any:
    return ew.clip(x, low, high)


@row("composed", "divmod")
def divmod_(x1: Any, x2: Any) -> tuple[Any, Any]:
    return ew.floor_divide(x1, x2), ew.remainder(x1, x2)


@row("composed", "modf")
def modf(x: Any) -> tuple[Any, Any]:
    x = floating(tensor(x))
    whole = ew.trunc(x)
    return ew.where(ew.isinf(x), ew.copysign(ew.zeros_like(x), x), x - whole), whole


@row("composed", "frexp")
def frexp(x: Any) -> tuple[Any, Any]:
    """The mantissa is x times a power of 2, which is constant."""
    x = floating(tensor(x))
    exponent = numpy_rows.through_numpy(x, function="frexp", which=1)
    regular = ew.isfinite(x)
    return ew.where(regular, ldexp(ew.where(regular, x, 1), -exponent), x), exponent


@row("composed", "ldexp")
def ldexp(x1: Any, x2: Any) -> Any:
    like = first_tensor((x1, x2))
    # an exponent that is a number or a list is no float, whatever x1 is
    x1, x2 = tensor(x1, like), x2 if is_tensor(x2) else constant_like(x2, like)
    x2 = tensor(x2)
    if x2.dtype.kind not in "biu":
        raise DTypeError(f"np.ldexp takes an integer exponent, not {x2.dtype}")
    x1 = floating(x1)
    # in two halves, either of which is in range
    half = ew.floor_divide(x2, 2)
    two = ew.ones_like(x1) * 2
    return x1 * ew.pow(two, ew.astype(half, dtype=x1.dtype)) * ew.pow(two, ew.astype(x2 - half, dtype=x1.dtype))


@row("composed", "matvec")
def matvec(x1: Any, x2: Any) -> Any:
    x1, x2 = tensors(x1, x2)
    if x1.ndim < 2 or x2.ndim < 1:
        raise ShapeError(f"np.matvec takes a matrix and a vector, not the shapes {x1.shape} and {x2.shape}")
    return squeeze(linalg.matmul(x1, expand_dims(x2, axis=-1)), -1)


@row("composed", "vecmat")
def vecmat(x1: Any, x2: Any) -> Any:
    x1, x2 = tensors(x1, x2)
    if x1.ndim < 1 or x2.ndim < 2:
        raise ShapeError(f"np.vecmat takes a vector and a matrix, not the shapes {x1.shape} and {x2.shape}")
    return squeeze(linalg.matmul(expand_dims(ew.conj(x1), axis=-2), x2), -2)


enter("isnat", "refused", refuse("isnat", "it is for dates, and a tensor holds numbers"))
