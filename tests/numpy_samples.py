"""Calls of every function of NumPy's that has a rule, as data: a function of arrays, and the arrays.

Each is called with ndarrays and with tensors. `SMOOTH` ones have the derivative that central differences find; `CONSTANT` ones
have none. Values are distinct and away from kinks, so that a small step changes no order.
"""

import numpy as np

from tests.numpy_calls import (
    ABOVE,
    HOLES,
    MASK,
    SIGNED,
    UNIT,
    UP,
    ZEROS,
    C,
    Call,
    M,
    N,
    S,
    V,
    W,
    array,
    calls,
    inplace,
)  # fmt: skip
from tests.numpy_samples_more import CONSTANT, SMOOTH_MORE

__all__ = ["CONSTANT", "SMOOTH"]


def _ufuncs() -> dict[str, list[Call]]:
    found = {}
    for name in ("absolute", "conjugate", "fabs", "negative", "positive", "square", "sin", "cos", "sinh", "cosh",
        "arctan", "arcsinh",
                 "exp", "exp2", "expm1", "deg2rad", "radians", "rad2deg", "degrees", "sign"):  # fmt: skip
        found[name] = calls(getattr(np, name), on=(SIGNED,))
    for name in ("arccos", "arcsin", "arctanh", "tan", "tanh"):
        found[name] = calls(getattr(np, name), on=(UNIT,))
    for name in ("sqrt", "log", "log2", "log10", "log1p", "reciprocal", "cbrt"):
        found[name] = calls(getattr(np, name), on=(M,))
    found["arccosh"] = calls(np.arccosh, on=(ABOVE,))
    for name in ("add", "subtract", "multiply", "divide", "power", "float_power", "arctan2", "hypot", "logaddexp",
        "logaddexp2",
                 "maximum", "minimum", "fmax", "fmin", "remainder", "fmod"):  # fmt: skip
        found[name] = calls(getattr(np, name), on=(M, N)) + calls(
            getattr(np, name), on=(M, array(3, low=0.31, high=2.1))
        )
    found["remainder"] = found["fmod"] = calls(
        np.remainder, on=(array(2, 3, low=3.1, high=3.9), array(3, low=1.1, high=1.4))
    )
    found["fmod"] = calls(np.fmod, on=(array(2, 3, low=3.1, high=3.9), array(3, low=1.1, high=1.4)))
    found["fmax"] += calls(lambda y: np.fmax(HOLES, y), lambda y: np.fmax(y, HOLES), on=(N,))
    found["copysign"] = calls(lambda x: np.copysign(x, -1.0), on=(SIGNED,))
    found["nextafter"] = calls(lambda x: np.nextafter(x, 1.0))
    found["heaviside"] = calls(lambda y: np.heaviside(np.array([[-1.0, 0.0, 2.0]]), y))
    found["divmod"] = calls(lambda x, y: np.divmod(x, y)[1], on=(ABOVE, array(3, low=0.9, high=1.1)))
    found["modf"] = calls(lambda x: np.modf(x)[0], on=(SIGNED * 1.7,))
    found["frexp"] = calls(lambda x: np.frexp(x)[0], on=(SIGNED * 1.7,))
    found["ldexp"] = calls(
        lambda x: np.ldexp(x, np.array([1, -2, 3])), lambda x: np.ldexp(x, 3), lambda x: np.ldexp(x, [1, -2, 3])
    )
    found["matmul"] = calls(np.matmul, on=(M, array(3, 2))) + calls(
        lambda x, y: np.matmul(x, y, axes=[(0, 1), (0, 1), (1, 0)]), on=(M, array(3, 2))
    )
    found["vecdot"] = calls(np.vecdot, lambda x, y: np.vecdot(x, y, axis=0), on=(M, N))
    if hasattr(np, "matvec"):  # NumPy 2.2
        found["matvec"] = calls(np.matvec, on=(C, array(2)))
        found["vecmat"] = calls(np.vecmat, on=(array(3), C))
    return found


