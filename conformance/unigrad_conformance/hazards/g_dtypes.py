"""Chapter G of the measured table: dtypes. A gradient always has its source's dtype, and its shape."""

from functools import partial
from typing import Any

import numpy as np

from unigrad_conformance.hazards import Hazard

H = partial(Hazard, chapter="G")


def as_float(xp: Any, x: Any) -> Any:
    """Numbers of a floating dtype."""
    return xp.astype(x, xp.float64)


def there_and_back(xp: Any, x: Any) -> Any:
    """To integers, and back."""
    return as_float(xp, xp.astype(x, xp.int64))


G = (
    H("int64 source", lambda xp, x: as_float(xp, x) ** 2, ([3],), (None,), dtype="int64"),
    H("int64 source, int op", lambda xp, x: x * x, ([3],), (None,), dtype="int64"),
    H("bool source", lambda xp, x: as_float(xp, x) * 2.0, ([True],), (None,), dtype="bool"),
    H("float->int->float cast", there_and_back, ([1.5],), ([0.0],)),
    H("float->bool mask * x", lambda xp, x: as_float(xp, x > 0) * x, ([1.0, -1.0],), ([1.0, 0.0],)),
    H("f32 source * f64 array", lambda xp, x, y: x * y, ([2.0], [3.0]), ([3.0], [2.0]), dtype="float32 float64"),
    H("f32 source * py float", lambda xp, x: x * 3.0, ([2.0],), ([3.0],), dtype="float32"),
    H("f32 source * np.float64 scalar", lambda xp, x: x * np.float64(3.0), ([2.0],), ([3.0],), dtype="float32"),
    H("f16 source sum of 4096", lambda xp, x: xp.mean(x * x), ([1.0] * 4096,), ([2 / 4096] * 4096,), dtype="float16"),
    H("f32 source cast f64", lambda xp, x: as_float(xp, x) ** 2, ([2.0],), ([4.0],), dtype="float32"),
    H(
        "bf16/half broadcast (1,)*(4096,) f16 (grad of a = sum of 4096 ones in f16)",
        lambda xp, x, y: x * y,
        ([1.0], [1.0] * 4096),
        ([4096.0], [1.0] * 4096),
        dtype="float16",
    ),
)
