"""Which row is batched how. What is not here, and not elementwise, runs in a loop over the examples; `LOOPS` says why."""

from collections.abc import Callable
from typing import Any

from unigrad.backend import Raw
from unigrad.batching import indexing, networks, products, rules
from unigrad.batching.call import Call, Rule, kernel
from unigrad.batching.loop import loop
from unigrad.kinds import Elementwise
from unigrad.primitive import TABLE, Primitive

#: by rule the names of the rows; a row of kind `elementwise` needs none, and one that says ``batch=rule`` brings its own
_RULES: dict[Rule, str] = {
    rules.elementwise: """
        heaviside_weight relu_slope from_parts ceil floor trunc round floor_divide isfinite isinf isnan signbit equal not_equal
        less less_equal greater greater_equal logical_and logical_or logical_xor logical_not bitwise_and bitwise_or bitwise_xor
        bitwise_invert bitwise_left_shift bitwise_right_shift where vecdot cross""",
    rules.leading: """
        sign conj astype real imag zeros_like ones_like move tril triu diagonal factor inv pinv cholesky qr svd matrix_rank det
        adjugate slogdet eigh eig eigvals as_complex order_statistics polygamma iv ive sinc_derivative""",
    rules.axes: "sum mean var std max min any all prod count_nonzero vector_norm logsumexp",
    rules.one_axis: "cumulative_sum cumulative_prod softmax log_softmax sort argsort repeat",
    rules.axis_or_all: "argmax argmin",
    rules.some_axes: "flip roll",
    rules.fourier: "fftn ifftn rfftn irfftn",
    rules.shape: "reshape",
    rules.broadcast_to: "broadcast_to",
    rules.permute_dims: "permute_dims",
    rules.pad_zeros: "pad_zeros",
    rules.concat: "concat",
    rules.along_axis: "take_along_axis add_along_axis",
    rules.last_axis_of_rows: "top_k_places",
    rules.labels: "surplus cross_entropy",
    rules.known: "svdvals eigvalsh",
    rules.constant_numbers: "numbers_of",
    rules.backend: "convert",
    rules.is_in: "isin",
    rules.counted(0, "left"): "searchsorted",
    rules.counted(1, "right"): "cell_above",
    rules.counted(1, "left"): "cell_below",
    rules.line_order: "knot_order",
    rules.values_of: "unique_values",
    rules.unknown_shape: "nonzero",
    rules.segments: "segment_max",
    indexing.getitem: "getitem",
    indexing.setitem: "setitem",
    indexing.scatter: "scatter",
    products.matmul: "matmul",
    products.affine: "affine",
    products.einsum: "einsum_pair",
    products.solve: "solve solve_triangular",
    networks.conv: "conv conv_input",
    networks.conv_weight: "conv_weight",
    networks.pooling: "sum_pool sum_pool_transpose max_pool max_pool_pull max_pool_push",
}

#: what runs in a loop over the examples, and why: a row, or some arguments of a row
LOOPS: dict[str, str] = {
    "through_numpy": "any function of NumPy's, which need not take leading axes",
    "segment_max": "where the numbers of the segments differ between the examples",
    "pinv": "where the tolerance differs between the examples, and is a parameter; so is that of matrix_rank",
    "getitem": "with an index that is one true or false value",
}

RULES: dict[str, Rule] = {name: rule for rule, names in _RULES.items() for name in names.split()}


def rule_of(row: Primitive) -> Rule:
    """How a row is batched."""
    own: Any = row.batch or RULES.get(row.name)
    if own is not None:
        return own  # type: ignore[no-any-return]
    return rules.elementwise if isinstance(row, Elementwise) else loop


def kernel_of(name: str) -> Callable[..., Raw]:
    """The kernel of a row for batched arrays, by its name."""
    if name == "winners":
        return indexing.winners
    rule = rule_of(TABLE[name])

    def with_loop(call: Call) -> Raw:
        try:
            return rule(call)
        except NotImplementedError:  # not for these arguments
            return loop(call)

    return kernel(TABLE[name], rule if rule is loop else with_loop)
