"""The product of two arrays over named axes, by one batched matrix product of the array API namespace."""

import math
from collections.abc import Callable
from typing import Any


def pair(xp: Any) -> Callable[..., Any]:
    """sum of x * y over the names that the result lacks.

    `left` and `right` name the axes of x and y, `result` those of the result. A name stands at most once in each, and a name that
    the result lacks stands in both.
    """

    def kernel(x: Any, y: Any, left: str, right: str, result: str) -> Any:
        both = [n for n in left if n in right]
        batch = [n for n in both if n in result]
        summed = [n for n in both if n not in result]
        rows = [n for n in left if n not in right]
        columns = [n for n in right if n not in left]
        size = {**dict(zip(left, x.shape)), **dict(zip(right, y.shape))}
        x = _turned(xp, x, left, batch + rows + summed)
        y = _turned(xp, y, right, batch + summed + columns)
        b, r, s, c = (math.prod(size[n] for n in names) for names in (batch, rows, summed, columns))
        if not summed:
            product = xp.reshape(x, (b, r, 1)) * xp.reshape(y, (b, 1, c))
        elif batch:
            product = xp.matmul(xp.reshape(x, (b, r, s)), xp.reshape(y, (b, s, c)))
        else:
            product = xp.matmul(xp.reshape(x, (r, s)), xp.reshape(y, (s, c)))
        have = batch + rows + columns
        return _turned(xp, xp.reshape(product, tuple(size[n] for n in have)), have, result)

    return kernel


def _turned(xp: Any, x: Any, have: Any, want: Any) -> Any:
    order = tuple(have.index(n) for n in want)
    return x if order == tuple(range(len(order))) else xp.permute_dims(x, order)
