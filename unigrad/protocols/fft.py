"""np.fft: unigrad.fft's functions, with NumPy's arguments."""

from typing import Any

from unigrad.errors import ShapeError
from unigrad.ops import manipulation as mv
from unigrad.protocols.arguments import as_axes, deliver, first_tensor, floating, tensor
from unigrad.protocols.table import row, ug


def _operand(a: Any, out: Any) -> Any:
    return floating(tensor(a, first_tensor((a, out))))


def _norm(norm: Any) -> str:
    return "backward" if norm is None else norm


def _one(name: str) -> Any:
    def transform(a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None) -> Any:
        return deliver(getattr(ug.fft, name)(_operand(a, out), n=n, axis=axis, norm=_norm(norm)), out)

    return transform


for _name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    row("direct", f"fft.{_name}")(_one(_name))


def _many(name: str, default: Any) -> Any:
    def transform(a: Any, s: Any = None, axes: Any = default, norm: Any = None, out: Any = None) -> Any:
        x = _operand(a, out)
        if s is not None:
            if axes is None:
                axes = tuple(range(x.ndim - len(s), x.ndim))
            if len(s) != len(axes):
                raise ShapeError(f"fft.{name}: {len(s)} sizes for {len(axes)} axes")
            s = tuple(x.shape[i] if n in (-1, None) else int(n) for n, i in zip(s, axes, strict=True))
        return deliver(getattr(ug.fft, name)(x, s=s, axes=as_axes(axes), norm=_norm(norm)), out)

    return transform


for _name in ("fftn", "ifftn", "rfftn", "irfftn"):
    row("direct", f"fft.{_name}")(_many(_name, None))
    row("direct", f"fft.{_name[:-1]}2")(_many(_name, (-2, -1)))


def _shift(sign: int, name: str) -> Any:
    def shift(x: Any, axes: Any = None) -> Any:
        t = tensor(x)
        places = mv.axes_of(as_axes(axes), t.ndim, name)
        by = tuple(t.shape[i] // 2 if sign > 0 else -(t.shape[i] // 2) for i in places)
        return mv.roll(t, by, axis=places) if places else t

    return shift


row("direct", "fft.fftshift")(_shift(1, "fft.fftshift"))
row("direct", "fft.ifftshift")(_shift(-1, "fft.ifftshift"))
