"""unigrad: one GradientTape for every array library."""

import os as _os
from typing import TYPE_CHECKING as _TYPE_CHECKING

from unigrad import random
from unigrad.allocating import keep_what_is_freed as _keep_what_is_freed
from unigrad.backend import Backend, backends, get_backend, set_backend, use_backend
from unigrad.dtypes import (
    bfloat16,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    set_default_dtype,
    uint8,
    uint16,
    uint32,
    uint64,
)  # fmt: skip
from unigrad.dtypes import bool_ as bool
from unigrad.errors import (
    AxisError,
    BackendError,
    BatchedValueError,
    BatchingWarning,
    DrawingError,
    DTypeError,
    GradientCheckError,
    GradientLostError,
    IntegerRangeError,
    LinAlgError,
    MixedBackendsError,
    NonFiniteError,
    NonFiniteWarning,
    NoRuleError,
    NotDifferentiableWarning,
    OutOfBoundsError,
    ReadOnlyError,
    ShapeError,
    SourceError,
    SourceTypeError,
    TapeError,
    TapeStateError,
    TracedValueError,
    UnigradError,
    UnigradWarning,
    VersionError,
)  # fmt: skip
from unigrad.forward import ForwardAccumulator
from unigrad.ops.creation import (
    arange,
    asarray,
    astype,
    convert,
    empty,
    empty_like,
    eye,
    full,
    full_like,
    linspace,
    meshgrid,
    ones,
    ones_like,
    zeros,
    zeros_like,
)  # fmt: skip
from unigrad.ops.elementwise import (
    abs,
    acos,
    acosh,
    add,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    bitwise_and,
    bitwise_invert,
    bitwise_left_shift,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    ceil,
    clip,
    conj,
    copysign,
    cos,
    cosh,
    divide,
    equal,
    exp,
    expm1,
    floor,
    floor_divide,
    greater,
    greater_equal,
    hypot,
    imag,
    isfinite,
    isinf,
    isnan,
    less,
    less_equal,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    maximum,
    minimum,
    multiply,
    negative,
    nextafter,
    not_equal,
    positive,
    pow,
    real,
    reciprocal,
    relu,
    remainder,
    round,
    sign,
    signbit,
    sin,
    sinh,
    sqrt,
    square,
    subtract,
    tan,
    tanh,
    trunc,
    where,
)  # fmt: skip
from unigrad.ops.linalg import matmul, tensordot, vecdot
from unigrad.ops.manipulation import (
    broadcast_arrays,
    broadcast_shapes,
    broadcast_to,
    concat,
    expand_dims,
    flip,
    matrix_transpose,
    moveaxis,
    permute_dims,
    repeat,
    reshape,
    roll,
    split,
    squeeze,
    stack,
    tile,
    tril,
    triu,
    unstack,
)  # fmt: skip
from unigrad.ops.reductions import all, any, max, mean, min, std, sum, var
from unigrad.protocols import numpy_rules
from unigrad.sources import UnconnectedGradients
from unigrad.tape import GradientTape
from unigrad.tensor import Tensor
from unigrad.variable import Variable

if _TYPE_CHECKING:
    from unigrad import fft, linalg, special
    from unigrad.custom import custom_gradient, grad_pass_through, stop_gradient
    from unigrad.inspection import __array_namespace_info__, can_cast, finfo, iinfo, isdtype, result_type
    from unigrad.jacobians import hessian, jacfwd, jacobian, jacrev, laplacian
    from unigrad.looking.debugging import debug
    from unigrad.mapping import vectorized_map, vmap
    from unigrad.ops.convolution import convolve
    from unigrad.ops.einsum import einsum
    from unigrad.ops.exchange import from_dlpack
    from unigrad.ops.interpolation import interp
    from unigrad.ops.padding import pad
    from unigrad.ops.products import cumulative_prod, cumulative_sum, prod
    from unigrad.ops.quantiles import median, percentile, quantile
    from unigrad.ops.searching import argmax, argmin, count_nonzero, nonzero, searchsorted
    from unigrad.ops.segments import segment_max, segment_mean, segment_sum, top_k
    from unigrad.ops.sets import isin, unique_all, unique_counts, unique_inverse, unique_values
    from unigrad.ops.softmax import log_softmax, logsumexp, softmax
    from unigrad.ops.sorting import argsort, sort
    from unigrad.ops.taking import diff, take, take_along_axis
    from unigrad.recompute import checkpoint, recompute_grad
    from unigrad.recorded import gradients, hessians
    from unigrad.slices import IndexedSlices
    from unigrad.transforms import elementwise_grad, grad, hvp, jvp, linearize, value_and_grad, vhp, vjp

