"""Elementwise functions and operators of the standard.

A partial derivative is a function of what it names (``x``, ``y``, ``out``); None is the constant 1. For complex arrays it is the
complex derivative, and the engine conjugates. Where a formula is not the textbook's, the comment says what it avoids.
"""

import cmath
import math
from typing import Any

from unigrad.cotangents import ZERO
from unigrad.direct import roads
from unigrad.dtypes import float32, int64, is_float
from unigrad.errors import KERNEL_ERRORS
from unigrad.kinds import CONJUGATES, Elementwise, Function, constant, elementwise, function_of, general, linear, step
from unigrad.operands import SCALARS, dtype_name
from unigrad.primitive import Domain, Primitive, Sample

UNIT = Domain(-0.9, 0.9)
POSITIVE = Domain(0.2, 3.0)
ABOVE_ONE = Domain(1.2, 3.0)
REAL = Domain(complex=False)
REAL_NONZERO = Domain(0.3, 3.0, complex=False)
INTEGERS = Domain(complex=False, holds="integers")
BOOLS = Domain(holds="bools")
WITHOUT_JUMP = Domain(3.3, 3.7, complex=False, others=((1.3, 1.6),))  # the quotient lies between 2 and 3
APART = Domain(-2.0, -0.2, complex=False, others=((0.2, 2.0),))  # the two arguments never tie


def is_complex(x: Any) -> bool:
    """Whether an array, raw or tensor, is complex."""
    return type(x) is complex or (type(x) not in SCALARS and dtype_name(x).startswith("complex"))


# -- arithmetic --------------------------------------------------------------------------------------------------------

add: Function = elementwise("add", None, None, doc="x + y.")
subtract: Function = elementwise("subtract", None, -1, doc="x - y.")
multiply: Function = elementwise("multiply", "y", "x", doc="x * y.")


def _inverse(y: Any) -> Any:
    if type(y) in SCALARS and y == 0:  # Python raises where arrays say inf
        return complex(math.nan, math.nan) if type(y) is complex else math.copysign(math.inf, y)
    return 1 / y


divide: Function = elementwise(
    "divide", _inverse, lambda y, out: -(out / y), promotes="float", domain=Domain(0.5, 2.0), doc="x / y."
)
negative: Function = elementwise("negative", -1, doc="-x.")
positive: Function = elementwise("positive", None, doc="+x.")
reciprocal: Function = elementwise(
    "reciprocal", lambda out: -(out * out), promotes="float", domain=POSITIVE, doc="1 / x."
)
square: Function = elementwise("square", lambda x: 2 * x, doc="x * x.")
absorbing_multiply: Function = elementwise(
    "absorbing_multiply", "y", "x", doc="x * y, and 0 where x is 0, whatever y is, or y is 0 and x is not NaN."
)
#: what a recorded walk adds up
multiply_add = Elementwise("multiply_add", ("x", "y", "z"), (None, "z", "y"), domain=Domain(), doc="x + y * z.")


def _pow_base(x: Any, y: Any) -> Any:
    # never forms 0 * x**-1: the derivative of x**0 is 0, at x = 0 too
    if type(y) in SCALARS:
        if y in (math.inf, -math.inf):
            return absorbing_multiply(y, x**y)
        return zeros_like(x) if y == 0 else y * x ** (y - 1)
    flat = y == 0
    # at y = inf a power is 0 for |x| < 1, and so is its slope
    return where(flat, 0, absorbing_multiply(y, pow(x, where(flat, 1, y - 1))))


def _pow_exponent(x: Any, y: Any, out: Any) -> Any:
    # d/dy x**y = x**y log x; at x = 0 it is 0 for y >= 0 (never 0 * log 0), and undefined below
    at_zero = x == 0
    safe = where(at_zero, 1, x) if type(x) not in SCALARS else (1.0 if at_zero else x)
    if type(safe) in SCALARS:  # a constant base
        if at_zero:
            return where(_real(y) < 0, math.nan, zeros_like(out))
        if is_complex(out):
            return out * cmath.log(safe)
        return out * (math.log(safe) if safe > 0 else math.nan)
    slope = absorbing_multiply(log(safe), out)  # at x = inf too
    return where(at_zero, where(_real(y) < 0, math.nan, zeros_like(out)), slope)


def _real(x: Any) -> Any:
    return real(x) if is_complex(x) else x


pow: Function = elementwise("pow", _pow_base, _pow_exponent, domain=POSITIVE, doc="x ** y.")
remainder: Function = elementwise(
    "remainder", None, lambda x, y: -floor_divide(x, y),
    domain=WITHOUT_JUMP, doc="x % y, with the sign of y.",
)  # fmt: skip

