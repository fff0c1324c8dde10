"""Creation, dtypes and inspection."""

ROWS = [
    *(
        (n, "a negative size", (lambda xp, x, n=n: getattr(xp, n)((-1, 2))), (ValueError, "negative"))
        for n in ("empty", "ones", "zeros")
    ),
    *(
        (n, "a float as size", (lambda xp, x, n=n: getattr(xp, n)((1.5,))), (ValueError, "ints"))
        for n in ("empty", "ones", "zeros")
    ),
    *(
        (n, "dtype", (lambda xp, x, n=n: getattr(xp, n)(2, dtype="float31")), (TypeError, "dtype"))
        for n in ("empty", "ones", "zeros", "eye")
    ),
    *(
        (n, "dtype", (lambda xp, x, n=n: getattr(xp, n)(x, dtype="float31")), (TypeError, "dtype"))
        for n in ("empty_like", "ones_like", "zeros_like", "asarray")
    ),
    ("full", "a string", lambda xp, x: xp.full(2, "abc"), (TypeError, "")),
    ("full_like", "a string", lambda xp, x: xp.full_like(x, "abc"), (TypeError, "")),
    ("eye", "a negative size", lambda xp, x: xp.eye(-1), (ValueError, "")),
    ("arange", "a step of 0", lambda xp, x: xp.arange(0, 3, 0), (ValueError, "arange")),
    ("arange", "nothing", lambda xp, x: xp.arange(3, 0), []),
    ("linspace", "a negative count", lambda xp, x: xp.linspace(0.0, 1.0, -1), (ValueError, "linspace")),
    ("meshgrid", "indexing", lambda xp, x: xp.meshgrid(x[0], x[1], indexing="yx"), (ValueError, "indexing")),
    ("asarray", "ragged", lambda xp, x: xp.asarray([[1.0], [1.0, 2.0]]), (ValueError, "ragged")),
    ("astype", "dtype", lambda xp, x: xp.astype(x, "float31"), (TypeError, "dtype")),
    ("from_dlpack", "a string", lambda xp, x: xp.from_dlpack("abc"), (TypeError, "")),
    ("can_cast", "dtype", lambda xp, x: xp.can_cast("float31", xp.float64), (TypeError, "dtype")),
    ("finfo", "integers", lambda xp, x: xp.finfo(xp.int64), (TypeError, "")),
    ("iinfo", "floats", lambda xp, x: xp.iinfo(xp.float64), (TypeError, "")),
    ("isdtype", "kind", lambda xp, x: xp.isdtype(xp.int64, "whole"), (TypeError, "whole")),
    ("result_type", "a string", lambda xp, x: xp.result_type("float31"), (TypeError, "")),
    ("convert", "backend", lambda xp, x: xp.convert(x, "nowhere"), (RuntimeError, "nowhere")),
]
