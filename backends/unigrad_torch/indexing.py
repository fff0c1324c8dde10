"""Reading and writing elements of torch tensors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from unigrad.kernels import is_basic, one_element
from unigrad_torch.memory import transformed

#: integers that torch moves under another name alone
SIGNED = {torch.uint16: torch.int16, torch.uint32: torch.int32, torch.uint64: torch.int64}


def flip(x: Any, axis: Any) -> Any:
    """The axes in reverse order."""
    signed = SIGNED.get(x.dtype)
    return x.flip(axis) if signed is None else x.view(signed).flip(axis).view(x.dtype)


# torch has no negative steps: those axes are read backwards


def in_torchs_terms(x: Any, index: Any) -> tuple[Any, list[int]]:
    """The index in torch's terms, and the axes of x to be flipped before it is used."""
    parts = list(index) if type(index) is tuple else [index]
    parts = [_array(p, x.device) if isinstance(p, list | np.ndarray) else _near(p, x.device) for p in parts]
    if len(parts) > 2:
        parts = _numbered(parts, x.device)
    if not any(isinstance(p, slice) and p.step is not None and p.step < 0 for p in parts):
        return (tuple(parts) if type(index) is tuple else parts[0]), []
    used = sum(
        p.ndim if getattr(p, "dtype", None) == torch.bool else 1 for p in parts if p is not None and p is not Ellipsis
    )
    flips, out, axis = [], [], 0
    for p in parts:
        if p is Ellipsis:
            axis += x.ndim - used
        elif isinstance(p, slice) and p.step is not None and p.step < 0:
            n = x.shape[axis]
            places = range(n)[p]
            first = n - 1 - places.start if len(places) else n
            p = slice(first, n - places[-1] if len(places) else n, -p.step)
            flips.append(axis)
            axis += 1
        elif p is not None:
            axis += p.ndim if getattr(p, "dtype", None) == torch.bool else 1
        out.append(p)
    return tuple(out), flips


def _numbered(parts: list[Any], device: Any) -> list[Any]:
    """Single places among index arrays that stand apart become arrays too, so that their axes come first, as in NumPy."""
    at = [i for i, p in enumerate(parts) if isinstance(p, int | torch.Tensor)]
    if not at or at[-1] - at[0] == len(at) - 1 or not any(map(_is_line, parts)):
        return parts
    return [
        p if i not in at or _is_line(p) else torch.as_tensor(p, device=device).reshape(1) for i, p in enumerate(parts)
    ]


def _is_line(p: Any) -> bool:
    """An index array that is not one single place."""
    return isinstance(p, torch.Tensor) and (p.ndim > 0 or p.dtype == torch.bool)


def _near(p: Any, device: Any) -> Any:
    """An index on the device of what it is for."""
    return p.to(device) if isinstance(p, torch.Tensor) and p.device != device else p


def _array(p: Any, device: Any) -> Any:
    array = np.asarray(p)
    if array.size == 0 and array.dtype.kind == "f":
        array = array.astype(np.int64)
    return torch.as_tensor(array.astype(np.int64) if array.dtype.kind != "b" else array.copy(), device=device)


def _getitem(x: Any, index: Any) -> Any:
    if type(index) is int:
        return x[index]
    index, flips = in_torchs_terms(x, index)
    return (flip(x, flips) if flips else x)[index]


def fits_element(x: Any, v: Any, index: Any) -> None:
    """An error for an array of several dimensions written into one element."""
    if isinstance(v, torch.Tensor) and v.ndim and one_element(index, x.ndim):
        raise ValueError(f"an array of shape {tuple(v.shape)} for one element")


def _setitem(x: Any, v: Any, index: Any) -> Any:
    if isinstance(v, torch.Tensor) and not torch.can_cast(v.dtype, x.dtype):
        raise TypeError(f"cannot write {v.dtype} numbers into an array of {x.dtype}")
    fits_element(x, v, index)
    index, flips = in_torchs_terms(x, index)
    value = v if not isinstance(v, torch.Tensor) else v.to(x.dtype)
    out = _with_examples(flip(x, flips) if flips else x.clone(), value, *(index if type(index) is tuple else (index,)))
    if writes_in_order(x) or not may_repeat(index):
        out[index] = value
    else:
        out = last_written(out, value, index)
    return flip(out, flips) if flips else out


def writes_in_order(x: Any) -> bool:
    """Whether an assignment makes its writes one after the other, as the CPU does: then the last one to an element stays."""
    return bool(x.device.type == "cpu")