# -- exponentials and logarithms ---------------------------------------------------------------------------------------

exp: Function = elementwise("exp", "out", promotes="float", doc="Exponential.")
expm1: Function = elementwise("expm1", lambda x: exp(x), promotes="float", doc="exp(x) - 1, exact near 0.")
log: Function = elementwise("log", lambda x: reciprocal(x), promotes="float", domain=POSITIVE, doc="Natural logarithm.")
log1p: Function = elementwise(
    "log1p", lambda x: 1 / (1 + x), promotes="float", domain=POSITIVE, doc="log(1 + x), exact near 0."
)
log2: Function = elementwise(
    "log2", lambda x: (1 / math.log(2)) / x, promotes="float", domain=POSITIVE, doc="Logarithm to base 2."
)
log10: Function = elementwise(
    "log10", lambda x: (1 / math.log(10)) / x, promotes="float", domain=POSITIVE, doc="Logarithm to base 10."
)


def _weight(gap: Any) -> Any:
    # exp(x) / (exp(x) + exp(y)) of x - y; not exp(x - out): out is rounded in units of x, and x - out of infinities is NaN
    right = gap >= 0
    e = exp(where(right, -gap, gap))
    return where(right, 1, e) / (1 + e)


logaddexp: Function = elementwise(
    "logaddexp", lambda x, y: _weight(x - y), lambda x, y: _weight(y - x), promotes="float", domain=REAL,
    doc="log(exp(x) + exp(y)) without overflow.",
)  # fmt: skip
sqrt: Function = elementwise("sqrt", lambda out: 0.5 / out, promotes="float", domain=POSITIVE, doc="Square root.")

# -- trigonometry ------------------------------------------------------------------------------------------------------

sin: Function = elementwise("sin", lambda x: cos(x), promotes="float", doc="Sine.")
cos: Function = elementwise("cos", lambda x: -sin(x), promotes="float", doc="Cosine.")
tan: Function = elementwise("tan", lambda out: 1 + out * out, promotes="float", domain=UNIT, doc="Tangent.")


def _on_branch(root: Any, x: Any, inner: Function, outer: Function) -> Any:
    # on the side of a branch cut where the value is: the sign of a zero tells the sides, and libraries lose it in 1 - x
    return where(real(root * conj(outer(inner(x)))) < 0, -root, root) if is_complex(x) else root


# the two roots apart: their product keeps the principal branch, and loses nothing near 1
asin: Function = elementwise(
    "asin", lambda x: 1 / _on_branch(sqrt(1 - x) * sqrt(1 + x), x, asin, cos), promotes="float", domain=UNIT,
    doc="Inverse sine.",
)  # fmt: skip
acos: Function = elementwise(
    "acos", lambda x: -1 / _on_branch(sqrt(1 - x) * sqrt(1 + x), x, acos, sin), promotes="float", domain=UNIT,
    doc="Inverse cosine.",
)  # fmt: skip
atan: Function = elementwise("atan", lambda x: 1 / (1 + x * x), promotes="float", domain=UNIT, doc="Inverse tangent.")
sinh: Function = elementwise("sinh", lambda x: cosh(x), promotes="float", doc="Hyperbolic sine.")
cosh: Function = elementwise("cosh", lambda x: sinh(x), promotes="float", doc="Hyperbolic cosine.")
tanh: Function = elementwise(
    "tanh", lambda out: 1 - out * out, promotes="float", domain=UNIT, doc="Hyperbolic tangent."
)
asinh: Function = elementwise(
    "asinh", lambda x: 1 / _on_branch(sqrt(1 + x * x), x, asinh, cosh), promotes="float", domain=UNIT,
    doc="Inverse hyperbolic sine.",
)  # fmt: skip
acosh: Function = elementwise(
    "acosh",
    lambda x: 1 / _on_branch(sqrt(x - 1) * sqrt(x + 1), x, acosh, sinh),
    promotes="float",
    domain=ABOVE_ONE,
    doc="Inverse hyperbolic cosine.",
)
atanh: Function = elementwise(
    "atanh", lambda x: 1 / ((1 - x) * (1 + x)), promotes="float", domain=UNIT, doc="Inverse hyperbolic tangent."
)


def _over_square(part: Any, x: Any, y: Any) -> Any:
    """part / (x**2 + y**2), divided twice by the modulus, for its square would overflow or vanish."""
    r = hypot(x, y)
    # the angle is flat at infinity; hypot(inf, nan) is infinite too
    return where((r == math.inf) & (x == x) & (y == y), 0, part / r / r)


