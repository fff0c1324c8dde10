"""The JAX backend."""

import contextlib
import warnings
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from unigrad.backend import Backend, Linear, PushAt, Raw, refuse_complex
from unigrad.derived import FOURIER, fourier
from unigrad.dtypes import DType, float32, float64, int32, int64
from unigrad.errors import BackendError, DTypeError
from unigrad_jax import attaching, convolution, direct, indexing, ordering, special
from unigrad_jax.linalg import KERNELS


def _absorbing_multiply(x: Any, y: Any) -> Any:
    product = jnp.multiply(x, y)
    absorbed = jnp.equal(x, 0) | (jnp.equal(y, 0) & jnp.equal(x, x))
    if not isinstance(product, jax.core.Tracer):
        return jnp.where(absorbed, jnp.zeros((), product.dtype), product)
    # JAX may differentiate this: 0 * y has the derivative y, but where it is no number
    zero, bad = jnp.zeros((), product.dtype), absorbed & (product != product)
    return jnp.where(bad, zero, x) * jnp.where(bad, zero, y)


@jax.jit
def _floor_divide(x: Any, y: Any) -> Any:
    out = jnp.floor_divide(x, y)
    # of an integer over zero XLA makes -1, or 255, and JAX -2 of that; NumPy's is 0
    return out if jnp.issubdtype(out.dtype, jnp.floating) else jnp.where(jnp.equal(y, 0), 0, out).astype(out.dtype)


def _heaviside_weight(x: Any, y: Any) -> Any:
    dtype = (x if hasattr(x, "dtype") else y).dtype
    half = jnp.asarray(0.5, dtype)
    weight = jnp.where(
        x > y, jnp.asarray(1, dtype), jnp.where(x < y, jnp.asarray(0, dtype), jnp.asarray(jnp.nan, dtype))
    )
    return jnp.where(x == y, half, weight)


