"""The names that values have in the user's program, and short words for arrays."""

import sys
from types import FrameType
from typing import Any

from unigrad.backend import backend_of
from unigrad.operands import SCALARS
from unigrad.tensor import Tensor
from unigrad.variable import Variable

CO_OPTIMIZED = 1  # the code of a function: see `inspect.CO_OPTIMIZED`


def scopes(frame: FrameType) -> list[dict[str, Any]]:
    """The local and the global names of a frame.

    Before Python 3.13 a function's frame keeps the dict that it hands out, and with it the values, for as long as it runs: it
    is emptied here, unless somebody else holds it, and filled anew when it is asked for again.
    """
    local = frame.f_locals
    copied = dict(local)
    if type(local) is dict and frame.f_code.co_flags & CO_OPTIMIZED and sys.getrefcount(local) <= 3:
        local.clear()
    return [copied, frame.f_globals]


def name_in(frame: FrameType | None, value: Any) -> str | None:
    """The name of an object in a frame: of a local variable, else of a global one; of a Variable its own name else."""
    if frame is not None:
        for scope in scopes(frame):
            for name, held in list(scope.items()):
                if held is value and not name.startswith("__"):
                    return str(name)
    return value.name if isinstance(value, Variable) else None


def nodes_in(frame: FrameType | None) -> dict[Any, str]:
    """The names of the tensors and variables of a frame, by their nodes."""
    found: dict[Any, str] = {}
    if frame is None:
        return found
    for scope in scopes(frame):
        for name, held in list(scope.items()):
            if name.startswith("_"):
                continue
            if isinstance(held, Variable):
                found.setdefault(held.node, name)
            elif type(held) is Tensor:
                for node in (*getattr(held, "_leaves", ()), held._node):
                    if node is not None:
                        found.setdefault(node, name)
    return found


SHORT = {"float": "f", "complex": "c", "int": "i", "uint": "u", "bfloat": "bf"}


def short_dtype(dtype: Any) -> str:
    """``f32`` for float32."""
    name = str(dtype)
    letters = name.rstrip("0123456789")
    return SHORT.get(letters, letters) + name[len(letters) :]


def shape_text(dtype: Any, shape: Any) -> str:
    """``f32[64, 128]``."""
    return f"{short_dtype(dtype) if dtype is not None else ''}[{', '.join(map(str, shape))}]"


def array_text(value: Any) -> str:
    """A constant in few characters: a number as it is, an array by its dtype and shape."""
    if type(value) in SCALARS:
        text = repr(value)
        return text if len(text) <= 8 or not isinstance(value, float) else f"{value:.6g}"
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        backend = backend_of(value)
        if not value.shape and not backend.is_traced(value):
            return array_text(backend.to_numpy(value).item())
        return shape_text(backend.dtype_of(value), value.shape)
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def option_text(name: str, value: Any) -> str:
    """A parameter in few characters: an index as it is written."""
    if name != "index" or isinstance(value, str):
        return value if isinstance(value, str) else array_text(value)
    parts = value if isinstance(value, tuple) else (value,)
    return f"[{', '.join(map(_index_text, parts))}]"


def _index_text(part: Any) -> str:
    if isinstance(part, slice):
        ends = ["" if v is None else str(v) for v in (part.start, part.stop, part.step)]
        return ":".join(ends if ends[2] else ends[:2])
    return "..." if part is ... else array_text(part)
