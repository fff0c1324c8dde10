"""Reductions and running ones."""

import math

AXES = ["all", "any", "max", "mean", "min", "prod", "std", "sum", "var", "count_nonzero", "argmax", "argmin"]
RUNNING = ["cumulative_prod", "cumulative_sum"]
MORE = ["logsumexp", "softmax", "log_softmax", "median"]


def _of(name, **options):
    return lambda xp, x: getattr(xp, name)(x, **options)


ROWS = [
    *((n, "axis", _of(n, axis=2), (ValueError, "axis 2")) for n in (*AXES, *RUNNING, *MORE)),
    *((n, "axis before", _of(n, axis=-3), (IndexError, "axis -3")) for n in (*AXES, *RUNNING, *MORE)),
    *((n, "a float as axis", _of(n, axis=0.5), (ValueError, n)) for n in (*AXES, *RUNNING, *MORE)),
    *(
        (n, "axis twice", _of(n, axis=(0, 0)), (ValueError, "twice"))
        for n in ["all", "any", "max", "mean", "min", "prod", "std", "sum", "var", "logsumexp"]
    ),
    *((n, "a string", (lambda xp, x, n=n: getattr(xp, n)("abc")), (TypeError, "")) for n in (*AXES, *RUNNING, *MORE)),
    *((n, "no axis", _of(n), (ValueError, "needs an axis")) for n in RUNNING),
    *(
        (n, "nothing", (lambda xp, x, n=n: getattr(xp, n)(x[:0])), (ValueError, n))
        for n in ["max", "min", "argmax", "argmin", "median"]
    ),
    *(
        (n, "complex numbers", (lambda xp, x, n=n: getattr(xp, n)(xp.astype(x, xp.complex128))), (TypeError, n))
        for n in ["max", "min", "argmax", "argmin"]
    ),
    ("sum", "nothing", lambda xp, x: xp.sum(x[:0]), 0.0),
    ("prod", "nothing", lambda xp, x: xp.prod(x[:0]), 1.0),
    ("all", "nothing", lambda xp, x: xp.all(x[:0]), True),
    ("any", "nothing", lambda xp, x: xp.any(x[:0]), False),
    ("sum", "nan", lambda xp, x: xp.sum(xp.asarray([1.0, math.nan])), math.nan),
    ("max", "nan", lambda xp, x: xp.max(xp.asarray([1.0, math.nan])), math.nan),
    ("min", "nan", lambda xp, x: xp.min(xp.asarray([math.nan, 1.0])), math.nan),
    ("quantile", "beyond one", lambda xp, x: xp.quantile(x, 1.5), (ValueError, "")),
    ("percentile", "beyond a hundred", lambda xp, x: xp.percentile(x, 101.0), (ValueError, "")),
    ("quantile", "axis", lambda xp, x: xp.quantile(x, 0.5, axis=2), (ValueError, "axis 2")),
]