def _of_floats(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that is asked again with floats: JAX warns of what it does to integers."""

    def call(x: Any, axis: Any, **options: Any) -> Any:
        if not jnp.issubdtype(x.dtype, jnp.floating):
            raise TypeError(f"{x.dtype} numbers, where floats are needed")
        return function(x, axis=axis, **options)

    return call


def _native(dtype: DType) -> DType:
    """`dtype` itself; an error where a 32-bit JAX would cut it."""
    if (
        dtype.itemsize // (2 if dtype.kind == "c" else 1) == 8
        and dtype.kind in "fciu"
        and not jax.config.jax_enable_x64
    ):
        half = dtype.name.replace("64", "32").replace("128", "64")
        raise DTypeError(
            f"{dtype} numbers on a 32-bit JAX would be cut in silence: set JAX_ENABLE_X64=1 (or "
            f'jax.config.update("jax_enable_x64", True)) for 64 bits, or ask for {half}'
        )
    return dtype


def _fits(x: Any) -> bool:
    """Whether integers of 64 bits lose nothing in a 32-bit JAX."""
    if x.dtype.kind not in "iu" or x.dtype.itemsize < 8 or jax.config.jax_enable_x64:
        return False
    held = np.iinfo(np.int32)
    return not x.size or bool(held.min <= x.min() and x.max() <= held.max)


def _astype(x: Any, dtype: Any) -> Any:
    if jnp.iscomplexobj(x) and dtype.kind not in "cb":
        x = jnp.real(x)
    return x.astype(_native(dtype))


class JaxBackend(Backend):
    """JAX arrays and tracers, on every device that JAX sees."""

    name = "jax"
    xp = jnp
    array_types = (jax.Array,)
    native_conjugates = True
    direct = direct.DIRECT
    multiply_add = staticmethod(jax.jit(lambda a, b, c: a + b * c))
    kernels: ClassVar[dict[str, Callable[..., Any]]] = {
        **{name: fourier(jnp.fft, name) for name in FOURIER},
        **convolution.KERNELS,
        **indexing.KERNELS,
        **ordering.KERNELS,
        **special.KERNELS,
        "absorbing_multiply": _absorbing_multiply,
        "as_complex": lambda x: jax.lax.complex(x[..., 0], x[..., 1]),
        "astype": _astype,
        "einsum_pair": lambda x, y, left, right, result: jnp.einsum(f"{left},{right}->{result}", x, y),
        "floor_divide": _floor_divide,
        "from_parts": lambda x, y: jax.lax.complex(*jnp.broadcast_arrays(x, y)),
        "heaviside_weight": _heaviside_weight,
        "log_softmax": _of_floats(jax.nn.log_softmax),
        "logsumexp": _of_floats(jax.nn.logsumexp),
        "isin": lambda x, y, invert: jnp.isin(x, y, invert=invert),
        "permute_dims": jnp.transpose,
        "relu": lambda x: jnp.maximum(x, 0),
        "relu_slope": lambda x: jnp.heaviside(x, 0),
        "repeat": lambda x, repeats, axis: jnp.repeat(x, np.asarray(repeats), axis=axis),
        "searchsorted": lambda x, y, side: jnp.searchsorted(x, y, side=side).astype(int),
        "softmax": _of_floats(jax.nn.softmax),
        "take_along_axis": lambda x, indices, axis: jnp.take_along_axis(x, jnp.asarray(indices), axis, mode="fill"),
        "tril": lambda x, k: jnp.tril(x, k),
        "triu": lambda x, k: jnp.triu(x, k),
        **KERNELS,
    }

    def is_plain(self, raw: Raw) -> bool:
        return not isinstance(raw, jax.core.Tracer)

    def dtype_of(self, raw: Raw) -> DType:
        return raw.dtype  # type: ignore[no-any-return]

    def native_dtype(self, dtype: DType) -> Any:
        return _native(dtype)

    def asarray(self, obj: Any, dtype: DType | None, device: Any, copy: bool) -> Raw:
        place = self.parse_device(device)
        if isinstance(obj, jax.Array):
            out = obj if dtype is None else obj.astype(self.native_dtype(dtype))
            return out if place is None else jax.device_put(out, place)
        if dtype is None and isinstance(obj, np.ndarray | np.generic):
            dtype = self.default_int if _fits(obj) else obj.dtype
        if dtype is None:
            dtype = {bool: np.dtype(bool), int: self.default_int, float: self.default_float}.get(type(obj))
        if dtype is not None:
            refuse_complex(obj, dtype)
        native = None if dtype is None else self.native_dtype(dtype)
        if isinstance(obj, np.ndarray):  # JAX copies later than it returns: its own copy could see a write that follows
            obj = np.array(obj)
        out = jnp.asarray(obj, dtype=native)
        return out if place is None else jax.device_put(out, place)

    def add_at(self, raw: Raw, index: Any, part: Raw) -> Raw:
        return indexing.add_at(raw, index, part)

    def to_numpy(self, raw: Raw) -> np.ndarray[Any, Any]:
        return np.asarray(raw)

    def native_default_float(self) -> DType:
        return float64 if jax.config.jax_enable_x64 else float32

    @property
    def default_int(self) -> DType:
        return int64 if jax.config.jax_enable_x64 else int32

    def devices(self) -> list[str]:
        return [self._name(d) for d in self._all()]

    @staticmethod
    def _all() -> list[Any]:
        found = list(jax.devices())
        with contextlib.suppress(RuntimeError):
            found += [d for d in jax.devices("cpu") if d not in found]
        return found

    @staticmethod
    def _name(device: Any) -> str:
        return str(device.platform) if device.id == 0 else f"{device.platform}:{device.id}"

    def parse_device(self, device: Any) -> Any:
        if device is None or isinstance(device, jax.Device):
            return device
        wanted = str(device).replace("cuda", "gpu").removesuffix(":0")
        for d in self._all():
            if self._name(d) == wanted:
                return d
        raise BackendError(f"backend 'jax' has no device {str(device)!r}; there is {', '.join(self.devices())}")

    def device_of(self, raw: Raw) -> str:
        if isinstance(raw, jax.core.Tracer):
            return "traced"
        return ", ".join(sorted(self._name(d) for d in raw.devices()))

    def to_device(self, raw: Raw, device: Any) -> Raw:
        return jax.device_put(raw, self.parse_device(device))

    def random(self, kind: str, shape: tuple[int, ...], dtype: DType, seed: int) -> Raw:
        draw = jax.random.normal if kind == "normal" else jax.random.uniform
        return draw(jax.random.key(seed), shape, self.native_dtype(dtype))

    def checks_indices(self, raw: Raw) -> bool:
        return not isinstance(raw, jax.core.Tracer)

    def is_traced(self, raw: Raw) -> bool:
        return isinstance(raw, jax.core.Tracer)

    def all_finite(self, raws: Sequence[Raw]) -> bool:
        if any(map(self.is_traced, raws)):  # a value without elements is known inside jax.vmap, and its gradient is not
            return False
        return bool(jnp.all(jnp.stack([jnp.isfinite(r).all() for r in raws]))) if raws else True

    def wait(self, raw: Raw) -> Raw:
        return jax.block_until_ready(raw)

    def adopt(self, raw: Raw, home: Backend) -> Raw:
        values = home.to_numpy(raw)
        native = self.default_int if _fits(values) else self.native_dtype(home.dtype_of(raw))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return jnp.array(values, dtype=native, copy=True)

    def stopped(self, raw: Raw) -> Raw:
        return jax.lax.stop_gradient(raw) if self.is_traced(raw) else raw

    def straight(self, raw: Raw, source: Raw) -> Raw:
        return attaching.straight(raw, source) if self.is_traced(raw) or self.is_traced(source) else raw

    def differentiated(self, raw: Raw) -> bool:
        return self.is_traced(raw)

    def attached(self, outs: Sequence[Raw], sources: Sequence[Raw], pull: Linear, push: PushAt) -> Sequence[Raw]:
        return attaching.attached(outs, sources, pull)

    def compile(self, function: Callable[..., Any]) -> Callable[..., Any]:
        return jax.jit(function)

    def road(self, row: Any, kernel: Callable[..., Any], raw: Raw) -> Any:
        return direct.whole(row) if self.is_plain(raw) else super().road(row, kernel, raw)

    def making_here(self) -> contextlib.AbstractContextManager[Any]:
        return contextlib.nullcontext() if self.device is None else jax.default_device(self.device)

    def native_vjp(self, function: Callable[..., Any], primals: Sequence[Raw], cotangent: Any) -> list[Raw] | None:
        return self.native_pullback(function, primals)[1](cotangent)

    def native_pullback(
        self, function: Callable[..., Any], primals: Sequence[Raw]
    ) -> tuple[Raw, Callable[[Any], list[Raw] | None]]:
        out, pullback = jax.vjp(function, *primals)
        return out, lambda cotangent: list(pullback(cotangent))

    def native_jvp(self, function: Callable[..., Any], primals: Sequence[Raw], tangents: Sequence[Raw]) -> Any:
        return jax.jvp(function, tuple(primals), tuple(tangents))[1]
