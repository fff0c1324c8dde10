"""Elementwise functions and operators."""

import math

UNARY = [
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "bitwise_invert",
    "ceil",
    "conj",
    "cos",
    "cosh",
    "exp",
    "expm1",
    "floor",
    "imag",
    "isfinite",
    "isinf",
    "isnan",
    "log",
    "log10",
    "log1p",
    "log2",
    "logical_not",
    "negative",
    "positive",
    "real",
    "reciprocal",
    "round",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
    "trunc",
    "relu",
]
BINARY = [
    "add",
    "atan2",
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "copysign",
    "divide",
    "equal",
    "floor_divide",
    "greater",
    "greater_equal",
    "hypot",
    "less",
    "less_equal",
    "logaddexp",
    "logical_and",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "multiply",
    "nextafter",
    "not_equal",
    "pow",
    "remainder",
    "subtract",
]
NOT_ARRAYS = {
    "a string": "abc",
    "None": None,
    "an object": object(),
    "a set": {1.0},
    "a list of strings": ["a", "b", "c"],
}
ORDERED = [
    "less",
    "less_equal",
    "greater",
    "greater_equal",
    "maximum",
    "minimum",
    "floor_divide",
    "remainder",
    "atan2",
    "hypot",
    "copysign",
    "nextafter",
]


def _of(name, *more):
    return lambda xp, x: getattr(xp, name)(x, *more)


ROWS = [
    *(
        (n, what, (lambda xp, x, n=n, bad=bad: getattr(xp, n)(bad)), (TypeError, n))
        for n in UNARY
        for what, bad in NOT_ARRAYS.items()
    ),
    *((n, what, _of(n, bad), (TypeError, n)) for n in BINARY for what, bad in NOT_ARRAYS.items()),
    *(
        (
            n,
            "shapes",
            (lambda xp, x, n=n: getattr(xp, n)(xp.astype(x, xp.int64), xp.ones(4, dtype=xp.int64))),
            (ValueError, n),
        )
        for n in BINARY
        if "bitwise" in n
    ),
    *(
        (n, "shapes", (lambda xp, x, n=n: getattr(xp, n)(x, xp.ones(4))), (ValueError, n))
        for n in BINARY
        if "bitwise" not in n
    ),
    *(
        (n, "floats", _of(n, *((1.0,) if n != "bitwise_invert" else ())), (TypeError, n))
        for n in (*UNARY, *BINARY)
        if "bitwise" in n
    ),
    *(
        (n, "complex numbers", (lambda xp, x, n=n: getattr(xp, n)(xp.astype(x, xp.complex128), 1.0)), (TypeError, n))
        for n in ORDERED
    ),
    *(
        (n, "complex numbers", (lambda xp, x, n=n: getattr(xp, n)(xp.astype(x, xp.complex128))), (TypeError, n))
        for n in ("ceil", "floor", "trunc", "signbit")
    ),
    ("where", "shapes", lambda xp, x: xp.where(x > 0, x, xp.ones(4)), (ValueError, "where")),
    ("where", "a string", lambda xp, x: xp.where(x > 0, x, "abc"), (TypeError, "where")),
    ("clip", "shapes", lambda xp, x: xp.clip(x, xp.ones(4)), (ValueError, "")),
    ("clip", "a string", lambda xp, x: xp.clip(x, "a"), (TypeError, "")),
    ("sqrt", "a negative number", lambda xp, x: xp.sqrt(xp.asarray(-1.0)), math.nan),
    ("log", "zero", lambda xp, x: xp.log(xp.asarray([0.0, -1.0, math.inf])), [-math.inf, math.nan, math.inf]),
    ("divide", "by zero", lambda xp, x: xp.divide(xp.asarray([1.0, 0.0, -1.0]), 0.0), [math.inf, math.nan, -math.inf]),
    ("acos", "beyond one", lambda xp, x: xp.acos(xp.asarray(2.0)), math.nan),
    ("maximum", "nan", lambda xp, x: xp.maximum(xp.asarray([math.nan, 1.0]), 0.0), [math.nan, 1.0]),
    ("exp", "nothing", lambda xp, x: xp.exp(x[:0]), []),
]
