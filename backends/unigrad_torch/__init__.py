"""The PyTorch backend."""

import math
import sys
from collections.abc import Callable, Sequence
from sys import getrefcount
from typing import Any, ClassVar

import array_api_compat.torch as xp
import numpy as np
import torch

from unigrad.backend import Backend, Raw, refuse_complex
from unigrad.derived import FOURIER, fourier
from unigrad.dtypes import BY_NAME, DType, bfloat16, int64
from unigrad.errors import BackendError, DTypeError
from unigrad.kernels import OF_A_CALL, is_basic
from unigrad_torch import convolution, ordering, special
from unigrad_torch.linalg import KERNELS

_TO_NATIVE: dict[Any, torch.dtype] = {d: getattr(torch, name) for name, d in BY_NAME.items() if hasattr(torch, name)}
_FROM_NATIVE = {native: d for d, native in _TO_NATIVE.items()}


_functorch_level: Any = torch._C._functorch.maybe_current_level
_dispatch_modes: Any = torch._C._len_torch_dispatch_stack
_is_compiling = torch.compiler.is_compiling
_storage_holders: Any = getattr(torch._C, "_storage_Use_Count", lambda data: 1_000_000)


def _binary(function: Callable[..., Any]) -> Callable[..., Any]:
    """A torch function that takes tensors alone, taking Python scalars too."""

    def call(x: Any, y: Any) -> Any:
        if not isinstance(y, torch.Tensor):
            y = torch.full_like(x, y) if x.ndim == 0 else torch.as_tensor(y, dtype=x.dtype, device=x.device)
        elif not isinstance(x, torch.Tensor):
            x = torch.as_tensor(x, dtype=y.dtype, device=y.device)
        return function(x, y)

    return call


# -- indexing: torch has no negative steps, so those axes are read backwards -------------------------------------------


def _parts(x: Any, index: Any) -> tuple[Any, list[int]]:
    """The index in torch's terms, and the axes of x to be flipped before it is used."""
    parts = list(index) if type(index) is tuple else [index]
    parts = [_array(p, x.device) if isinstance(p, list | np.ndarray) else p for p in parts]
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


def _array(p: Any, device: Any) -> Any:
    array = np.asarray(p)
    if array.size == 0 and array.dtype.kind == "f":
        array = array.astype(np.int64)
    return torch.as_tensor(array.astype(np.int64) if array.dtype.kind != "b" else array.copy(), device=device)


def _getitem(x: Any, index: Any) -> Any:
    if type(index) is int:
        return x[index]
    index, flips = _parts(x, index)
    return (x.flip(flips) if flips else x)[index]


def _setitem(x: Any, v: Any, index: Any) -> Any:
    if isinstance(v, torch.Tensor) and not torch.can_cast(v.dtype, x.dtype):
        raise TypeError(f"cannot write {v.dtype} numbers into an array of {x.dtype}")
    index, flips = _parts(x, index)
    out = x.flip(flips) if flips else x.clone()
    out[index] = v if not isinstance(v, torch.Tensor) else v.to(x.dtype)
    return out.flip(flips) if flips else out


def _scatter(*parts: Any, shape: Any, indices: Any) -> Any:
    out = torch.zeros(shape, dtype=parts[0].dtype, device=parts[0].device)
    for part, index in zip(parts, indices, strict=True):
        index, flips = _parts(out, index)
        if flips:
            out = out.flip(flips)
        if is_basic(index):
            out[index] += part
        else:
            places = index if type(index) is tuple else (index,)
            out = _add_at(out, places, part)
        if flips:
            out = out.flip(flips)
    return out


def _add_at(out: Any, places: tuple[Any, ...], part: Any) -> Any:
    """Add at an advanced index: the numbers of the elements are indexed, then added by number."""
    axis = _only_array(places)
    if axis is not None:
        at = places[axis]
        at = torch.where(at < 0, at + out.shape[axis], at).reshape(-1)
        shape = (*out.shape[:axis], at.numel(), *out.shape[axis + 1 :])
        whole = (*out.shape[:axis], *places[axis].shape, *out.shape[axis + 1 :])
        return out.index_add(axis, at, part.broadcast_to(whole).reshape(shape))
    numbers = torch.arange(out.numel(), device=out.device).reshape(out.shape)[places]
    flat = out.reshape(-1).index_add(0, numbers.reshape(-1), part.broadcast_to(numbers.shape).reshape(-1))
    return flat.reshape(out.shape)