atan2: Function = elementwise(
    "atan2", lambda x, y: _over_square(y, x, y), lambda x, y: _over_square(-x, x, y),
    promotes="float", domain=REAL_NONZERO, doc="Angle of the point (y, x), in radians, between -pi and pi.",
)  # fmt: skip


def _over_modulus(x: Any, out: Any) -> Any:
    flat = out == 0  # the minimum-norm subgradient at the tip of the cone
    return where(flat, 0, x / where(flat, 1, out))


hypot: Function = elementwise(
    "hypot", _over_modulus, lambda y, out: _over_modulus(y, out), promotes="float", domain=REAL_NONZERO,
    doc="sqrt(x**2 + y**2) without overflow.",
)  # fmt: skip

# -- kinks: the minimum-norm subgradient, and an even split at ties -----------------------------------------------------


def _abs_slope(x: Any) -> Any:
    return conj(sign(x))


CONJUGATES[_abs_slope] = lambda x: sign(x)
abs: Function = elementwise("abs", _abs_slope, real_valued=True, domain=POSITIVE, doc="Absolute value.")
heaviside_weight: Primitive = constant(
    "heaviside_weight",
    args=("x", "y"),
    domain=REAL,
    doc="1 where x > y, 1/2 where x == y, 0 where x < y, NaN where they do not compare.",
)
maximum: Function = elementwise(
    "maximum",
    lambda x, y: heaviside_weight(x, y),
    lambda x, y: heaviside_weight(y, x),
    domain=APART,
    doc="The larger of x and y.",
)
minimum: Function = elementwise(
    "minimum",
    lambda x, y: heaviside_weight(y, x),
    lambda x, y: heaviside_weight(x, y),
    domain=APART,
    doc="The smaller of x and y.",
)
relu_slope: Primitive = constant("relu_slope", domain=REAL, doc="1 where x > 0, 0 where x <= 0, NaN where x is NaN.")
relu: Function = elementwise(
    "relu", lambda out: relu_slope(out), domain=REAL_NONZERO, doc="max(x, 0), with derivative 0 at 0."
)
copysign: Function = elementwise(
    "copysign",
    lambda x, y: sign(x) * copysign(ones_like(x), y),
    ZERO,
    promotes="float",
    domain=APART,
    doc="The size of x with the sign of y.",
)
nextafter: Function = elementwise(
    "nextafter", None, ZERO, promotes="float", domain=APART, doc="The next number after x towards y."
)


def _sign_rule(t: Any, x: Any, out: Any) -> Any:
    # sign(z) = z / |z| turns with z: t loses its radial part. Its own transpose, as a real-linear map
    if not is_complex(x):
        return zeros_like(x)
    flat = x == 0
    radial = real(conj(out) * t)
    return where(flat, 0, (t - out * radial) / where(flat, 1, abs(x)))


sign: Function = function_of(
    general("sign", vjp=_sign_rule, jvp=_sign_rule, domain=POSITIVE, doc="x / abs(x), and 0 at 0.")
)

# -- complex numbers ---------------------------------------------------------------------------------------------------

conj: Function = function_of(linear("conj", lambda ct: conj(ct), doc="Complex conjugate."))


def _cast_jvp(t: Any, dtype: Any) -> Any:
    cast = astype(t, dtype=dtype)
    return cast if is_float(dtype) else zeros_like(cast)  # a step: its tangent is zero, not the tangent's integer part


def _cast_vjp(ct: Any, x_dtype: Any, dtype: Any) -> Any:
    return astype(ct, dtype=x_dtype) if is_float(x_dtype) and is_float(dtype) else ZERO


astype: Primitive = general(
    "astype",
    vjp=_cast_vjp,
    jvp=_cast_jvp,
    promotes="as is",
    domain=Domain(samples=(Sample(((2, 3),), {"dtype": float32}), Sample(((2, 3),), {"dtype": int64}))),
    doc="The same numbers in another dtype.",
)

real: Function = function_of(linear("real", lambda ct, x_dtype: astype(ct, dtype=x_dtype), doc="Real part."))
imag: Function = function_of(
    linear(
        "imag",
        lambda ct, x_dtype: astype(ct, dtype=x_dtype) * 1j if x_dtype.kind == "c" else zeros_like(ct),
        doc="Imaginary part.",
    )
)

from_parts: Primitive = linear(
    "from_parts", lambda ct: real(ct), lambda ct: imag(ct), args=("x", "y"), promotes="float", broadcasts=True,
    domain=Domain(complex=False, samples=(Sample(((2, 3), (2, 3)), {}), Sample(((), (2,)), {}))), doc="x + i y, of real x and y.",
)  # fmt: skip

