"""Arrays from other libraries, by DLPack."""

from typing import Any

import numpy as np

from unigrad.backend import find_backend, get_backend
from unigrad.errors import DTypeError
from unigrad.ops.creation import asarray, convert
from unigrad.primitive import wrap

_CPU = 1  # DLPack's number of the CPU


def from_dlpack(x: Any, /, *, device: Any = None, copy: bool | None = None) -> Any:
    """A tensor of an array of any library that speaks DLPack. A tensor stays as it is, and keeps its gradient.

    Data of other owners is copied, so that no later write to it can change a gradient: `copy=False` is for tensors.

    Args:
        x: an object with `__dlpack__` and `__dlpack_device__`.
        device: the device of the result, by name (None: where `x` is, as far as the current backend has such a device).
        copy: True: a new array; False: an error where one cannot be avoided; None: as needed.

    Raises:
        DTypeError: `x` does not speak DLPack.
        ValueError: `copy=False`, and a copy cannot be avoided.
    """
    if hasattr(x, "__unigrad_tensor__"):
        return asarray(x, device=device, copy=copy)
    if not hasattr(x, "__dlpack__"):
        raise DTypeError(f"from_dlpack: {type(x).__name__} object {str(x)[:60]!r} has no __dlpack__")
    if copy is False:
        raise ValueError("from_dlpack: copy=False is for tensors alone: the owner of other data could change it later")
    backend, home = get_backend(), find_backend(x)
    if home is not None and home.name != backend.name:
        out = convert(wrap(x), backend.name)
        return out if device is None else out.to_device(device)
    if home is None:
        # by NumPy where it can: JAX may take over the memory, and copies it later than it says
        x = np.from_dlpack(x) if x.__dlpack_device__()[0] == _CPU else backend.xp.from_dlpack(x)
    return asarray(x, device=device)