SMOOTH: dict[str, list[Call]] = _ufuncs() | SMOOTH_MORE | {
    "_core.umath.clip": calls(lambda x: np.ones((2, 3)).clip(0.0, x)),
    "add.reduce": calls(np.add.reduce, lambda x: np.add.reduce(x, axis=None),
        lambda x: np.add.reduce(x, axis=1, keepdims=True),
                        lambda x: np.add.reduce(x, where=MASK, initial=2.0), lambda x: np.add.reduce(x, axis=(0, 1))),
    "multiply.reduce": calls(np.multiply.reduce, lambda x: np.multiply.reduce(x, axis=1, where=MASK)),
    "subtract.reduce": calls(np.subtract.reduce, lambda x: np.subtract.reduce(x, axis=1, keepdims=True)),
    "maximum.reduce": calls(np.maximum.reduce, lambda x: np.minimum.reduce(x, axis=None),
                            lambda x: np.maximum.reduce(x, axis=1, initial=1.0, where=MASK)),
    "hypot.reduce": calls(lambda x: np.hypot.reduce(x, axis=1), lambda x: np.logaddexp.reduce(x, axis=1)),
    "add.accumulate": calls(np.add.accumulate, lambda x: np.multiply.accumulate(x, axis=1),
                            lambda x: np.maximum.accumulate(x, axis=1), lambda x: np.subtract.accumulate(x, 1)),
    "multiply.outer": calls(np.multiply.outer, lambda x, y: np.subtract.outer(x, y), on=(M, array(2))),
    "add.reduceat": calls(lambda x: np.add.reduceat(x, [0, 3, 1, 4]), lambda x: np.multiply.reduceat(x, [1, 2]), on=(V,)),
    "add.at": calls(inplace(lambda a, b: np.add.at(a, [0, 2, 0], b)), inplace(lambda a, b: np.multiply.at(a, [1, 1, 1], b)),
                    inplace(lambda a, b: np.subtract.at(a, (np.array([0, 3, 4]),), b)), on=(V, array(3)))
    + calls(inplace(lambda a: np.negative.at(a, [0, 1, 0])), inplace(lambda a: np.add.at(a, slice(1, 3), 2.0)), on=(V,)),
    "options": calls(lambda x: np.sqrt(x, where=MASK, out=np.zeros_like(x)), lambda x: np.add(x, 1, dtype=np.float64),
                     lambda x: np.multiply(x, x, casting="no"), lambda x: np.sin(x, dtype="f8"),
                     lambda x: np.log(x, where=x > 0.6, out=x * 2)),
    "operators": calls(lambda x, y: np.ones((2, 3)) + x * y, lambda x, y: np.float64(2.0) * x - [1.0, 2.0, 3.0] / y,
                       lambda x, y: np.arange(6.0).reshape(3, 2) @ x, lambda x, y: 2.0 ** x, on=(M, N)),
    # reductions
    "sum": calls(np.sum, lambda x: np.sum(x, axis=0), lambda x: np.sum(x, (0, 1), keepdims=True),
                 lambda x: np.sum(x, where=MASK, initial=2.0), lambda x: np.sum(x, axis=-1, dtype=float)),
    "prod": calls(np.prod, lambda x: np.prod(x, axis=0, where=MASK, initial=3.0)),
    "mean": calls(np.mean, lambda x: np.mean(x, axis=1, keepdims=True), lambda x: np.mean(x, axis=0, where=MASK)),
    "max": calls(np.max, lambda x: np.max(x, axis=1, where=MASK, initial=0.0)),
    "amax": calls(np.amax), "amin": calls(np.amin),
    "min": calls(np.min, lambda x: np.min(x, axis=(0,), keepdims=True)),
    "ptp": calls(np.ptp, lambda x: np.ptp(x, axis=0)),
    "var": calls(np.var, lambda x: np.var(x, axis=0, ddof=1), lambda x: np.var(x, where=MASK, axis=1),
                 lambda x: np.var(x, correction=1), lambda x: np.var(x, mean=np.mean(x), axis=None)),
    "std": calls(np.std, lambda x: np.std(x, axis=1, ddof=1, keepdims=True), lambda x: np.std(x, where=MASK)),
    "cumsum": calls(np.cumsum, lambda x: np.cumsum(x, axis=1)),
    "cumprod": calls(np.cumprod, lambda x: np.cumprod(x, axis=0)),
    "cumulative_sum": calls(lambda x: np.cumulative_sum(x, axis=1, include_initial=True)),
    "cumulative_prod": calls(lambda x: np.cumulative_prod(x, axis=0)),
    "nansum": calls(np.nansum, lambda x: np.nansum(x, axis=0), on=(HOLES,)),
    "nanprod": calls(np.nanprod, on=(HOLES,)),
    "nanmean": calls(np.nanmean, lambda x: np.nanmean(x, axis=1, keepdims=True), on=(HOLES,)),
    "nanmax": calls(np.nanmax, lambda x: np.nanmax(x, axis=1), on=(HOLES,)),
    "nanmin": calls(np.nanmin, on=(HOLES,)),
    "nanvar": calls(np.nanvar, lambda x: np.nanvar(x, axis=1), on=(HOLES,)),
    "nanstd": calls(np.nanstd, lambda x: np.nanstd(x, ddof=1), on=(HOLES,)),
    "nancumsum": calls(np.nancumsum, lambda x: np.nancumsum(x, axis=1), on=(HOLES,)),
    "nancumprod": calls(np.nancumprod, on=(HOLES,)),
    "nan_to_num": calls(np.nan_to_num, lambda x: np.nan_to_num(x, nan=3.0), on=(HOLES,)),
    "clip": calls(lambda x: np.clip(x, 0.5, 1.5), lambda x: np.clip(x, None, 1.2), lambda x: np.clip(x, min=0.7)),
    "real": calls(np.real), "imag": calls(lambda x: np.imag(x * (1 + 2j))),
    "angle": calls(lambda x: np.angle(x + 1j), lambda x: np.angle(1 + x * 1j, deg=True)),
    "real_if_close": calls(lambda x: np.real_if_close(x * (1 + 0j))),
    "sinc": calls(np.sinc) + calls(np.sinc, on=(np.array([0.0, 1.5]),)), "i0": calls(np.i0, on=(SIGNED * 3,)),
    # shapes and moves
    "reshape": calls(lambda x: np.reshape(x, (3, 2)), lambda x: np.reshape(x, -1, order="F"),
        lambda x: np.reshape(x, (3, 2), "F")),
    "ravel": calls(np.ravel, lambda x: np.ravel(x, order="F")),
    "transpose": calls(np.transpose, lambda x: np.transpose(x, (0, 1))), "permute_dims": calls(np.permute_dims),
    "matrix_transpose": calls(np.matrix_transpose), "swapaxes": calls(lambda x: np.swapaxes(x, 0, 2), on=(C,)),
    "moveaxis": calls(lambda x: np.moveaxis(x, 0, -1), lambda x: np.moveaxis(x, [0, 1], [1, 2]), on=(C,)),
    "rollaxis": calls(lambda x: np.rollaxis(x, 2), lambda x: np.rollaxis(x, 0, 2), lambda x: np.rollaxis(x, 1, 3), on=(C,)),
    "expand_dims": calls(lambda x: np.expand_dims(x, 1), lambda x: np.expand_dims(x, (0, 2))),
    "squeeze": calls(lambda x: np.squeeze(x[:1]), lambda x: np.squeeze(x[None], axis=0)),
    "broadcast_to": calls(lambda x: np.broadcast_to(x, (2, 2, 3))),
    "broadcast_arrays": calls(lambda x: np.broadcast_arrays(x, x[:1])),
    "atleast_1d": calls(np.atleast_1d, lambda x: np.atleast_1d(x[0, 0])),
    "atleast_2d": calls(lambda x: np.atleast_2d(x[0])),
    "atleast_3d": calls(np.atleast_3d, lambda x: np.atleast_3d(x[0]), lambda x: np.atleast_3d(x[0, 0])),
    "flip": calls(np.flip, lambda x: np.flip(x, 0), lambda x: np.flip(x, (0, 1))), "fliplr": calls(np.fliplr),
    "flipud": calls(np.flipud), "rot90": calls(*(lambda x, k=k: np.rot90(x, k) for k in range(4)),
        lambda x: np.rot90(x, 1, (1, 0))),
    "roll": calls(lambda x: np.roll(x, 1), lambda x: np.roll(x, (1, 2), (0, 1)), lambda x: np.roll(x, -1, axis=1)),
    "tile": calls(lambda x: np.tile(x, 2), lambda x: np.tile(x, (2, 1, 2))),
    "repeat": calls(lambda x: np.repeat(x, 2), lambda x: np.repeat(x, [1, 0, 2], axis=1),
        lambda x: np.repeat(x, np.array([2]), axis=0)),
    "resize": calls(lambda x: np.resize(x, (3, 3)), lambda x: np.resize(x, 4)),
    "tril": calls(np.tril, lambda x: np.tril(x, 1), lambda x: np.tril(x[0])),
    "triu": calls(np.triu, lambda x: np.triu(x, k=-1)),
    "diag": calls(np.diag, lambda x: np.diag(x, 1), lambda x: np.diag(x[0]), lambda x: np.diag(x[0], -1)),
    "diagflat": calls(np.diagflat, lambda x: np.diagflat(x, 1)),
    "diagonal": calls(np.diagonal, lambda x: np.diagonal(x, 1)) + calls(lambda x: np.diagonal(x, -1, 0, 2), on=(C,)),
    "linalg.diagonal": calls(np.linalg.diagonal, lambda x: np.linalg.diagonal(x, offset=-1)),
    "linalg.matrix_transpose": calls(np.linalg.matrix_transpose),
    "trim_zeros": calls(lambda x: np.trim_zeros(ZEROS * x), lambda x: np.trim_zeros(ZEROS * x, "f"), on=(array(6),)),
    "array_split": calls(lambda x: np.array_split(x, 3), lambda x: np.array_split(x, [1, 4]), on=(V,)),
    "split": calls(lambda x: np.split(x, 3, axis=1), lambda x: np.split(x, [1], axis=0)),
    "hsplit": calls(lambda x: np.hsplit(x, 3)),
    "vsplit": calls(lambda x: np.vsplit(x, 2)), "dsplit": calls(lambda x: np.dsplit(x, 2), on=(C,)),
    "unstack": calls(lambda x: np.unstack(x, axis=1)), "copy": calls(np.copy),
    "lib.stride_tricks.sliding_window_view": calls(lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, axis=1)),
    "astype": calls(lambda x: np.astype(x, np.float64), lambda x: np.real(np.astype(x, np.complex128))),
    # joining
    "concatenate": calls(lambda x, y: np.concatenate([x, y]), lambda x, y: np.concatenate((x, N, y), axis=1),
                         lambda x, y: np.concatenate([x, y], axis=None), on=(M, N)),
    "stack": calls(lambda x, y: np.stack([x, y]), lambda x, y: np.stack([x, N], axis=-1), on=(M, N)),
    "vstack": calls(lambda x, y: np.vstack([x, y[0]]), on=(M, N)),
    "hstack": calls(lambda x, y: np.hstack([x, y]), lambda x, y: np.hstack([x[0], y[0]]), on=(M, N)),
    "dstack": calls(lambda x, y: np.dstack([x, y]), on=(M, N)),
    "column_stack": calls(lambda x, y: np.column_stack([x[0], y[0]]), on=(M, N)),
    "block": calls(lambda x, y: np.block([[x, y], [np.ones((1, 3)), x[:1]]]), lambda x, y: np.block([x[0], 2.0]),
        on=(M, N)),
    "append": calls(lambda x, y: np.append(x, y), lambda x, y: np.append(x, y, axis=1), on=(M, N)),
    "delete": calls(lambda x: np.delete(x, 1), lambda x: np.delete(x, [0, 2], axis=1),
        lambda x: np.delete(x, slice(1), axis=0), lambda x: np.delete(x, [], axis=1)),
    "insert": calls(lambda x, y: np.insert(x, 1, y[0, 0]), lambda x, y: np.insert(x, 1, y[0], axis=0),
        lambda x, y: np.insert(x, [0, 2], y[0, :2]),
                    lambda x, y: np.insert(x, [2, 0], y[:, :2], axis=1), lambda x, y: np.insert(x, 1, y[:, 0], axis=1),
                    lambda x, y: np.insert(x, slice(0, 2), y[0, 0], axis=1),
        lambda x, y: np.insert(x, [1], y[:, :1], axis=1), lambda x, y: np.insert(x, [], y[0, 0], axis=1), on=(M, N)),
    "pad": calls(lambda x: np.pad(x, 1), lambda x: np.pad(x, ((1, 2), (0, 1)), constant_values=((1, 2), (3, 4))),
                 *(lambda x, m=m: np.pad(x, ((1, 3), (2, 1)), m) for m in ("edge", "wrap", "reflect", "symmetric",
        "maximum", "minimum", "mean", "median", "linear_ramp")),
                 lambda x: np.pad(x, 2, "reflect", reflect_type="odd"), lambda x: np.pad(x, (0, 4),
        "symmetric", reflect_type="odd"),
                 lambda x: np.pad(x, 1, "linear_ramp", end_values=(5, -3)), lambda x: np.pad(x, 1, "mean", stat_length=2),
                 lambda x: np.pad(x, {-1: (1, 2)})),
    # products
    "dot": calls(np.dot, on=(M, array(3, 2))) + calls(np.dot, on=(C, array(2))) + calls(np.dot, on=(M,
        array(2, 3, 2))) + calls(np.dot, on=(V, W)) + calls(lambda x: np.dot(2.0, x)),
    "inner": calls(np.inner, on=(M, N)) + calls(np.inner, on=(V, W)), "vdot": calls(np.vdot, on=(M, N)),
    "outer": calls(np.outer, on=(M, array(2))), "linalg.outer": calls(np.linalg.outer, on=(V, array(2))),
    "kron": calls(np.kron, on=(M, array(2))) + calls(np.kron, on=(array(2), M)) + calls(np.kron, on=(M, N)),
    "tensordot": calls(np.tensordot, on=(M, N)) + calls(lambda x, y: np.tensordot(x, y, axes=([1], [0])),
        lambda x, y: np.tensordot(x, y, (1, 0)), on=(M, array(3, 2))),
    "linalg.tensordot": calls(lambda x, y: np.linalg.tensordot(x, y, axes=1), on=(M, array(3, 2))),
    "linalg.matmul": calls(np.linalg.matmul, on=(M, array(3, 2))), "linalg.vecdot": calls(np.linalg.vecdot, on=(M, N)),
    "trace": calls(np.trace, lambda x: np.trace(x, 1)) + calls(lambda x: np.trace(x, 0, 1, 2), on=(C,)),
    "linalg.trace": calls(np.linalg.trace),
    "cross": calls(np.cross, lambda x, y: np.cross(x, y[0]), on=(M, N)) + calls(lambda x, y: np.cross(x, y, axis=0),
        on=(array(3, 2), array(3, 2, seed=2))),
    "linalg.cross": calls(np.linalg.cross, on=(M, N)),
    "linalg.multi_dot": calls(lambda x, y, z: np.linalg.multi_dot([x, y, z]),
        lambda x, y, z: np.linalg.multi_dot([x[0], y, z, z[0]]), on=(M, array(3, 4), array(4, 2))),
    "einsum": calls(lambda x, y: np.einsum("ij,kj->ik", x, y), lambda x, y: np.einsum("ij,ij", x, y),
        lambda x, y: np.einsum(x, [0, 1], y, [0, 2], [1, 2]), on=(M, N)),
    # creation
    "zeros_like": calls(lambda x: np.zeros_like(x) + x), "ones_like": calls(lambda x: np.ones_like(x, shape=(2, 1)) * x),
    "empty_like": calls(lambda x: np.empty_like(x) * 0 + x),
    "full_like": calls(lambda x: np.full_like(x[:, :2], x[0, 0])),
    "linspace": calls(lambda x: np.linspace(x[0], x[1], 4),
        lambda x: np.linspace(x[0, 0], 3.0, 4, endpoint=False, retstep=True), lambda x: np.linspace(x[0], 1.0, 3, axis=1)),
    "logspace": calls(lambda x: np.logspace(x[0], x[1], 4), lambda x: np.logspace(x[0, 0], 2.0, 3, base=2)),
    "geomspace": calls(lambda x: np.geomspace(x[0], x[1], 4), lambda x: np.geomspace(-x[0, 0], -3.0, 3)),
    "meshgrid": calls(lambda x, y: np.meshgrid(x, y), lambda x, y: np.meshgrid(x, y, indexing="ij"),
        lambda x, y: np.meshgrid(x, y, sparse=True), on=(V, array(2))),
    "vander": calls(np.vander, lambda x: np.vander(x, 3, increasing=True), on=(array(3),)),
    # calculus
    "diff": calls(np.diff, lambda x: np.diff(x, 2, axis=1), lambda x: np.diff(x, axis=0, prepend=0.5),
        lambda x: np.diff(x, append=x[:, :1])),
    "ediff1d": calls(np.ediff1d, lambda x: np.ediff1d(x, to_end=x[0, 0], to_begin=[1.0, 2.0])),
    "gradient": calls(np.gradient, lambda x: np.gradient(x, 0.5, axis=0),
        on=(S,)) + calls(lambda x: np.gradient(x, edge_order=2),
        lambda x: np.gradient(x, 2.0, [0.0, 1.0, 3.0], edge_order=2), on=(S,))
    + calls(lambda f, x: np.gradient(f, x), lambda f, x: np.gradient(f, x, edge_order=2), on=(V, UP)),
    "trapezoid": calls(np.trapezoid, lambda y: np.trapezoid(y, dx=0.5, axis=0)) + calls(lambda y, x: np.trapezoid(y, x),
        on=(V, UP)) + calls(lambda y, x: np.trapezoid(y, x + np.arange(3)), on=(array(3), M)),
    "unwrap": calls(lambda x: np.unwrap(x * 5), lambda x: np.unwrap(x * 5, period=2.0), on=(V,)),
    "interp": calls(lambda x, xp, fp: np.interp(x, xp, fp), lambda x, xp, fp: np.interp(x, xp, fp, left=-1.0, right=2.0),
        lambda x, xp, fp: np.interp(x, xp, fp, period=1.7),
                    on=(array(2, 3, low=0.1, high=2.4), UP, W)),
    "convolve": calls(*(lambda a, v, m=m: np.convolve(a, v, m) for m in ("full", "same", "valid")), on=(V,
        array(2))) + calls(lambda a, v: np.convolve(a, v, "same"), on=(array(2), V)),
    "correlate": calls(*(lambda a, v, m=m: np.correlate(a, v, m) for m in ("full", "same", "valid")), on=(V,
        array(2))) + calls(*(lambda a, v, m=m: np.correlate(a, v, m) for m in ("full", "same", "valid")), on=(array(2), V)),
    "apply_along_axis": calls(lambda x: np.apply_along_axis(np.sum, 0, x),
        lambda x: np.apply_along_axis(lambda r: r[:2] * np.sum(r), 1, x), lambda x: np.apply_along_axis(np.diag, 1, x)),
    "apply_over_axes": calls(lambda x: np.apply_over_axes(np.sum, x, [0, 2]), on=(C,)),
    # statistics
    "average": calls(np.average, lambda x: np.average(x, axis=0)) + calls(lambda x, w: np.average(x, weights=w),
        lambda x, w: np.average(x, 1, w, returned=True), lambda x, w: np.average(x, 1, w[0]), on=(M, N)),
    "cov": calls(np.cov, lambda x: np.cov(x, rowvar=False), lambda x: np.cov(x, bias=True),
        lambda x: np.cov(x[0])) + calls(lambda x, y: np.cov(x, y), lambda x, y: np.cov(x, aweights=y[0]),
           lambda x, y: np.cov(x, aweights=y[0], fweights=[1, 2, 1], ddof=1), lambda x, y: np.cov(x, fweights=[1, 2, 1]),
        on=(M, N)),
    "corrcoef": calls(lambda x: np.corrcoef(x)[0, 1], lambda x: np.corrcoef(x[0], x[1])[1, 0], on=(array(2, 5),)),
    "median": calls(np.median, lambda x: np.median(x, axis=1), lambda x: np.median(x, axis=(0, 1), keepdims=True)),
    "quantile": calls(lambda x: np.quantile(x, [0.1, 0.6]), lambda x: np.quantile(x, 0.3, axis=1, keepdims=True),
        *(lambda x, m=m: np.quantile(x, [0.2, 0.55], method=m) for m in (
        "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen", "weibull",
        "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest"))),
    "percentile": calls(lambda x: np.percentile(x, [10, 75]), lambda x: np.percentile(x, 30.0, axis=0)),
    "nanmedian": calls(np.nanmedian, lambda x: np.nanmedian(x, axis=1), on=(HOLES,)),
    "nanquantile": calls(lambda x: np.nanquantile(x, [0.2, 0.7], axis=1), lambda x: np.nanquantile(x, 0.4), on=(HOLES,)),
    "nanpercentile": calls(lambda x: np.nanpercentile(x, 40, axis=0), on=(HOLES,)),
    "histogram": calls(lambda x: np.histogram(x, 4)[1],
        lambda x: np.histogram(x, 3, density=True)[0])
        + calls(lambda x, w: np.histogram(x, [0.0, 1.0, 2.5], weights=w)[0], on=(M, N)),
    "histogram_bin_edges": calls(lambda x: np.histogram_bin_edges(x, 3)),
    "histogram2d": calls(lambda x, y: np.histogram2d(x, y, 2, weights=[1.0, 2.0, 3.0, 4.0, 5.0]),
        lambda x, y: np.histogram2d(x, y, [2, 3], density=True), on=(V, W)),
    "histogramdd": calls(lambda x: np.histogramdd(x, 2)[1], on=(array(5, 2),)),
    "bincount": calls(lambda w: np.bincount([0, 2, 2, 1, 4], w),
        lambda w: np.bincount(np.array([0, 1, 1, 0, 1]), weights=w, minlength=4), on=(V,)),
    # searching
    "sort": calls(np.sort, lambda x: np.sort(x, axis=0), lambda x: np.sort(x, axis=None)),
    "sort_complex": calls(lambda x: np.real(np.sort_complex(x)), on=(V,)),
    "partition": calls(lambda x: np.partition(x, 2), on=(V,)),
    "where": calls(lambda x, y: np.where(MASK, x, y), lambda x, y: np.where(MASK, x, 0.0),
        lambda x, y: np.where(x > 1, x, 1.0), on=(M, N)),
    "take": calls(lambda x: np.take(x, [0, 4, -1]), lambda x: np.take(x, [[0, 1]], axis=1),
        lambda x: np.take(x, [7, -9], mode="wrap"), lambda x: np.take(x, 1, axis=0),
        lambda x: np.take(x, [7, -9], mode="clip")),
    "take_along_axis": calls(lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1),
        lambda x: np.take_along_axis(x, np.array([[0, 1, 0]]), axis=0),
        lambda x: np.take_along_axis(x, np.array([4, 1]), None)),
    "compress": calls(lambda x: np.compress([True, False, True], x, axis=1), lambda x: np.compress([0, 1], x)),
    "extract": calls(lambda x: np.extract(MASK, x)),
    "choose": calls(lambda x, y: np.choose([0, 1, 1], [x, y]),
        lambda x, y: np.choose(np.array([[0, 1, 2]]), [x, y, 1.0]),
        lambda x, y: np.choose([0, 3, -1], [x, y], mode="wrap"), on=(M, N)),
    "select": calls(lambda x, y: np.select([x > 1, x > 0.5], [x * 2, y], 7.0), lambda x, y: np.select([MASK], [x]),
        on=(M, N)),
    "piecewise": calls(lambda x: np.piecewise(x, [x < 0.7, x > 1.2], [lambda v: v * v, lambda v: -v, 3.0]),
        lambda x: np.piecewise(x, [x > 1], [np.sin, np.cos]),
                       lambda x: np.piecewise(x, [x > 1], [lambda v, k: k * v], 3.0),
                       lambda x: np.piecewise(x, np.array([MASK, ~MASK]), [np.sin, np.cos])),
    "unique": calls(np.unique, lambda x: np.unique(x, axis=0),
        lambda x: np.unique(x, return_inverse=True, return_counts=True)[0]),
    "unique_values": calls(lambda x: np.sort(np.unique_values(x))),
    "unique_all": calls(lambda x: np.unique_all(x).values), "unique_counts": calls(lambda x: np.unique_counts(x).values),
    "unique_inverse": calls(lambda x: np.unique_inverse(x).values), "union1d": calls(np.union1d, on=(V, array(2, seed=9))),
    "intersect1d": calls(lambda x: np.intersect1d(x, x[1:4]), on=(V,)),
    "setdiff1d": calls(lambda x: np.setdiff1d(x, x[1:3]), on=(V,)),
    "setxor1d": calls(lambda x: np.setxor1d(x, x[1:3]), on=(V,)),
    # writes
    "copyto": calls(inplace(lambda a, b: np.copyto(a, b)), inplace(lambda a, b: np.copyto(a, b[0], where=MASK)), on=(M, N)),
    "put": calls(inplace(lambda a, b: np.put(a, [0, 4, 0], b)), inplace(lambda a, b: np.put(a, [0, 9], b, mode="wrap")),
        on=(M, array(2))),
    "place": calls(inplace(lambda a, b: np.place(a, MASK, b)), on=(M, array(2))),
    "putmask": calls(inplace(lambda a, b: np.putmask(a, MASK, b)), on=(M, array(2))),
    "put_along_axis": calls(inplace(lambda a, b: np.put_along_axis(a, np.array([[2], [0]]), b, 1)), on=(M, array(2, 1))),
    "fill_diagonal": calls(inplace(lambda a, b: np.fill_diagonal(a, b)), inplace(lambda a, b: np.fill_diagonal(a, b[0])),
        on=(S, array(3))),
}  # fmt: skip
