"""Tables of views and of writes: each one a function that runs alike on an ndarray and on a tensor.

`xp` is the namespace: NumPy's own for ndarrays, unigrad's for tensors; `np` is NumPy for both, by its protocols. A view that an
array of the shape at hand does not have gives None; so does a write that does not fit.
"""

import numpy as np

VIEWS = {
    "whole": lambda xp, a: a[...],
    "slice": lambda xp, a: a[1:] if a.ndim else None,
    "step": lambda xp, a: a[::2] if a.ndim else None,
    "backwards": lambda xp, a: a[::-1] if a.ndim else None,
    "backwards by two": lambda xp, a: a[..., ::-2] if a.ndim else None,
    "all backwards": lambda xp, a: a[(slice(None, None, -1),) * a.ndim],
    "row": lambda xp, a: a[0] if a.ndim > 1 and a.shape[0] else None,
    "column": lambda xp, a: a[..., -1] if a.ndim > 1 and a.shape[-1] else None,
    "element as array": lambda xp, a: a[(0,) * a.ndim + (...,)] if 0 not in a.shape else None,
    "newaxis": lambda xp, a: a[None] if a.ndim < 4 else None,
    "newaxis inside": lambda xp, a: a[:, None, ::-1] if 1 < a.ndim < 4 else None,
    "nothing": lambda xp, a: a[1:1] if a.ndim else None,
    "flat": lambda xp, a: xp.reshape(a, (-1,)),
    "two rows": lambda xp, a: xp.reshape(a, (2, -1)) if a.size and a.size % 2 == 0 else None,
    "threes": lambda xp, a: xp.reshape(a, (-1, 3)) if a.size and a.size % 3 == 0 else None,
    "reshape method": lambda xp, a: a.reshape(-1, 1),
    "T": lambda xp, a: a.T if a.ndim == 2 else None,
    "mT": lambda xp, a: a.mT if a.ndim > 1 else None,
    "matrix_transpose": lambda xp, a: xp.matrix_transpose(a) if a.ndim > 1 else None,
    "permute_dims": lambda xp, a: xp.permute_dims(a, tuple(range(a.ndim))[::-1]),
    "moveaxis": lambda xp, a: xp.moveaxis(a, 0, -1) if a.ndim else None,
    "expand_dims": lambda xp, a: xp.expand_dims(a, axis=-1) if a.ndim < 4 else None,
    "squeeze": lambda xp, a: xp.squeeze(a, axis=a.shape.index(1)) if 1 in a.shape else None,
    "flip": lambda xp, a: xp.flip(a, axis=-1) if a.ndim else None,
    "flip all": lambda xp, a: xp.flip(a),
    "unstack": lambda xp, a: xp.unstack(a, axis=-1)[0] if a.ndim > 1 and a.shape[-1] else None,
    "asarray": lambda xp, a: xp.asarray(a),
    "asarray, no copy": lambda xp, a: xp.asarray(a, copy=False),
    "astype, no copy": lambda xp, a: xp.astype(a, a.dtype, copy=False),
    "no broadcast": lambda xp, a: xp.broadcast_arrays(a, a)[0],
    "ravel": lambda xp, a: np.ravel(a),
    "swapaxes": lambda xp, a: np.swapaxes(a, 0, -1) if a.ndim else None,
    "rollaxis": lambda xp, a: np.rollaxis(a, a.ndim - 1) if a.ndim else None,
    "np.transpose": lambda xp, a: np.transpose(a),
    "np.squeeze": lambda xp, a: np.squeeze(a),
    "np.flip": lambda xp, a: np.flip(a, 0) if a.ndim else None,
    "fliplr": lambda xp, a: np.fliplr(a) if a.ndim > 1 else None,
    "flipud": lambda xp, a: np.flipud(a) if a.ndim else None,
    "rot90": lambda xp, a: np.rot90(a) if a.ndim > 1 else None,
    "rot90 by none": lambda xp, a: np.rot90(a, 4) if a.ndim > 1 else None,
    "rot90 twice": lambda xp, a: np.rot90(a, 2) if a.ndim > 1 else None,
    "atleast_1d": lambda xp, a: np.atleast_1d(a),
    "atleast_3d": lambda xp, a: np.atleast_3d(a),
    "split": lambda xp, a: np.split(a, [1])[1] if a.ndim else None,
    "array_split": lambda xp, a: np.array_split(a, 2, axis=-1)[0] if a.ndim else None,
    "hsplit": lambda xp, a: np.hsplit(a, [1])[0] if a.ndim else None,
    "reshape by columns": lambda xp, a: np.reshape(a, (-1,), order="F"),
    "np.real": lambda xp, a: np.real(a),
    "real": lambda xp, a: a.real,
}  # fmt: skip