def may_repeat(index: Any) -> bool:
    """Whether an index can name an element twice: it has an array of several places."""
    parts = index if type(index) is tuple else (index,)
    return any(_is_line(p) and p.dtype != torch.bool and p.numel() > 1 for p in parts)


def last_written(x: Any, v: Any, index: Any) -> Any:
    """x with v at an index, of several writes to one element the last, wherever the writes are made at the same time.

    Each write puts its number where it goes, the highest number stays, and says which value to read.
    """
    places = torch.arange(x.numel(), device=x.device).reshape(x.shape)[index]
    values = (v if isinstance(v, torch.Tensor) else torch.as_tensor(v, dtype=x.dtype, device=x.device)).to(x.device)
    values = values.broadcast_to(places.shape).reshape(-1)
    board = torch.full((x.numel(),), -1, device=x.device)
    numbers = torch.arange(values.numel(), device=x.device)
    board = board.scatter_reduce(0, places.reshape(-1), numbers, "amax").reshape(x.shape)
    return torch.where(board >= 0, values[board.clamp(min=0)], x) if values.numel() else x


def _with_examples(x: Any, *others: Any) -> Any:
    """x; inside torch.func.vmap with examples where one of the others has them, or they could not be written into it."""
    for other in others if transformed() else ():
        if isinstance(other, torch.Tensor):
            x = torch.where(other.new_zeros((), dtype=torch.bool), x, x)
    return x


def _scatter(*parts: Any, shape: Any, indices: Any) -> Any:
    out = _with_examples(parts[0].new_zeros(shape), *parts[1:])
    for part, index in zip(parts, indices, strict=True):
        index, flips = in_torchs_terms(out, index)
        if flips:
            out = flip(out, flips)
        if is_basic(index):
            out[index] += part
        else:
            places = index if type(index) is tuple else (index,)
            out = _add_at(out, places, part)
        if flips:
            out = flip(out, flips)
    return out


def _only_array(places: tuple[Any, ...]) -> int | None:
    """The axis of the only array of integers in an index that is otherwise made of whole axes; None for any other index."""
    arrays = [i for i, p in enumerate(places) if isinstance(p, torch.Tensor)]
    if len(arrays) != 1 or places[arrays[0]].dtype not in (torch.int64, torch.int32):
        return None
    whole = all(type(p) is slice and p == slice(None) for i, p in enumerate(places) if i != arrays[0])
    return arrays[0] if whole else None


def _add_at(out: Any, places: tuple[Any, ...], part: Any) -> Any:
    """Add at an advanced index of `out`, in place: the numbers of the elements are indexed, then added by number."""
    axis = _only_array(places)
    if axis is not None:
        at = places[axis]
        at = torch.where(at < 0, at + out.shape[axis], at).reshape(-1)
        shape = (*out.shape[:axis], at.numel(), *out.shape[axis + 1 :])
        whole = (*out.shape[:axis], *places[axis].shape, *out.shape[axis + 1 :])
        return out.index_add_(axis, at, part.broadcast_to(whole).reshape(shape))
    numbers = torch.arange(out.numel(), device=out.device).reshape(out.shape)[places]
    flat = out.reshape(-1).index_add_(0, numbers.reshape(-1), part.broadcast_to(numbers.shape).reshape(-1))
    return flat.reshape(out.shape)


def _numbers(x: Any, indices: Any) -> Any:
    """Indices next to x, in the 64 bits that gather wants. Those of several examples are no business of this library."""
    if not isinstance(indices, torch.Tensor | np.ndarray | list):
        raise TypeError(f"indices of type {type(indices).__name__}")
    return torch.as_tensor(indices, dtype=torch.int64, device=x.device)


def _add_along_axis(x: Any, indices: Any, axis: int, n: int) -> Any:
    out = torch.zeros((*x.shape[:axis], n, *x.shape[axis + 1 :]), dtype=x.dtype, device=x.device)
    return out.scatter_add(axis, _numbers(x, indices), x)


def _take_along_axis(x: Any, indices: Any, axis: int) -> Any:
    signed = SIGNED.get(x.dtype)
    found = torch.gather(x if signed is None else x.view(signed), axis, _numbers(x, indices))
    return found if signed is None else found.view(x.dtype)


KERNELS: dict[str, Callable[..., Any]] = {
    "add_along_axis": _add_along_axis,
    "getitem": _getitem,
    "scatter": _scatter,
    "setitem": _setitem,
    "take_along_axis": _take_along_axis,
}