def _only_array(places: tuple[Any, ...]) -> int | None:
    """The axis of the only array of integers in an index that is otherwise made of whole axes; None for any other index."""
    arrays = [i for i, p in enumerate(places) if isinstance(p, torch.Tensor)]
    if len(arrays) != 1 or places[arrays[0]].dtype not in (torch.int64, torch.int32):
        return None
    whole = all(type(p) is slice and p == slice(None) for i, p in enumerate(places) if i != arrays[0])
    return arrays[0] if whole else None


# -- others -------------------------------------------------------------------------------------------------------------


def _absorbing_multiply(x: Any, y: Any) -> Any:
    product = x * y
    if not isinstance(x, torch.Tensor):
        return product if x else torch.zeros_like(product)
    return torch.where(x == 0, 0, product)


def _heaviside_weight(x: Any, y: Any) -> Any:
    # by sign, which is vectorised as heaviside and comparisons are not; sign(nan) is 0, and clamp brings the NaN back
    difference = x if type(y) is float and y == 0 else x - y
    weight = torch.clamp(difference, 0, 0).add_(torch.sign(difference), alpha=0.5).add_(0.5)
    scalar = y if type(y) is float else x
    if type(scalar) is float and math.isfinite(scalar):
        return weight
    return torch.where(torch.eq(x, y), 0.5, weight).to(weight.dtype)  # inf - inf too


def _relu_slope(x: Any) -> Any:
    return torch.ceil(x).clamp_(0, 1)  # two vectorised passes, which keep a NaN; a comparison is neither


def _affine(x: Any, w: Any, b: Any) -> Any:
    if x.ndim == 2 == w.ndim and b.ndim == 1:
        return torch.addmm(b, x, w)
    product = torch.matmul(x, w)
    return product + b.broadcast_to(product.shape)


def _logsumexp(x: Any, axis: Any, keepdims: bool) -> Any:
    return torch.logsumexp(x, tuple(range(x.ndim)) if axis is None else axis, keepdims)


def _surplus(x: Any, labels: Any) -> Any:
    places = _places(labels, x.device)
    return torch.softmax(x, -1).scatter_add(-1, places, x.new_full(places.shape, -1))


def _cross_entropy(x: Any, labels: Any, mean: bool) -> Any:
    try:  # not by nll_loss, which ignores labels of one number, whichever it is
        logs = torch.log_softmax(x, -1).gather(-1, _places(labels, x.device))
    except RuntimeError:
        raise IndexError(f"a label is not one of the {x.shape[-1]} classes, which are numbered from 0") from None
    return logs.mean().neg_() if mean else logs.squeeze(-1).neg_()


def _places(labels: Any, device: Any) -> Any:
    """Labels as places along the last axis."""
    labels = labels if type(labels) is torch.Tensor else torch.as_tensor(labels, device=device)
    return labels.long().unsqueeze(-1)


def _sum(x: Any, axis: Any, keepdims: bool) -> Any:
    if axis is None:
        return torch.sum(x) if not keepdims else torch.sum(x, dim=tuple(range(x.ndim)), keepdim=True)
    return torch.sum(x, axis, keepdims) if axis != () else x.clone()


def _mean(x: Any, axis: Any, keepdims: bool) -> Any:
    if axis is None and not keepdims:
        return torch.mean(x)
    axes = tuple(range(x.ndim)) if axis is None else axis
    return torch.mean(x, dim=axes, keepdim=keepdims) if axes else x.clone()


def _std(x: Any, axis: Any, keepdims: bool, correction: float) -> Any:
    if correction == int(correction):
        return xp.std(x, axis=axis, keepdims=keepdims, correction=correction)
    return torch.sqrt(xp.var(x, axis=axis, keepdims=keepdims, correction=correction))