#: views that NumPy does not let anybody write through
READ_ONLY = {
    "broadcast_to": lambda xp, a: xp.broadcast_to(a, (2, *a.shape)) if a.ndim < 4 else None,
    "broadcast_to, its own shape": lambda xp, a: np.broadcast_to(a, a.shape),
    "diagonal": lambda xp, a: np.diagonal(a) if a.ndim > 1 else None,
    "linalg.diagonal": lambda xp, a: xp.linalg.diagonal(a) if a.ndim > 1 else None,
    "diag": lambda xp, a: np.diag(a) if a.ndim == 2 else None,
    "sliding_window_view": lambda xp, a: (
        np.lib.stride_tricks.sliding_window_view(a, 2, axis=0) if a.ndim and a.shape[0] > 1 and a.ndim < 4 else None
    ),
}

#: arrays of their own, that no write to the other reaches
COPIES = {
    "asarray, a copy": lambda xp, a: xp.asarray(a, copy=True),
    "astype": lambda xp, a: xp.astype(a, a.dtype),
    "np.copy": lambda xp, a: np.copy(a),
    "positive": lambda xp, a: +a,
    "conj": lambda xp, a: xp.conj(a) + 0.0,
    "index array": lambda xp, a: a[[0, 0]] if a.ndim and a.shape[0] else None,
    "mask": lambda xp, a: a[a > 0.5],
    "index of None and a mask": lambda xp, a: a[None, True],
    "reshape, a copy": lambda xp, a: xp.reshape(a, a.shape, copy=True),
    "concat": lambda xp, a: xp.concat([a]) if a.ndim else None,
    "roll": lambda xp, a: xp.roll(a, 1, axis=0) if a.ndim else None,
    "tile": lambda xp, a: xp.tile(a, (1,)),
    "take": lambda xp, a: xp.take(a, xp.asarray([0]), axis=0) if a.ndim and a.shape[0] else None,
    "where": lambda xp, a: xp.where(a > 0.5, a, 0.25),
}


def _augmented(change):
    def write(xp, v, w):
        if not v.ndim:  # a tensor of no dimensions is bound anew, as a NumPy scalar is
            return None
        change(v, w)
        return True

    return write


def _iadd(v, w):
    v += w * v


def _isub(v, w):
    v -= 0.25 * w


def _imul(v, w):
    v *= w


def _itruediv(v, w):
    v /= 1.5 + w * w


def _ipow(v, w):
    v **= 2


def _imod(v, w):
    v %= 0.37


def _ifloordiv(v, w):
    v //= 0.37


def _imatmul(v, w):
    if v.ndim < 2 or v.shape[-1] != v.shape[-2]:
        return
    v @= v * 0.5


def _by_its_transpose(v, w):
    if v.ndim == 2 and v.shape[0] == v.shape[1]:
        v += v.T
    elif v.ndim:
        v += v[::-1]


def _set(xp, v, index, value):
    v[index] = value
    return True


def _at(xp, v, index, w):
    v[index] += w
    return True


def _filled(v):
    return v.size and v.ndim


