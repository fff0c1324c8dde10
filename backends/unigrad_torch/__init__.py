"""The PyTorch backend."""

import math
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from sys import getrefcount
from typing import Any, ClassVar

import array_api_compat.torch as xp
import numpy as np
import torch

from unigrad.backend import Backend, Linear, PushAt, Raw, device_in_force, refuse_complex
from unigrad.dtypes import DType, bfloat16, int64
from unigrad.errors import BackendError, DTypeError
from unigrad.kernels import OF_A_CALL
from unigrad_torch import (
    attaching,
    convolution,
    direct,
    elementwise,
    fourier,
    indexing,
    linalg,
    manipulation,
    networks,
    ordering,
    reductions,
    special,
)
from unigrad_torch.dtypes import FROM_NATIVE, TO_NATIVE
from unigrad_torch.memory import differentiating, dual, observed, sole, transformed


class TorchBackend(Backend):
    """PyTorch tensors, on every device that PyTorch sees."""

    name = "torch"
    xp = xp
    array_types = (torch.Tensor,)
    mutable = True
    direct = direct.DIRECT
    multiply_add = torch.addcmul
    kernels: ClassVar[dict[str, Callable[..., Any]]] = {
        **convolution.KERNELS,
        **elementwise.KERNELS,
        **fourier.KERNELS,
        **indexing.KERNELS,
        **linalg.KERNELS,
        **manipulation.KERNELS,
        **networks.KERNELS,
        **ordering.KERNELS,
        **reductions.KERNELS,
        **special.KERNELS,
    }

    def is_plain(self, raw: Raw) -> bool:
        return type(raw) is torch.Tensor

    def dtype_of(self, raw: Raw) -> DType:
        return FROM_NATIVE[raw.dtype]

    def native_dtype(self, dtype: DType) -> Any:
        try:
            return TO_NATIVE[dtype]
        except KeyError:
            raise DTypeError(f"PyTorch has no dtype {dtype}") from None

    def asarray(self, obj: Any, dtype: DType | None, device: Any, copy: bool) -> Raw:
        place = self.parse_device(device)
        native = None if dtype is None else self.native_dtype(dtype)
        if isinstance(obj, torch.Tensor):
            if obj.layout is not torch.strided:
                raise DTypeError(f"a tensor of PyTorch's layout {obj.layout} has no strides: say .to_dense() first")
            out = obj.to(dtype=native or obj.dtype, device=place if place is not None else obj.device)
            return out.clone() if copy and out is obj else out
        if place is None:
            place = device_in_force(self.name) or torch.get_default_device()
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

    def beside(self, obj: Any, dtype: DType | None, raw: Raw) -> Raw:
        return self.asarray(obj, dtype, raw.device, True)

    def to_numpy(self, raw: Raw) -> np.ndarray[Any, Any]:
        raw = raw.detach().cpu().resolve_conj().resolve_neg()
        if raw.dtype == torch.bfloat16:
            out = raw.contiguous().view(torch.int16).numpy().view(bfloat16)
        else:
            out = raw.numpy()
        out.flags.writeable = False
        return out

    def native_default_float(self) -> DType:
        return FROM_NATIVE[torch.get_default_dtype()]

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

    def road(self, row: Any, kernel: Callable[..., Raw], raw: Raw) -> Any:
        return direct.by_heart(super().road(row, kernel, raw))

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
        native = self.native_dtype(dtype)
        if name == "arange" and (dtype.kind == "c" or native in indexing.SIGNED):  # torch counts in other numbers alone
            counted = torch.arange(*args, dtype=torch.float64 if dtype.kind == "c" else torch.int64, device=device)
            return counted.to(native)
        return getattr(torch, name)(*args, dtype=native, device=device)

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
        if not observed():
            return False
        if transformed():
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

    def wait(self, raw: Raw) -> Raw:
        if raw.is_cuda:
            torch.cuda.synchronize(raw.device)
        return raw

    def memory_of(self, raw: Raw) -> tuple[Any, int]:
        storage = raw.untyped_storage()
        return (str(raw.device), storage.data_ptr() or id(raw)), storage.nbytes()

    def unshared(self, raw: Raw, holders: int) -> bool:
        return getrefcount(raw) - OF_A_CALL <= holders and not observed() and sole(raw)

    def add_into(self, raws: list[Raw], deltas: list[Raw], factor: float, holders: int) -> bool:
        if observed():
            return False
        for raw in raws:
            if getrefcount(raw) - OF_A_CALL > holders or not sole(raw):
                return False
        for delta in deltas:
            if delta.requires_grad:  # a write in place of it would give the memory a graph
                return False
        torch._foreach_add_(raws, deltas, alpha=factor)
        return True

    def add_at(self, raw: Raw, index: Any, part: Raw) -> Raw:
        return raw.index_put(index if type(index) is tuple else (index,), part, accumulate=True)

    def set_into(self, raw: Raw, value: Raw, index: Any) -> None:
        indexing.fits_element(raw, value, index)
        places, flips = indexing.in_torchs_terms(raw, index)
        if flips:
            raise NotImplementedError("torch has no negative steps")
        if any(isinstance(p, torch.Tensor) for p in (places if type(places) is tuple else (places,))):
            raw[places]  # an index out of bounds is an error before anything is written
        raw[places] = value

    def writes_in_order(self, raw: Raw) -> bool:
        return indexing.writes_in_order(raw)

    def snapshot(self, raw: Raw, last: Raw | None) -> Raw:
        if last is not None and raw.numel() > 64 and raw.device.type == "cpu" and torch.equal(raw, last):
            return last
        return raw.clone()

    def detached(self, raw: Raw) -> Raw:
        # a transform of torch.func differentiates a value inside of it alone, and knows when it ends
        return raw.detach() if raw.requires_grad and not differentiating() else raw

    def stopped(self, raw: Raw) -> Raw:
        return raw.detach() if self.differentiated(raw) else raw

    def straight(self, raw: Raw, source: Raw) -> Raw:
        seen = self.differentiated(raw) or self.differentiated(source)
        return attaching.Straight.apply(raw, source) if seen else raw

    def differentiated(self, raw: Raw) -> bool:
        return raw.requires_grad or differentiating() or dual()

    def attached(self, outs: Sequence[Raw], sources: Sequence[Raw], pull: Linear, push: PushAt) -> Sequence[Raw]:
        return attaching.attached(outs, sources, pull, push)

    def compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return torch.compile(function)

    def making_here(self) -> AbstractContextManager[Any]:
        return nullcontext() if self.device is None else torch.device(self.device)

    def native_vjp(self, function: Callable[..., Any], primals: Sequence[Raw], cotangent: Any) -> list[Raw] | None:
        return list(torch.func.vjp(function, *primals)[1](cotangent))

    def native_pullback(
        self, function: Callable[..., Any], primals: Sequence[Raw]
    ) -> tuple[Raw, Callable[[Any], list[Raw] | None]]:
        leaves = [p.detach().requires_grad_() for p in primals]
        out = function(*leaves)

        def pullback(cotangent: Raw) -> list[Raw]:
            if not out.requires_grad:
                return [torch.zeros_like(p) for p in primals]
            found = torch.autograd.grad(out, leaves, cotangent, retain_graph=True, allow_unused=True)
            return [torch.zeros_like(p) if g is None else g for p, g in zip(primals, found, strict=True)]

        return out.detach(), pullback

    def native_jvp(self, function: Callable[..., Any], primals: Sequence[Raw], tangents: Sequence[Raw]) -> Any:
        return torch.func.jvp(function, tuple(primals), tuple(tangents))[1]