# -- steps: connected, zero --------------------------------------------------------------------------------------------

ceil: Function = step("ceil", domain=REAL, doc="The integer above.")
floor: Function = step("floor", domain=REAL, doc="The integer below.")
trunc: Function = step("trunc", domain=REAL, doc="The integer towards 0.")
round: Function = step("round", doc="The nearest integer, ties to even.")
floor_divide: Function = step("floor_divide", args=("x", "y"), domain=WITHOUT_JUMP, doc="floor(x / y).")
isfinite: Function = step("isfinite", doc="Neither infinite nor NaN.")
isinf: Function = step("isinf", doc="Infinite.")
isnan: Function = step("isnan", doc="Not a number.")
signbit: Function = step("signbit", domain=REAL, doc="Whether the sign bit is set.")
equal: Function = step("equal", args=("x", "y"), doc="x == y.")
not_equal: Function = step("not_equal", args=("x", "y"), doc="x != y.")
less: Function = step("less", args=("x", "y"), domain=REAL, doc="x < y.")
less_equal: Function = step("less_equal", args=("x", "y"), domain=REAL, doc="x <= y.")
greater: Function = step("greater", args=("x", "y"), domain=REAL, doc="x > y.")
greater_equal: Function = step("greater_equal", args=("x", "y"), domain=REAL, doc="x >= y.")
logical_and: Function = step("logical_and", args=("x", "y"), domain=BOOLS, promotes="as is", doc="x and y.")
logical_or: Function = step("logical_or", args=("x", "y"), domain=BOOLS, promotes="as is", doc="x or y.")
logical_xor: Function = step("logical_xor", args=("x", "y"), domain=BOOLS, promotes="as is", doc="Either x or y.")
logical_not: Function = step("logical_not", domain=BOOLS, doc="not x.")
bitwise_and: Function = step("bitwise_and", args=("x", "y"), domain=INTEGERS, doc="x & y, of integers or bools.")
bitwise_or: Function = step("bitwise_or", args=("x", "y"), domain=INTEGERS, doc="x | y, of integers or bools.")
bitwise_xor: Function = step("bitwise_xor", args=("x", "y"), domain=INTEGERS, doc="x ^ y, of integers or bools.")
bitwise_invert: Function = step("bitwise_invert", domain=INTEGERS, doc="~x, of integers or bools.")
bitwise_left_shift: Function = step("bitwise_left_shift", args=("x", "y"), domain=INTEGERS, doc="x << y, of integers.")
bitwise_right_shift: Function = step(
    "bitwise_right_shift", args=("x", "y"), domain=INTEGERS, doc="x >> y, of integers."
)

# -- selection ---------------------------------------------------------------------------------------------------------

zeros_like: Primitive = constant("zeros_like", promotes="as is", doc="Zeros of the shape and dtype of x.")
ones_like: Primitive = constant("ones_like", promotes="as is", doc="Ones of the shape and dtype of x.")
_where: Primitive = linear(
    "where", None, lambda ct, cond: _where(cond, ct, 0), lambda ct, cond: _where(cond, 0, ct),
    args=("cond", "x", "y"), fixed=("cond",), broadcasts=True, doc="x where cond, y elsewhere.",
)  # fmt: skip
_WHERE = roads("where").get
_CLIP = roads("clip")
_hot: Any = None
_quick: Any = None
_CLIP.tell_module(globals(), "_hot", "_quick")


def where(condition: Any, x: Any, y: Any, /) -> Any:
    """`x` where `condition`, `y` elsewhere; either may be a Python scalar. All three broadcast.

    The branch not taken gets a zero cotangent, which absorbs: a NaN or infinity there never reaches the gradient.
    """
    if (
        (road := _WHERE(cls := type(condition))) is not None
        and type(x) is cls
        and type(y) is cls
        and x.dtype is y.dtype
    ):
        try:
            return road(condition, x, y)
        except KERNEL_ERRORS:
            pass
    return _where(condition, x, y)


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """`x` limited to the interval from `min` to `max` (None: no limit): minimum(maximum(x, min), max), ties split evenly."""
    if type(x) is _hot:
        try:
            if (out := _quick(x, min, max)) is not None:
                return out
        except KERNEL_ERRORS:
            pass
    elif type(min) is float and type(max) is float and (road := _CLIP.get(type(x))) is not None:
        function, known = road if type(road) is tuple else (road, None)
        if (known is None or x.dtype in known) and (out := function(x, min, max)) is not None:
            return out
    if min is not None:
        x = maximum(x, min)
    if max is not None:
        x = minimum(x, max)
    return positive(x) if min is None and max is None else x