#: how something is written into a view `v`; `w` is a number that the array's elements made
WRITES = {
    "whole": lambda xp, v, w: _set(xp, v, ..., v * 0.5 + w),
    "number": lambda xp, v, w: _set(xp, v, ..., 0.75),
    "element": lambda xp, v, w: _set(xp, v, (0,) * v.ndim, w) if v.size else None,
    "slice": lambda xp, v, w: _set(xp, v, slice(0, 1), w * v[:1]) if v.ndim else None,
    "row": lambda xp, v, w: _set(xp, v, 0, v[-1] * 0.5) if _filled(v) else None,
    "backwards": lambda xp, v, w: _set(xp, v, ..., v[::-1]) if v.ndim else None,
    "broadcast": lambda xp, v, w: _set(xp, v, ..., v[:1] * w) if _filled(v) else None,
    "broadcast over a step back": lambda xp, v, w: _set(xp, v, (..., slice(None, None, -2)), w) if v.ndim else None,
    "overlapping": lambda xp, v, w: _set(xp, v, slice(1, None), v[:-1]) if v.ndim else None,
    "with newaxis": lambda xp, v, w: _set(xp, v, (None, slice(0, 2)), w) if v.ndim else None,
    "index array": lambda xp, v, w: _set(xp, v, [0, -1], v[[-1, 0]] * w) if _filled(v) else None,
    "index array named twice": lambda xp, v, w: _set(xp, v, [0, 0], v[[0, -1]] * w) if _filled(v) else None,
    "index array +=": lambda xp, v, w: _at(xp, v, [0, 0, -1], w) if _filled(v) else None,
    "index array and slice": lambda xp, v, w: _at(xp, v, (slice(0, 1), [0, -1]), w) if v.ndim > 1 and v.size else None,
    "index array and ellipsis": lambda xp, v, w: _at(xp, v, (..., np.array([0])), w) if _filled(v) else None,
    "two index arrays": lambda xp, v, w: _at(xp, v, ([0, -1], [-1, 0]), w) if v.ndim > 1 and v.size else None,
    "mask": lambda xp, v, w: _set(xp, v, v > 0.7, w),
    "mask +=": lambda xp, v, w: _at(xp, v, v > 0.7, w),
    "mask of values": lambda xp, v, w: _set(xp, v, v > 0.7, v[v > 0.7] * w),
    "mask of rows": lambda xp, v, w: _set(xp, v, np.arange(v.shape[0]) % 2 == 0, w) if v.ndim else None,
    "mask of nothing": lambda xp, v, w: _set(xp, v, v > 1e9, w),
    "True": lambda xp, v, w: _set(xp, v, True, w),
    "False": lambda xp, v, w: _set(xp, v, False, w),
    "mask of no dimensions": lambda xp, v, w: _at(xp, v, np.array(True), w),
    "+=": _augmented(_iadd),
    "-=": _augmented(_isub),
    "*=": _augmented(_imul),
    "/=": _augmented(_itruediv),
    "**=": _augmented(_ipow),
    "%=": _augmented(_imod),
    "//=": _augmented(_ifloordiv),
    "@=": _augmented(_imatmul),
    "+= its transpose": _augmented(_by_its_transpose),
    "out= of add": lambda xp, v, w: np.add(v, w, out=v),
    "out= of sin": lambda xp, v, w: np.sin(v, out=v),
    "out= where": lambda xp, v, w: np.multiply(v, w, out=v, where=v > 0.7),
    "out= of a sum": lambda xp, v, w: np.sum(v * w, axis=0, out=v[0]) if v.ndim > 1 and v.size else None,
    "out= of cumsum": lambda xp, v, w: np.cumsum(v * w, axis=0, out=v) if v.ndim else None,
    "out= of clip": lambda xp, v, w: np.clip(v, 0.45, 0.95, out=v),
    "out= of matmul": lambda xp, v, w: (
        np.matmul(v, v * w, out=v) if v.ndim > 1 and v.shape[-1] == v.shape[-2] else None
    ),
    "out= of concatenate": lambda xp, v, w: np.concatenate([v[1:], v[:1] * w], out=v) if v.ndim else None,
    "out= of reduce": lambda xp, v, w: np.multiply.reduce(v, axis=0, out=v[-1]) if v.ndim > 1 and v.size else None,
    "out= of accumulate": lambda xp, v, w: np.add.accumulate(v, axis=0, out=v) if v.ndim else None,
    "copyto": lambda xp, v, w: np.copyto(v, v * w),
    "copyto where": lambda xp, v, w: np.copyto(v, w, where=v > 0.7),
    "put": lambda xp, v, w: np.put(v, [0, -1], [0.5, 0.6]) if v.size else None,
    "put one": lambda xp, v, w: np.put(v, [-1], w) if v.size else None,
    "place": lambda xp, v, w: np.place(v, v > 0.7, [0.6, 0.8]),
    "putmask": lambda xp, v, w: np.putmask(v, v > 0.7, v * w),
    "add.at": lambda xp, v, w: np.add.at(v, [0, 0, -1], w) if _filled(v) else None,
    "multiply.at": lambda xp, v, w: np.multiply.at(v, ([0, 0],), w) if _filled(v) else None,
    "negative.at": lambda xp, v, w: np.negative.at(v, [0]) if _filled(v) else None,
    "fill_diagonal": lambda xp, v, w: np.fill_diagonal(v, w) if v.ndim == 2 else None,
    "put_along_axis": lambda xp, v, w: (
        np.put_along_axis(v, np.zeros((1,) * v.ndim, np.int64), w, 0) if _filled(v) else None
    ),
    "nan_to_num": lambda xp, v, w: np.nan_to_num(v, copy=False),
}  # fmt: skip
