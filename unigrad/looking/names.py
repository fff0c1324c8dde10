"""The names that values have in the user's program, and short words for arrays."""

from types import FrameType
from typing import Any

from unigrad.backend import backend_of
from unigrad.operands import SCALARS
from unigrad.variable import Variable


def name_in(frame: FrameType | None, value: Any) -> str | None:
    """The name of an object in a frame: of a local variable, else of a global one; of a Variable its own name else."""
    if frame is not None:
        for scope in (frame.f_locals, frame.f_globals):
            for name, held in list(scope.items()):
                if held is value and not name.startswith("__"):
                    return str(name)
    return value.name if isinstance(value, Variable) else None


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
        return f"{value:.6g}" if isinstance(value, float) else repr(value)
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        backend = backend_of(value)
        if not value.shape and not backend.is_traced(value):
            return array_text(backend.to_numpy(value).item())
        return shape_text(backend.dtype_of(value), value.shape)
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