def _extreme(function: Callable[..., Any]) -> Callable[..., Any]:
    """amax or amin, which take several axes at once."""

    def call(x: Any, axis: Any, keepdims: bool) -> Any:
        axes = tuple(range(x.ndim)) if axis is None else axis
        return function(x, dim=axes, keepdim=keepdims) if axes else x.clone()

    return call


def _bounded(function: Callable[..., Any], clamp: Callable[..., Any]) -> Callable[..., Any]:
    """maximum or minimum, by clamp where one of the two is a Python number."""

    def call(x: Any, y: Any) -> Any:
        if not isinstance(y, torch.Tensor):
            return clamp(x, y)
        return function(x, y) if isinstance(x, torch.Tensor) else clamp(y, x)

    return call


def _astype(x: Any, dtype: Any) -> Any:
    if x.is_complex() and dtype.kind not in "cb":
        x = torch.real(x)
    return x.to(_TO_NATIVE[dtype])


def _roll(x: Any, shift: Any, axis: Any) -> Any:
    return torch.roll(x, shift, axis)


def _repeat(x: Any, repeats: Any, axis: int) -> Any:
    counts = repeats if isinstance(repeats, int) else torch.as_tensor(repeats, dtype=torch.int64, device=x.device)
    return torch.repeat_interleave(x, counts, dim=axis)


def _sole(raw: Any) -> bool:
    """Whether one tensor alone sees its memory: views and NumPy's aliases share the storage, which counts its holders."""
    if type(raw) is not torch.Tensor or raw.requires_grad:
        return False
    return _storage_holders(raw.untyped_storage()._cdata) <= 2  # type: ignore[no-any-return]  # the tensor, and the handle here


def _observed() -> bool:
    """Whether a compiler or a transform looks at every call."""
    return _functorch_level() is not None or _dispatch_modes() > 0 or _is_compiling()


def _numbers(x: Any, indices: Any) -> Any:
    """Indices next to x, in the 64 bits that gather wants."""
    return torch.as_tensor(indices, dtype=torch.int64, device=x.device)


def _add_along_axis(x: Any, indices: Any, axis: int, n: int) -> Any:
    out = torch.zeros((*x.shape[:axis], n, *x.shape[axis + 1 :]), dtype=x.dtype, device=x.device)
    return out.scatter_add(axis, _numbers(x, indices), x)


def _isin(x: Any, y: Any, invert: bool) -> Any:
    if x.is_complex() or x.dtype == torch.bool:
        found = (x[..., None] == y.reshape(-1)).any(-1)
        return ~found if invert else found
    return torch.isin(x, y, invert=invert)


def _fourier(name: str) -> Callable[..., Any]:
    """A transform; where there is nothing to transform, MKL refuses."""
    transform = fourier(xp.fft, name)

    def call(x: Any, s: tuple[int, ...], axes: tuple[int, ...], norm: str) -> Any:
        if x.numel():
            return transform(x, s, axes, norm)
        shape = list(x.shape)
        for axis, n in zip(axes, s, strict=True):
            shape[axis] = n
        if name == "rfftn":
            shape[axes[-1]] = s[-1] // 2 + 1
        dtype = x.dtype.to_real() if name == "irfftn" else x.dtype.to_complex()
        return torch.zeros(shape, dtype=dtype, device=x.device)

    return call


