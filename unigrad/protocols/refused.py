"""Names of NumPy that compute nothing on a tensor: refused, not handed over by NumPy, or about no arrays; and np.emath."""

from collections.abc import Callable
from typing import Any

from unigrad.dtypes import complex_of
from unigrad.ops import elementwise as ew
from unigrad.protocols.arguments import first_tensor, floating, is_complex, tensor, values
from unigrad.protocols.table import enter, refuse, row

DATES = "it is for dates, and a tensor holds numbers"

#: handed over by NumPy, and refused; with what to do instead
REFUSED = {
    "busday_count": DATES,
    "busday_offset": DATES,
    "is_busday": DATES,
    "datetime_as_string": DATES,
}

for _name, _instead in REFUSED.items():
    enter(_name, "refused", refuse(_name, _instead))

_MAKE = "np.stack([t1, t2]), unigrad.asarray([t1, t2]), or unigrad.numpy, whose own function takes tensors"
_LEAVE = "t.numpy() leaves the tape on purpose"

#: NumPy never asks us: it takes the operand's values by `__array__`, which raises while a tape tracks them. What to do instead
NOT_HANDED_OVER = {
    "arange": "np.linspace, or start + step * np.arange(n)",
    "array": _MAKE,
    "asanyarray": _MAKE,
    "asarray": _MAKE,
    "asarray_chkfinite": _MAKE,
    "ascontiguousarray": "a tensor is laid out by its library: use it as it is",
    "asfortranarray": "a tensor is laid out by its library: use it as it is",
    "asmatrix": _LEAVE,
    "bmat": "np.block",
    "frombuffer": _LEAVE,
    "from_dlpack": "unigrad.asarray, or unigrad.convert to another library",
    "fromfunction": "np.stack of what the function returns, or unigrad.numpy.fromfunction",
    "fromiter": "np.stack(list(iterator))",
    "frompyfunc": "a function of unigrad's or NumPy's own functions",
    "full": "np.full_like, np.broadcast_to(t, shape), or unigrad.numpy.full",
    "isfortran": "a tensor is laid out by its library",
    "kaiser": "beta is a constant there: np.i0 takes a tensor",
    "nested_iters": _LEAVE,
    "row_stack": "np.vstack",
    "require": "a tensor is laid out by its library: use it as it is",
}

#: not about arrays that could be on a tape: they make constants, read files, speak of dtypes, or set NumPy up
ABOUT_NO_TENSOR = frozenset((
    "bartlett", "base_repr", "binary_repr", "blackman", "broadcast_shapes", "datetime_data", "diag_indices", "empty",
    "eye", "fft.fftfreq", "fft.rfftfreq", "fft.test", "format_float_positional", "format_float_scientific",
    "fromfile", "fromregex", "fromstring", "genfromtxt", "get_include", "get_printoptions", "getbufsize", "geterr",
    "geterrcall", "hamming", "hanning", "identity", "indices", "info", "isdtype", "isscalar", "issubdtype",
    "iterable", "linalg.test", "load", "loadtxt", "mask_indices", "mintypecode", "ones", "printoptions",
    "promote_types", "set_printoptions", "setbufsize", "seterr", "seterrcall", "show_config", "show_runtime", "test",
    "tri", "tril_indices", "triu_indices", "typename", "zeros",
))  # fmt: skip

# -- np.emath: complex where the real function has no value --------------------------------------------------------------


def _beyond(function: Callable[..., Any], outside: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function, of complex numbers if any element is outside of the real domain; that is looked at, as NumPy does."""

    def wider(x: Any) -> Any:
        t = floating(tensor(x))
        return function(_complex(t) if not is_complex(t) and outside(values(t)).any() else t)

    return wider


def _complex(x: Any) -> Any:
    return ew.astype(x, dtype=complex_of(x.dtype))


for _name, _function in (("sqrt", ew.sqrt), ("log", ew.log), ("log2", ew.log2), ("log10", ew.log10)):
    row("composed", f"emath.{_name}")(_beyond(_function, lambda x: x < 0))
for _name, _function in (("arccos", ew.acos), ("arcsin", ew.asin), ("arctanh", ew.atanh)):
    row("composed", f"emath.{_name}")(_beyond(_function, lambda x: abs(x) > 1))


@row("composed", "emath.logn")
def logn(n: Any, x: Any) -> Any:
    like = first_tensor((n, x))
    over, under = (_beyond(ew.log, lambda v: v < 0)(tensor(v, like)) for v in (x, n))
    return over / under


@row("composed", "emath.power")
def power(x: Any, p: Any) -> Any:
    like = first_tensor((x, p))
    base, exponent = tensor(x, like), tensor(p, like)
    if not is_complex(base) and (values(base) < 0).any():
        base = _complex(floating(base))
    if not is_complex(exponent) and (values(exponent) < 0).any():
        exponent = floating(exponent)
    return ew.pow(base, exponent)
