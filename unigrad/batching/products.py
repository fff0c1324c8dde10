"""Products: one product of large matrices where one operand is the same for all examples, else one for each example."""

from unigrad.backend import Raw
from unigrad.batching.call import Call, move, permute, reshape, widened
from unigrad.primitive import TABLE


def matmul(call: Call) -> Raw:
    """Matrix products."""
    x, y = call.xs
    n, m = call.ndim(0), call.ndim(1)
    if not call.at[1] and m <= 2:  # all rows of all examples below one another
        if n <= 1:
            return call.run(x, y)
        rows = call.run(reshape(x, _size(x.shape[:-1]), x.shape[-1]), y)
        return reshape(rows, *x.shape[:-1], *rows.shape[1:])
    if not call.at[0] and n <= 2 and 1 <= m <= 2:
        return _left_same(call, x, y, n, m)
    # one for each example: vectors become matrices, and smaller stacks get axes of size 1
    if n == 1:
        x = reshape(x, *x.shape[:-1], 1, x.shape[-1])
    if m == 1:
        y = reshape(y, *y.shape, 1)
    ndim = max(n, m, 2)
    x = widened(x, ndim) if call.at[0] else x
    y = widened(y, ndim) if call.at[1] else y
    out = call.run(x, y)
    shape = list(out.shape)
    if m == 1:
        del shape[-1]
    if n == 1:
        del shape[-1 if m == 1 else -2]
    return reshape(out, *shape)


def _left_same(call: Call, x: Raw, y: Raw, n: int, m: int) -> Raw:
    """x @ y[example] as (y^T @ x^T)^T, with the rows of all examples below one another."""
    columns = y if m == 1 else permute(y, (0, 2, 1))
    flat = reshape(columns, _size(columns.shape[:-1]), columns.shape[-1])
    rows = call.run(flat, x if n == 1 else permute(x, (1, 0)))
    out = reshape(rows, *columns.shape[:-1], *rows.shape[1:])
    return permute(out, (0, 2, 1)) if m == 2 and n == 2 else out


def _size(shape: tuple[int, ...]) -> int:
    n = 1
    for d in shape:
        n *= d
    return n


def affine(call: Call) -> Raw:
    """x @ w + b."""
    x, w, b = call.xs
    if call.at == (True, False, False) and call.ndim(1) == 2 and call.ndim(2) <= 1 and call.ndim(0) <= 2:
        rows = call.run(reshape(x, _size(x.shape[:-1]), x.shape[-1]), w, b)
        return reshape(rows, *x.shape[:-1], rows.shape[-1])
    product = matmul(_of(call, "matmul", 2)) if any(call.at[:2]) else TABLE["matmul"](x, w)
    ndim = len(product.shape) - any(call.at[:2])
    return TABLE["add"](product, widened(b, ndim) if call.at[2] else b)


def _of(call: Call, name: str, count: int) -> Call:
    """A call of another row with the first operands of this one."""
    made = object.__new__(Call)
    made.row, made.level, made.size, made.params = TABLE[name], call.level, call.size, {}
    made.xs, made.at = call.xs[:count], call.at[:count]
    return made


def einsum(call: Call) -> Raw:
    """One name of an axis more, for the examples."""
    left, right, result = (call.params[k] for k in ("left", "right", "result"))
    name = next(c for c in "zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJIHGFEDCBA" if c not in left + right + result)
    return call.run(
        *call.xs,
        left=name + left if call.at[0] else left,
        right=name + right if call.at[1] else right,
        result=name + result,
    )


def solve(call: Call) -> Raw:
    """Systems of linear equations: with one matrix for all examples, one factorization with all right-hand sides."""
    a, b = call.xs
    vector = call.ndim(1) == 1
    if not call.at[0] and call.ndim(0) == 2 and call.ndim(1) <= 2:
        columns = reshape(b, *b.shape, 1) if vector else b
        k = columns.shape[-1]
        side_by_side = reshape(move(columns, 0, 1), columns.shape[1], call.size * k)
        out = move(reshape(call.run(a, side_by_side), columns.shape[1], call.size, k), 1, 0)
        return reshape(out, *b.shape) if vector else out
    b = call.full(1)
    b = reshape(b, *b.shape, 1) if vector else b
    ndim = max(call.ndim(0), len(b.shape) - 1)
    a = widened(a, ndim) if call.at[0] else a
    out = call.run(a, widened(b, ndim))
    return reshape(out, *out.shape[:-1]) if vector else out
