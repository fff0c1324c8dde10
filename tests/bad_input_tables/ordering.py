"""Sorting, searching, sets."""

import math

UNIQUE = ["unique_all", "unique_counts", "unique_inverse", "unique_values"]

ROWS = [
    *((n, "axis", (lambda xp, x, n=n: getattr(xp, n)(x, axis=2)), (ValueError, "axis 2")) for n in ("sort", "argsort")),
    *(
        (n, "complex numbers", (lambda xp, x, n=n: getattr(xp, n)(xp.astype(x, xp.complex128))), (TypeError, n))
        for n in ("sort", "argsort")
    ),
    *(
        (n, "a string", (lambda xp, x, n=n: getattr(xp, n)("abc")), (TypeError, ""))
        for n in (*UNIQUE, "sort", "argsort", "nonzero")
    ),
    ("unique_values", "nothing", lambda xp, x: xp.unique_values(x[:0]), []),
    ("unique_values", "twice the same", lambda xp, x: xp.unique_values(xp.asarray([2.0, 1.0, 2.0])), [1.0, 2.0]),
    ("isin", "a string", lambda xp, x: xp.isin(x, "abc"), (TypeError, "")),
    (
        "isin",
        "nan",
        lambda xp, x: xp.isin(xp.asarray([math.nan, 1.0]), xp.asarray([math.nan, 1.0, 1.0])),
        [False, True],
    ),
    ("nonzero", "a number", lambda xp, x: xp.nonzero(x[0, 0]), (ValueError, "nonzero")),
    ("searchsorted", "a matrix", lambda xp, x: xp.searchsorted(x, x[0]), (ValueError, "searchsorted")),
    ("searchsorted", "side", lambda xp, x: xp.searchsorted(x[0], x[0], side="middle"), (ValueError, "side")),
    ("top_k", "too many", lambda xp, x: xp.top_k(x, 4), (ValueError, "top_k")),
    ("sort", "nothing", lambda xp, x: xp.sort(x[:0, 0]), []),
]
