"""IndexedSlices: a gradient that is zero but in some rows, kept as these rows until somebody needs the whole.

A gather of k rows of a table of n has a gradient with at most k rows that are not zero. The sweep hands it on as it was collected
(`cotangents.Pieces`); written out it costs n rows of memory and time, which most programs, an optimizer's step among them, can
do without.
"""

from collections.abc import Sequence
from typing import Any

from unigrad import dtypes
from unigrad.backend import Backend, Raw, backend_of, find_backend
from unigrad.cotangents import Pieces
from unigrad.errors import DTypeError, MixedBackendsError, ShapeError
from unigrad.lending import settle
from unigrad.ops.creation import arange, asarray
from unigrad.ops.elementwise import multiply, negative, where
from unigrad.ops.indexing import scatter
from unigrad.ops.manipulation import concat, reshape, size_of
from unigrad.primitive import wrap
from unigrad.recording import Node, listening, paused, tracked
from unigrad.tensor import Tensor
from unigrad.views import view

_RAW: Any = Tensor.__dict__["_raw"]  # the slot of the dense array


class IndexedSlices(Tensor):
    """A tensor that is zero but for rows: ``values[i]`` is added to row ``indices[i]`` of zeros of shape `dense_shape`.

    `GradientTape.gradient` gives one for a source that was only ever read by gathers of rows (`unigrad.take` along axis 0,
    ``table[ids]``, `tf.gather`). It is a `Tensor`, and every function takes it for one: the dense array is made when it is first
    needed, and kept. Sums of two, products with numbers, `values`, and the optimizers without momentum do not need it.

    Args:
        values: floating, of shape ``(*indices.shape, *dense_shape[1:])``.
        indices: integers from 0 to ``dense_shape[0]``, or counted from the end where negative; one may be named several times.
        dense_shape: the shape as a tensor.

    Raises:
        ShapeError, DTypeError, OutOfBoundsError: values, indices and shape that do not fit each other.
    """

    __slots__ = ("_parts", "_places", "_shape")

    def __init__(self, values: Any, indices: Any, dense_shape: Sequence[int]) -> None:
        from unigrad.ops.taking import within

        values = asarray(values)
        shape = tuple(int(n) for n in dense_shape)
        backend = values.backend
        places = asarray(indices)
        if places.dtype.kind not in "iu":
            raise DTypeError(f"IndexedSlices: indices are integers, not {places.dtype}")
        if not shape or values.shape != (*places.shape, *shape[1:]):
            raise ShapeError(
                f"IndexedSlices: values of shape {values.shape} for indices of shape {places.shape} and the dense shape {shape}"
            )
        if places.backend.name != backend.name:
            raise MixedBackendsError(
                f"IndexedSlices: values live in {backend.name!r} and indices in {places.backend.name!r}"
            )
        self._fill(shape, [within(settle(places), shape[0], 0, "IndexedSlices", backend)], [values])

    def _fill(self, shape: tuple[int, ...], places: list[Any], parts: list[Any]) -> None:
        """Take over rows: indices and what belongs to them; parts that are tracked stay differentiable."""
        self._shape = shape
        self._places: list[Any] | None = places
        self._parts = parts
        nodes = [p._node if type(p) is Tensor else None for p in parts]
        if any(map(tracked, nodes)):
            self._join()
            self._note()
        else:
            self._node = Node()  # an outer tape may watch it later

    def _join(self) -> None:
        """Make one array of indices and one of values of several."""
        places = self._places
        assert places is not None
        if len(places) > 1 or len(places[0].shape) != 1:
            row = self._shape[1:]
            flat = [reshape(self._rows_alone(i), (-1,)) for i in places]
            parts = [reshape(p, (i.shape[0], *row)) for p, i in zip(self._parts, flat, strict=True)]
            self._places = [flat[0] if len(flat) == 1 else concat(flat)]
            self._parts = [parts[0] if len(parts) == 1 else concat(parts)]

    def _rows_alone(self, index: Any) -> Raw:
        """Indices as an array of the rows' library, in the place of the rows where that is one place."""
        backend, place = self.backend, self.device
        if backend.owns(index):
            return index
        return backend.asarray(index, backend.default_int, place if place in backend.devices() else None, True)

    def _note(self) -> None:
        """Tell the recorders that track the rows of their sum: the tapes without the dense array being made."""
        state = listening()
        assert self._places is not None
        if any(not r.is_tape for r in state.recorders):  # an accumulator computes with it at once
            dense = scatter(*self._parts, shape=self._shape, indices=tuple(self._places))
            _RAW.__set__(self, dense._raw)
            self._node = dense._node
            return
        raws = [p._raw for p in self._parts]
        told = wrap(raws[0])  # the record asks for the dtype of a result, and keeps nothing of it
        params = {"shape": self._shape, "indices": tuple(self._places)}
        scatter.note(state, self._parts, raws, [p._node for p in self._parts], params, told, ())
        self._node = told._node

    # -- the rows ----------------------------------------------------------------------------------------------------
    @property
    def sparse(self) -> bool:
        """Whether the rows are all that there is: no write in place has come between."""
        return self._places is not None

    @property
    def dense_shape(self) -> tuple[int, ...]:
        """The shape as a tensor."""
        return self._shape

    @property
    def indices(self) -> Any:
        """Which row each of `values` belongs to: an integer tensor of one axis. After a write in place: every row."""
        if self._places is None:
            return arange(self._shape[0])
        self._join()
        place = self._rows_alone(self._places[0])
        return wrap(where(place < 0, place + self._shape[0], place))

    @property
    def values(self) -> Any:
        """The rows, as many as there are `indices`: a tensor of shape ``(len(indices), *dense_shape[1:])``."""
        if self._places is None:
            return self.__unigrad_tensor__()
        self._join()
        part = self._parts[0]
        return part if type(part) is Tensor else wrap(part)

    def each_once(self) -> tuple[Raw, Raw]:
        """The raw indices of the rows, each named once, and the sums of what belongs to them."""
        xp = self.backend.xp
        indices, values = settle(self.indices), settle(self.values)
        found = xp.unique_inverse(indices)
        if len(found.values) == len(indices):
            at = xp.argsort(indices)
            return found.values, values[at]
        total = scatter(values, shape=(len(found.values), *self._shape[1:]), indices=((found.inverse_indices,),))
        return found.values, total

    # -- the whole ---------------------------------------------------------------------------------------------------
    @property
    def _raw(self) -> Any:
        """The dense array, made when it is first needed."""
        try:
            return _RAW.__get__(self)
        except AttributeError:
            parts = [p._raw if type(p) is Tensor else p for p in self._parts]
            with self.backend.quiet():
                raw = scatter(*parts, shape=self._shape, indices=tuple(self._places or ()))
            _RAW.__set__(self, raw)
            return raw

    @_raw.setter
    def _raw(self, raw: Raw) -> None:
        _RAW.__set__(self, raw)
        self._places = None
        self._parts = [raw]

    def __unigrad_tensor__(self) -> Tensor:
        """The whole as a plain tensor, a view of this one: what is written into a part of it is seen here."""
        return view(self, wrap(settle(self), self._node), _same, lambda base, value: value)  # type: ignore[no-any-return]

    # -- what can be told without it -----------------------------------------------------------------------------------
    def _some(self) -> Raw:
        """A raw array of its dtype and place."""
        part = self._parts[0]
        return part._raw if type(part) is Tensor else part

    @property
    def backend(self) -> Backend:
        """The backend that holds the rows."""
        return backend_of(self._some())

    @property
    def dtype(self) -> dtypes.DType:
        """The dtype, as a NumPy dtype on every backend."""
        return self.backend.dtype_of(self._some())

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape as a tensor."""
        return self._shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self._shape)

    @property
    def size(self) -> int:
        """Number of elements."""
        return size_of(self._shape)

    @property
    def device(self) -> str:
        """Name of the device that holds the rows."""
        return self.backend.device_of(self._some())

    def __len__(self) -> int:
        return self._shape[0]

    def __repr__(self) -> str:
        if self._places is None:
            return super().__repr__()
        return (
            f"<unigrad.IndexedSlices dense_shape={self._shape} dtype={self.dtype.name} backend={self.backend.name}\n"
            f"indices={self.indices!r}\nvalues={self.values!r}>"
        )

    # -- sums and multiples are rows again -----------------------------------------------------------------------------
    def _alone(self) -> bool:
        return self._places is not None and not tracked(self._node)

    def __add__(self, other: Any) -> Any:
        if type(other) is IndexedSlices and self._alone() and other._alone():
            same = self.backend is other.backend and self.dtype == other.dtype and self._shape == other._shape
            if same and self._places is not None and other._places is not None:
                return _of(self._shape, self._places + other._places, self._parts + other._parts)
        return super().__add__(other)

    def __mul__(self, other: Any) -> Any:
        if type(other) in (int, float) and other - other == 0 and self._alone():  # infinity times 0 is no 0
            with paused():
                parts = [multiply(p, other) for p in self._parts]
            return _of(self._shape, list(self._places or ()), parts)
        return super().__mul__(other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if type(other) in (int, float) and other and self._alone():
            with paused():
                parts = [p / other for p in self._parts]
            return _of(self._shape, list(self._places or ()), parts)
        return super().__truediv__(other)

    def __neg__(self) -> Any:
        if self._alone():
            with paused():
                return _of(self._shape, list(self._places or ()), [negative(p) for p in self._parts])
        return super().__neg__()


def _same(base: Any) -> Any:
    """All of a tensor, or of an array, as a view of it takes it."""
    return wrap(base._raw, base._node) if isinstance(base, Tensor) else base


def _of(shape: tuple[int, ...], places: list[Any], parts: list[Any]) -> IndexedSlices:
    new = IndexedSlices.__new__(IndexedSlices)
    new._fill(shape, places, parts)
    return new


_ALL = slice(None)


def in_rows(pieces: Pieces) -> bool:
    """Whether a cotangent is made of whole rows alone: the arrays that gathers along the first axis have read."""
    return pieces.dense is None and bool(pieces.parts) and all(_rows_of(i) is not None for i in pieces.indices)


def slices_of(pieces: Pieces) -> IndexedSlices:
    """A cotangent made of rows as a tensor; when somebody records the sweep, a record of its own."""
    return _of(tuple(pieces.shape), [_rows_of(i) for i in pieces.indices], list(pieces.parts))


def _rows_of(index: Any) -> Any:
    """The integer array of an index that names whole rows, or None."""
    if type(index) is tuple:
        if not index or any(p is not Ellipsis and not (type(p) is slice and p == _ALL) for p in index[1:]):
            return None
        index = index[0]
    home = find_backend(index) if hasattr(index, "shape") else None
    return index if home is not None and home.dtype_of(index).kind in "iu" else None


def add_rows(value: Any, change: Any, factor: float) -> Any:
    """`value` with `factor` times rows added: itself, written into where nobody else sees its memory, or a new tensor."""
    backend = value.backend
    if backend.is_traced(value._raw) or backend.is_traced(change._some()):
        return wrap(value._raw) + wrap(change._raw) * factor
    if backend.unshared(value._raw, 1):
        at, rows = change.each_once()
        backend.set_into(value._raw, value._raw[at] + rows * factor, at)
        return value
    at, rows = settle(change.indices), settle(change.values) * factor
    return wrap(backend.add_at(value._raw, at, rows))
