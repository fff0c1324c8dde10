"""Special functions."""

import math

UNARY = [
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfinv",
    "expit",
    "gammaln",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "log_expit",
    "log_ndtr",
    "logit",
    "ndtr",
    "ndtri",
    "psi",
    "sinc",
    "softplus",
]
BINARY = ["gammainc", "gammaincc", "rel_entr", "xlog1py", "xlogy"]
#: unigrad's own under SciPy's names
ALONG = ["log_softmax", "logsumexp", "softmax"]

ROWS = [
    *((f"special.{n}", "axis", (lambda xp, x, n=n: getattr(xp.special, n)(x, axis=2)), (ValueError, n)) for n in ALONG),
    *((f"special.{n}", "a string", (lambda xp, x, n=n: getattr(xp.special, n)("abc")), (TypeError, "")) for n in ALONG),
    *((f"special.{n}", "a string", (lambda xp, x, n=n: getattr(xp.special, n)("abc")), (TypeError, "")) for n in UNARY),
    *((f"special.{n}", "None", (lambda xp, x, n=n: getattr(xp.special, n)(None)), (TypeError, "")) for n in UNARY),
    *(
        (f"special.{n}", "shapes", (lambda xp, x, n=n: getattr(xp.special, n)(x, xp.ones(4))), (ValueError, ""))
        for n in BINARY
    ),
    *(
        (f"special.{n}", "nan", (lambda xp, x, n=n: getattr(xp.special, n)(xp.asarray([math.nan]))), [math.nan])
        for n in UNARY
    ),
    *((f"special.{n}", "nothing", (lambda xp, x, n=n: getattr(xp.special, n)(x[:0, 0])), []) for n in UNARY),
    ("special.polygamma", "order", lambda xp, x: xp.special.polygamma(-1, x), (ValueError, "polygamma")),
    ("special.erfinv", "beyond one", lambda xp, x: xp.special.erfinv(xp.asarray([2.0])), [math.nan]),
    ("special.logit", "the ends", lambda xp, x: xp.special.logit(xp.asarray([0.0, 1.0])), [-math.inf, math.inf]),
]