class TorchBackend(Backend):
    """PyTorch tensors, on every device that PyTorch sees."""

    name = "torch"
    xp = xp
    array_types = (torch.Tensor,)
    mutable = True
    kernels: ClassVar[dict[str, Callable[..., Any]]] = {
        **{name: _fourier(name) for name in FOURIER},
        **convolution.KERNELS,
        **ordering.KERNELS,
        **special.KERNELS,
        "absorbing_multiply": _absorbing_multiply,
        "add_along_axis": _add_along_axis,
        "add": torch.add,
        "affine": _affine,
        "astype": _astype,
        "atan2": _binary(torch.atan2),
        "broadcast_to": lambda x, shape: x.broadcast_to(shape),
        "concat": lambda *xs, axis: torch.cat(xs, axis),
        "conj": lambda x: torch.conj(x).resolve_conj() if x.is_complex() else x,
        "copysign": _binary(torch.copysign),
        "cross_entropy": _cross_entropy,
        "divide": torch.true_divide,
        "einsum_pair": lambda x, y, left, right, result: torch.einsum(f"{left},{right}->{result}", x, y),
        "flip": lambda x, axis: torch.flip(x, axis),
        "floor_divide": _binary(torch.floor_divide),
        "getitem": _getitem,
        "heaviside_weight": _heaviside_weight,
        "hypot": _binary(torch.hypot),
        "imag": lambda x: torch.imag(x).clone() if x.is_complex() else torch.zeros_like(x),
        "log_softmax": torch.log_softmax,
        "isin": _isin,
        "logaddexp": _binary(torch.logaddexp),
        "logsumexp": _logsumexp,
        "matmul": torch.matmul,
        "max": _extreme(torch.amax),
        "maximum": _bounded(torch.maximum, torch.clamp_min),
        "mean": _mean,
        "min": _extreme(torch.amin),
        "minimum": _bounded(torch.minimum, torch.clamp_max),
        "multiply": torch.mul,
        "negative": torch.neg,
        "nextafter": _binary(torch.nextafter),
        "permute_dims": lambda x, axes: x.permute(axes),
        "pow": torch.pow,
        "real": lambda x: torch.real(x).clone() if x.is_complex() else x,
        "relu": torch.relu,
        "relu_slope": _relu_slope,
        "remainder": torch.remainder,
        "repeat": _repeat,
        "reshape": lambda x, shape: x.reshape(shape),
        "roll": _roll,
        "scatter": _scatter,
        "setitem": _setitem,
        "sign": lambda x: torch.sgn(x) if x.is_complex() else xp.sign(x),
        "softmax": torch.softmax,
        "std": _std,
        "subtract": torch.sub,
        "surplus": _surplus,
        "sum": _sum,
        "take_along_axis": lambda x, indices, axis: torch.gather(x, axis, _numbers(x, indices)),
        "tril": lambda x, k: torch.tril(x, k),
        "triu": lambda x, k: torch.triu(x, k),
        "where": torch.where,
        **KERNELS,
    }

    def dtype_of(self, raw: Raw) -> DType:
        return _FROM_NATIVE[raw.dtype]

    def native_dtype(self, dtype: DType) -> Any:
        try:
            return _TO_NATIVE[dtype]
        except KeyError:
            raise DTypeError(f"PyTorch has no dtype {dtype}") from None

    def asarray(self, obj: Any, dtype: DType | None, device: Any, copy: bool) -> Raw:
        place = self.parse_device(device)
        native = None if dtype is None else self.native_dtype(dtype)
        if isinstance(obj, torch.Tensor):
            out = obj.to(dtype=native or obj.dtype, device=place if place is not None else obj.device)
            return out.clone() if copy and out is obj else out
        if isinstance(obj, np.ndarray | np.generic):
            obj = np.asarray(obj)
            if dtype is None:
                native = self.native_dtype(obj.dtype)
            if dtype is not None:
                refuse_complex(obj, dtype)
            if obj.dtype == bfloat16:
                return torch.from_numpy(obj.view(np.int16).copy()).view(torch.bfloat16).to(dtype=native, device=place)
            # a negative stride, which torch cannot take, and memory that is not ours, go with the copy
            return torch.from_numpy(np.array(obj, order="C")).to(dtype=native, device=place)
        if native is None and type(obj) is float:
            native = self.native_dtype(self.default_float)
        return torch.tensor(obj, dtype=native, device=place)

    def to_numpy(self, raw: Raw) -> np.ndarray[Any, Any]:
        raw = raw.detach().cpu().resolve_conj().resolve_neg()
        if raw.dtype == torch.bfloat16:
            out = raw.contiguous().view(torch.int16).numpy().view(bfloat16)
        else:
            out = raw.numpy()
        out.flags.writeable = False
        return out

    def native_default_float(self) -> DType:
        return _FROM_NATIVE[torch.get_default_dtype()]

    @property
    def default_uint(self) -> DType:
        return int64  # torch has uint64 arrays, and cannot add them

    def devices(self) -> list[str]:
        found = ["cpu"]
        if torch.cuda.is_available():
            found += [f"cuda:{i}" for i in range(torch.cuda.device_count())]
        if torch.backends.mps.is_available():
            found.append("mps")
        return found

    def parse_device(self, device: Any) -> Any:
        if device is None or isinstance(device, torch.device):
            return device
        name = "cuda:0" if str(device) in ("cuda", "gpu") else str(device)
        if name not in self.devices():
            raise BackendError(f"backend 'torch' has no device {str(device)!r}; there is {', '.join(self.devices())}")
        return torch.device(name)

    def device_of(self, raw: Raw) -> str:
        return str(raw.device)

    def to_device(self, raw: Raw, device: Any) -> Raw:
        return raw.to(self.parse_device(device))

    def create(self, name: str, args: tuple[Any, ...], dtype: DType, device: Any) -> Raw:
        return getattr(torch, name)(*args, dtype=self.native_dtype(dtype), device=device)

    def like(self, raw: Raw, fill_value: Any, dtype: DType, device: Any) -> Raw:
        place = raw.device if device is None else self.parse_device(device)
        return torch.full(raw.shape, fill_value, dtype=self.native_dtype(dtype), device=place)

    def random(self, kind: str, shape: tuple[int, ...], dtype: DType, seed: int) -> Raw:
        generator = torch.Generator(device=self.device or "cpu").manual_seed(seed)
        draw = torch.randn if kind == "normal" else torch.rand
        return draw(shape, dtype=self.native_dtype(dtype), device=self.device, generator=generator)

    def is_traced(self, raw: Raw) -> bool:
        if type(raw) is not torch.Tensor and not isinstance(raw, torch.nn.Parameter):
            return True  # a fake or functional tensor
        if not _observed():
            return False
        if _is_compiling() or _functorch_level() is not None:
            return True
        proxies = sys.modules.get("torch.fx.experimental.proxy_tensor")
        return proxies is not None and proxies.get_proxy_mode() is not None

    def checks_indices(self, raw: Raw) -> bool:
        return raw.device.type == "cpu"  # a GPU checks later, and does not recover

    def all_finite(self, raws: Sequence[Raw]) -> bool:
        # by sums: one that overflows costs a second sweep, and no wrong answer
        homes: dict[Any, list[Any]] = {}
        for r in raws:
            s = (torch.view_as_real(r.resolve_conj()) if r.is_complex() else r).sum()
            if s.is_cpu:
                if not math.isfinite(s.item()):
                    return False
                continue
            homes.setdefault(s.device, []).append(s.to(torch.float32) if s.dtype.itemsize < 4 else s.double())
        return all(math.isfinite(torch.stack(group).sum().item()) for group in homes.values())

    def unshared(self, raw: Raw, holders: int) -> bool:
        return getrefcount(raw) - OF_A_CALL <= holders and _sole(raw) and not _observed()

    def add_into(self, raws: list[Raw], deltas: list[Raw], factor: float, holders: int) -> bool:
        if _observed():
            return False
        for raw in raws:
            if getrefcount(raw) - OF_A_CALL > holders or not _sole(raw):
                return False
        torch._foreach_add_(raws, deltas, alpha=factor)
        return True

    def set_into(self, raw: Raw, value: Raw, index: Any) -> None:
        places, flips = _parts(raw, index)
        if flips:
            raise NotImplementedError("torch has no negative steps")
        raw[places] = value

    def snapshot(self, raw: Raw, last: Raw | None) -> Raw:
        if last is not None and raw.numel() > 64 and raw.device.type == "cpu" and torch.equal(raw, last):
            return last
        return raw.clone()

    def compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return torch.compile(function)

    def native_vjp(self, function: Callable[..., Raw], primals: Sequence[Raw], cotangent: Raw) -> list[Raw] | None:
        leaves = [p.detach().requires_grad_() for p in primals]
        out = function(*leaves)
        if not out.requires_grad:
            return [torch.zeros_like(p) for p in primals]
        found = torch.autograd.grad(out, leaves, cotangent, allow_unused=True)
        return [torch.zeros_like(p) if g is None else g for p, g in zip(primals, found, strict=True)]

    def native_jvp(self, function: Callable[..., Raw], primals: Sequence[Raw], tangents: Sequence[Raw]) -> Raw | None:
        return torch.func.jvp(function, tuple(primals), tuple(tangents))[1]
