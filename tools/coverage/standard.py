"""The names of the array API standard: a test compares them with array-api-strict's."""

NEW_IN_2025 = frozenset(("broadcast_shapes", "isin", "linalg.eig", "linalg.eigvals"))

CONSTANTS = ["e", "inf", "nan", "newaxis", "pi"]
DTYPES = [
    "bool", "complex64", "complex128", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16",
    "uint32", "uint64",
]  # fmt: skip
INSPECTION = ["__array_namespace_info__", "can_cast", "finfo", "iinfo", "isdtype", "result_type"]
CREATION = [
    "arange", "asarray", "empty", "empty_like", "eye", "from_dlpack", "full", "full_like", "linspace", "meshgrid",
    "ones", "ones_like", "tril", "triu", "zeros", "zeros_like",
]  # fmt: skip
ELEMENTWISE = [
    "abs", "acos", "acosh", "add", "asin", "asinh", "atan", "atan2", "atanh", "bitwise_and", "bitwise_invert",
    "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "ceil", "clip", "conj", "copysign",
    "cos", "cosh", "divide", "equal", "exp", "expm1", "floor", "floor_divide", "greater", "greater_equal", "hypot",
    "imag", "isfinite", "isinf", "isnan", "less", "less_equal", "log", "log10", "log1p", "log2", "logaddexp",
    "logical_and", "logical_not", "logical_or", "logical_xor", "maximum", "minimum", "multiply", "negative",
    "nextafter", "not_equal", "positive", "pow", "real", "reciprocal", "remainder", "round", "sign", "signbit", "sin",
    "sinh", "sqrt", "square", "subtract", "tan", "tanh", "trunc",
]  # fmt: skip
MANIPULATION = [
    "astype", "broadcast_arrays", "broadcast_shapes", "broadcast_to", "concat", "expand_dims", "flip",
    "matrix_transpose", "moveaxis", "permute_dims", "repeat", "reshape", "roll", "squeeze", "stack", "tile",
    "unstack",
]  # fmt: skip
INDEXING = ["take", "take_along_axis"]
PRODUCTS = ["matmul", "tensordot", "vecdot"]
STATISTICS = ["cumulative_prod", "cumulative_sum", "max", "mean", "min", "prod", "std", "sum", "var"]
SEARCHING = ["argmax", "argmin", "argsort", "count_nonzero", "nonzero", "searchsorted", "sort", "where"]
SETS = ["isin", "unique_all", "unique_counts", "unique_inverse", "unique_values"]
UTILITIES = ["all", "any", "diff"]
LINALG = [
    "cholesky", "cross", "det", "diagonal", "eig", "eigh", "eigvals", "eigvalsh", "inv", "matmul", "matrix_norm",
    "matrix_power", "matrix_rank", "matrix_transpose", "outer", "pinv", "qr", "slogdet", "solve", "svd", "svdvals",
    "tensordot", "trace", "vecdot", "vector_norm",
]  # fmt: skip
FFT = [
    "fft", "fftfreq", "fftn", "fftshift", "hfft", "ifft", "ifftn", "ifftshift", "ihfft", "irfft", "irfftn", "rfft",
    "rfftfreq", "rfftn",
]  # fmt: skip

#: of an array; operators by the names of their methods
ATTRIBUTES = ["T", "device", "dtype", "mT", "ndim", "shape", "size"]
METHODS = [
    "__abs__", "__add__", "__and__", "__array_namespace__", "__bool__", "__complex__", "__dlpack__",
    "__dlpack_device__", "__eq__", "__float__", "__floordiv__", "__ge__", "__getitem__", "__gt__", "__iadd__",
    "__iand__", "__ifloordiv__", "__ilshift__", "__imatmul__", "__imod__", "__imul__", "__index__", "__int__",
    "__invert__", "__ior__", "__ipow__", "__irshift__", "__isub__", "__iter__", "__itruediv__", "__ixor__", "__le__",
    "__lshift__", "__lt__", "__matmul__", "__mod__", "__mul__", "__ne__", "__neg__", "__or__", "__pos__", "__pow__",
    "__radd__", "__rand__", "__rfloordiv__", "__rlshift__", "__rmatmul__", "__rmod__", "__rmul__", "__ror__",
    "__rpow__", "__rrshift__", "__rshift__", "__rsub__", "__rtruediv__", "__rxor__", "__setitem__", "__sub__",
    "__truediv__", "__xor__", "to_device",
]  # fmt: skip

#: of the main namespace
MAIN = sorted({
    *CONSTANTS, *DTYPES, *INSPECTION, *CREATION, *ELEMENTWISE, *MANIPULATION, *INDEXING, *PRODUCTS, *STATISTICS, *SEARCHING,
    *SETS, *UTILITIES, "__array_api_version__",
})  # fmt: skip

#: every name, with its module or "Tensor" before it
NAMES = (
    *MAIN, *(f"linalg.{n}" for n in LINALG), *(f"fft.{n}" for n in FFT), *(f"Tensor.{n}" for n in ATTRIBUTES + METHODS),
)  # fmt: skip


def version(name: str) -> str:
    """The first version of those two that has the name, or "beyond"."""
    if name in NEW_IN_2025:
        return "2025.12"
    return "2024.12" if name in NAMES else "beyond"