#: imported when first asked for: most programs need few of these, and a short import is worth more
_LATE = {
    "unigrad.jacobians": "hessian jacfwd jacobian jacrev laplacian",
    "unigrad.mapping": "vectorized_map vmap",
    "unigrad.custom": "custom_gradient grad_pass_through stop_gradient",
    "unigrad.inspection": "__array_namespace_info__ can_cast finfo iinfo isdtype result_type",
    "unigrad.looking.debugging": "debug",
    "unigrad.ops.convolution": "convolve",
    "unigrad.ops.einsum": "einsum",
    "unigrad.ops.exchange": "from_dlpack",
    "unigrad.ops.interpolation": "interp",
    "unigrad.ops.padding": "pad",
    "unigrad.ops.products": "cumulative_prod cumulative_sum prod",
    "unigrad.ops.quantiles": "median percentile quantile",
    "unigrad.ops.searching": "argmax argmin count_nonzero nonzero searchsorted",
    "unigrad.ops.segments": "segment_max segment_mean segment_sum top_k",
    "unigrad.ops.sets": "isin unique_all unique_counts unique_inverse unique_values",
    "unigrad.ops.softmax": "log_softmax logsumexp softmax",
    "unigrad.ops.sorting": "argsort sort",
    "unigrad.ops.taking": "diff take take_along_axis",
    "unigrad.slices": "IndexedSlices",
    "unigrad.transforms": "elementwise_grad grad hvp jvp linearize value_and_grad vhp vjp",
    "unigrad.recompute": "checkpoint recompute_grad",
    "unigrad.recorded": "gradients hessians",
}
_MODULE_OF = {name: module for module, names in _LATE.items() for name in names.split()}
_MODULE_OF |= {name: f"unigrad.{name}" for name in ("fft", "linalg", "nn", "random", "special", "testing", "tf")}


#: a list, and not computed: type checkers read it. `from unigrad import *` imports the late ones too
__all__ = [
    "AxisError", "Backend", "BackendError", "BatchedValueError", "BatchingWarning", "DTypeError", "DrawingError",
    "ForwardAccumulator", "GradientCheckError", "GradientLostError", "GradientTape", "IndexedSlices", "IntegerRangeError",
    "LinAlgError", "MixedBackendsError", "NoRuleError", "NonFiniteError", "NonFiniteWarning",
    "NotDifferentiableWarning", "OutOfBoundsError", "ReadOnlyError", "ShapeError",
    "SourceError", "SourceTypeError", "TapeError", "TapeStateError", "Tensor", "TracedValueError", "UnconnectedGradients",
    "UnigradError", "UnigradWarning", "Variable", "VersionError", "abs", "acos", "acosh", "add", "all", "any", "arange",
    "argmax", "argmin", "argsort", "asarray", "asin", "asinh", "astype", "atan", "atan2", "atanh", "backends", "bfloat16",
    "bitwise_and", "bitwise_invert", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "bool",
    "broadcast_arrays", "broadcast_shapes", "broadcast_to", "can_cast", "ceil", "clip", "complex64", "complex128",
    "concat", "conj", "convert", "convolve", "copysign", "cos", "cosh", "count_nonzero", "cumulative_prod",
    "cumulative_sum", "debug", "diff", "divide", "e", "einsum", "empty", "empty_like", "equal", "exp", "expand_dims", "expm1",
    "eye", "fft", "finfo", "flip", "float16", "float32", "float64", "floor", "floor_divide", "from_dlpack", "full",
    "full_like", "get_backend", "greater", "greater_equal", "hessian", "hypot", "iinfo", "imag", "inf", "int8", "int16", "int32",
    "int64", "interp", "isdtype", "isfinite", "isin", "isinf", "isnan", "jacfwd", "jacobian", "jacrev",
    "laplacian", "less", "less_equal", "linalg", "linspace",
    "log", "log1p", "log2", "log10", "log_softmax", "logaddexp", "logical_and", "logical_not", "logical_or",
    "logical_xor", "logsumexp", "matmul", "matrix_transpose", "max", "maximum", "mean", "median", "meshgrid", "min",
    "minimum", "moveaxis", "multiply", "nan", "negative", "newaxis", "nextafter", "nonzero", "not_equal",
    "numpy_rules", "ones", "ones_like", "pad", "percentile", "permute_dims", "pi", "positive", "pow", "prod",
    "quantile", "random", "real", "reciprocal", "relu", "remainder", "repeat", "reshape", "result_type", "roll",
    "round", "searchsorted", "segment_max", "segment_mean", "segment_sum", "set_backend", "set_default_dtype", "sign",
    "signbit", "sin", "sinh", "softmax", "sort", "special", "split", "sqrt", "square", "squeeze", "stack", "std",
    "subtract", "sum", "take", "take_along_axis", "tan", "tanh", "tensordot", "tile", "top_k", "tril", "triu",
    "trunc", "uint8", "uint16", "uint32", "uint64", "unique_all", "unique_counts", "unique_inverse", "unique_values",
    "unstack", "use_backend", "var", "vecdot", "vectorized_map", "vmap", "where", "zeros", "zeros_like",
]  # fmt: skip
# functions of functions
__all__ += [
    "checkpoint", "custom_gradient", "elementwise_grad", "grad", "grad_pass_through", "gradients", "hessians", "hvp",
    "jvp", "linearize", "recompute_grad", "stop_gradient", "value_and_grad", "vhp", "vjp",
]  # fmt: skip


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _MODULE_OF:
        raise AttributeError(f"module 'unigrad' has no attribute {name!r}")
    module = import_module(_MODULE_OF[name])
    found = globals()[name] = module if _MODULE_OF[name] == f"unigrad.{name}" else getattr(module, name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})


pi, e, inf, nan, newaxis = 3.141592653589793, 2.718281828459045, float("inf"), float("nan"), None
__version__ = "0.1.0"
__array_api_version__ = "2024.12"

_keep_what_is_freed()
if _os.environ.get("UNIGRAD_FLOAT"):
    set_default_dtype(_os.environ["UNIGRAD_FLOAT"])
if _os.environ.get("UNIGRAD_DEBUG", "0") != "0":
    __getattr__("debug").from_environment(_os.environ["UNIGRAD_DEBUG"])  # type: ignore[attr-defined]
