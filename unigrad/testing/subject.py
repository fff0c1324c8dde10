"""The function under test: its arguments and results as lists of numbers, its values, and unigrad's derivatives of it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

import numpy as np

from unigrad.arguments import Argnames, Argnums, Selection, Sources
from unigrad.backend import Backend, backend_of, kind_of
from unigrad.conforming import is_array, raw_of
from unigrad.dtypes import DType, complex128, float64
from unigrad.errors import DTypeError, SourceError, SourceTypeError
from unigrad.forward import ForwardAccumulator
from unigrad.primitive import wrap
from unigrad.recording import only, paused
from unigrad.results import Outputs
from unigrad.sources import short
from unigrad.structures import flatten_with_none, paths
from unigrad.tape import GradientTape
from unigrad.variable import Variable

Array = np.ndarray[Any, Any]


class Source:
    """One array that the function is differentiated by: a leaf of an argument, or a variable."""

    def __init__(self, label: str, given: Any) -> None:
        self.label = label
        self.variable = given if isinstance(given, Variable) else None
        raw = raw_of(given)
        self.backend: Backend = backend_of(raw)
        self.dtype: DType = self.backend.dtype_of(raw)
        self.device = self.backend.device_of(raw)
        self.shape = tuple(raw.shape)
        self.is_complex = self.dtype.kind == "c"
        #: the numbers, in 64 bits
        self.at: Array = widened(self.backend.to_numpy(raw))

    def raw(self, x: Array, wide: bool) -> Any:
        """A raw array of `x`: in the source's dtype, or in 64 bits."""
        target = (complex128 if np.iscomplexobj(x) else float64) if wide or np.iscomplexobj(x) else self.dtype
        if self.is_complex and not wide:
            target = self.dtype
        return self.backend.asarray(np.asarray(x).astype(target), target, self.device, True)


class Subject:
    """A function, and the place at which its derivatives are looked at.

    Attributes:
        sources: what it is differentiated by: the floating leaves of the chosen arguments, and the variables that it reads.
        sizes: of its floating results, one after the other; `outs` says where each lies in the vector of all of them.
    """

    def __init__(
        self, what: str, f: Any, args: Any, kwargs: dict[str, Any], argnums: Argnums, argnames: Argnames
    ) -> None:
        if not callable(f):
            raise SourceTypeError(f"{what}: needs a function, not {short(f)} of type {type(f).__name__}")
        self.what, self.f = what, f
        self.name = getattr(f, "__name__", None) or getattr(f, "name", None) or type(f).__name__
        if not isinstance(args, tuple | list) or hasattr(args, "_fields"):
            args = (args,)
        args = tuple(args)
        chosen = argnums
        if argnums is None and argnames is None:
            chosen = [i for i, a in enumerate(args) if has_floats(a)]
        self._leaves: list[Any] = []
        self._unflatten: Callable[[list[Any]], Any] = lambda leaves: ((args, kwargs), leaves)[0]
        found: list[Source] = []
        given: list[Any] = []
        self._holds: dict[int, int] = {}
        if chosen or argnums is not None or argnames is not None:
            selection = Selection(what, f, chosen, argnames)
            with paused():
                bound = Sources(selection, args, kwargs)
            given = list(bound.tensors)
            self._leaves, self._unflatten = flatten_with_none((bound.args, bound.kwargs))
            numbers = {id(t): k for k, t in enumerate(given)}
            self._holds = {i: numbers[id(leaf)] for i, leaf in enumerate(self._leaves) if id(leaf) in numbers}
            labels = self._labels(selection, bound.args, bound.kwargs, numbers)
            found = [Source(labels.get(k, variable_label(t)), t) for k, t in enumerate(given)]
        with only(()), found[0].backend.quiet() if found else nullcontext(), GradientTape() as tape:
            result = self._call([s.at for s in found], found, wide=False)
        captured = [
            v for v in tape.watched_variables() if not any(v is g for g in given) and kind_of(raw_of(v)) in "fc"
        ]
        self.sources = found + [Source(variable_label(v), v) for v in captured]
        if not self.sources:
            raise SourceError(
                f"{what}: there is nothing to differentiate {self.name} by: none of its {len(args)} arguments holds a floating "
                f"number, and it reads no variable"
            )
        outputs = Outputs(what, result)
        if not self._floats(outputs):
            kinds = ", ".join(sorted({str(t.dtype) for t in outputs.tensors}))
            raise DTypeError(
                f"{what}: {self.name} returned {kinds} alone, which has no derivative: return floating numbers"
            )
        self.is_complex = any(s.is_complex for s in self.sources)
        places = [p for p, leaf in zip(paths(_boxed(outputs)), outputs.leaves, strict=True) if leaf is not None]
        self.outs = [
            (f"result{_path(p[1:])}", tuple(t.shape), t.dtype)
            for p, t in zip(places, outputs.tensors, strict=True)
            if kind_of(t.raw) in "fc"
        ]
        self.sizes = [int(np.prod(shape)) for _, shape, _ in self.outs]
        #: the coarsest precision that a number has on its way
        self.dtype = max((s.dtype for s in self.sources), key=unit)
        self.dtype = max([self.dtype, *(dtype for _, _, dtype in self.outs)], key=unit)

    def _labels(self, selection: Selection, args: Any, kwargs: Any, numbers: dict[int, int]) -> dict[int, str]:
        named = selection.parameters()
        labels = {}
        for path, leaf in zip(paths((args, kwargs)), self._leaves, strict=True):
            if id(leaf) in numbers:
                which, place, *rest = path
                name = f" ({named[place]})" if which == 0 and place < len(named) else ""
                head = f"argument {place}{name}" if which == 0 else f"argument {place!r}"
                if isinstance(leaf, Variable):
                    head += f", {variable_label(leaf)}"
                labels[numbers[id(leaf)]] = head + _path(rest)
        return labels

    # -- calls -----------------------------------------------------------------------------------------------------
    def _call(self, xs: Sequence[Any], sources: Sequence[Source], *, wide: bool) -> Any:
        """The function's result at `xs`; what is no tensor yet is made one."""
        tensors = [x if hasattr(x, "__unigrad_tensor__") else wrap(s.raw(x, wide)) for x, s in zip(xs, sources)]
        leaves = [
            tensors[self._holds[i]] if i in self._holds and sources[self._holds[i]].variable is None else leaf
            for i, leaf in enumerate(self._leaves)
        ]
        args, kwargs = self._unflatten(leaves)
        with ExitStack() as stack:
            for t, s in zip(tensors, sources):
                if s.variable is not None and t is not s.variable:
                    stack.enter_context(held_at(s.variable, t))
            return self.f(*args, **kwargs)

    @staticmethod
    def _floats(outputs: Outputs) -> list[Any]:
        return [t for t in outputs.tensors if kind_of(t.raw) in "fc"]

    def values(self, xs: Sequence[Array], wide: bool) -> Array:
        """All floating results at `xs`, as one vector in 64 bits. Nothing records."""
        with paused(), self.sources[0].backend.quiet(), np.errstate(all="ignore"):
            floats = self._floats(Outputs(self.what, self._call(xs, self.sources, wide=wide)))
            if wide and any(unit(t.dtype) > 1e-15 for t in floats):
                raise DTypeError(f"{self.what}: {self.name} computes in fewer digits than 64 bits")
            return np.concatenate([np.ravel(widened(t.backend.to_numpy(t.raw))) for t in floats])

    def _fresh(self) -> list[Any]:
        return [wrap(s.raw(s.at, False)) if s.variable is None else s.variable for s in self.sources]

    def _run(self, tensors: Sequence[Any]) -> list[Any]:
        return self._floats(Outputs(self.what, self._call(tensors, self.sources, wide=False)))

    def _apart(self, ct: Array) -> list[Any]:
        """A vector for all results as one tensor for each."""
        parts = np.split(ct, np.cumsum(self.sizes)[:-1])
        home = self.sources[0]
        return [
            wrap(home.backend.asarray(_kind(p, dtype).reshape(shape), None, home.device, True))
            for p, (_, shape, dtype) in zip(parts, self.outs)
        ]

    def _along(self, tangents: Sequence[Array]) -> list[Any]:
        return [wrap(s.raw(_kind(t, s.dtype), False)) for s, t in zip(self.sources, tangents, strict=True)]

    @contextmanager
    def moved(self, ways: Sequence[Array]) -> Iterator[None]:
        """A block in which derivatives are those at another place."""
        kept = [s.at for s in self.sources]
        try:
            with ExitStack() as stack:
                for s, way in zip(self.sources, ways, strict=True):
                    s.at = s.at + way
                    if s.variable is not None:
                        stack.enter_context(held_at(s.variable, wrap(s.raw(s.at, False))))
                yield
        finally:
            for s, at in zip(self.sources, kept, strict=True):
                s.at = at

    # -- derivatives -----------------------------------------------------------------------------------------------
    def vjp(self, ct: Array, wrt: Sequence[int] | None = None) -> list[Any]:
        """The gradient by each source, a tensor or None."""
        with only(()):
            tensors = self._fresh()
            chosen = tensors if wrt is None else [tensors[k] for k in wrt]
            with GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(chosen)
                outs = self._run(tensors)
            return list(tape.gradient(outs, chosen, output_gradients=self._apart(ct)))

    def explained(self, k: int) -> str:
        """What `tape.explain` says of a source without gradient."""
        with only(()):
            source = self._fresh()[k]
            tensors = [source if i == k else t for i, t in enumerate(self._fresh())]
            with GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(source)
                result = self._run(tensors)
            return "; ".join(r.text for r in tape.explain(result, source).reasons)

    def jvp(self, tangents: Sequence[Array], wrt: Sequence[int] | None = None) -> list[Any]:
        """The tangent of each result, a tensor or None."""
        with only(()):
            tensors, along = self._fresh(), self._along(tangents)
            some = range(len(tensors)) if wrt is None else wrt
            with ForwardAccumulator([tensors[k] for k in some], [along[k] for k in some]) as accumulator:
                outs = self._run(tensors)
            return list(accumulator.jvp(outs))

    def second(self, ct: Array, tangents: Sequence[Array]) -> Iterator[tuple[str, Callable[[], list[Any]]]]:
        """The derivative of <ct, results> by each source, along the tangents: in the three mixings that give a gradient."""
        yield "reverse over reverse", lambda: self._reverse_reverse(ct, tangents)
        yield "forward over reverse", lambda: self._forward_reverse(ct, tangents)
        yield "reverse over forward", lambda: self._reverse_forward(ct, tangents)

    def _inner(self, tensors: list[Any], ct: Array) -> list[Any]:
        with GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(tensors)
            outs = self._run(tensors)
        return list(tape.gradient(outs, tensors, self._apart(ct), unconnected_gradients="zero"))

    def _reverse_reverse(self, ct: Array, tangents: Sequence[Array]) -> list[Any]:
        with only(()):
            tensors, along = self._fresh(), self._along(tangents)
            with GradientTape(watch_accessed_variables=False) as outer:
                outer.watch(tensors)
                inner = self._inner(tensors, ct)
            return list(outer.gradient(inner, tensors, along))

    def _forward_reverse(self, ct: Array, tangents: Sequence[Array]) -> list[Any]:
        with only(()):
            tensors, along = self._fresh(), self._along(tangents)
            with ForwardAccumulator(tensors, along) as outer:
                inner = self._inner(tensors, ct)
            return list(outer.jvp(inner))

    def _reverse_forward(self, ct: Array, tangents: Sequence[Array]) -> list[Any]:
        with only(()):
            tensors, along = self._fresh(), self._along(tangents)
            with GradientTape(watch_accessed_variables=False) as outer:
                outer.watch(tensors)
                with ForwardAccumulator(tensors, along) as accumulator:
                    outs = self._run(tensors)
                inner = accumulator.jvp(outs, "zero")
            return list(outer.gradient(inner, tensors, self._apart(ct)))

    def forward_forward(self, tangents: Sequence[Array], others: Sequence[Array]) -> list[Any]:
        """The tangent, along `others`, of the tangent of each result."""
        with only(()):
            tensors = self._fresh()
            with ForwardAccumulator(tensors, self._along(others)) as outer:
                with ForwardAccumulator(tensors, self._along(tangents)) as accumulator:
                    outs = self._run(tensors)
                inner = accumulator.jvp(outs, "zero")
            return list(outer.jvp(inner))


# -- small things ----------------------------------------------------------------------------------------------------------


@contextmanager
def held_at(variable: Variable, value: Any) -> Iterator[None]:
    """A block in which a variable has another value, of whatever precision; as it was, afterwards."""
    kept = variable._value
    variable._value = wrap(value._raw, variable.node)
    try:
        yield
    finally:
        variable._value = kept


def has_floats(argument: Any) -> bool:
    """Whether an argument holds something to differentiate by."""
    for leaf in flatten_with_none(argument)[0]:
        if type(leaf) in (float, complex) or any(
            isinstance(v, Variable) for v in getattr(leaf, "trainable_variables", None) or ()
        ):
            return True
        if type(leaf) not in (int, bool) and is_array(leaf) and kind_of(raw_of(leaf)) in "fc":
            return True
    return False


def widened(x: Array) -> Array:
    """The same numbers in 64 bits."""
    return np.asarray(x, np.complex128 if x.dtype.kind == "c" else np.float64)


def unit(dtype: DType) -> float:
    """The rounding unit of a floating dtype."""
    import ml_dtypes

    finfo: Any = ml_dtypes.finfo
    return float(finfo(f"f{dtype.itemsize // 2}" if dtype.kind == "c" else dtype).eps)


def tiny(dtype: DType) -> float:
    """The smallest number of a floating dtype that has all its digits."""
    import ml_dtypes

    finfo: Any = ml_dtypes.finfo
    return float(finfo(f"f{dtype.itemsize // 2}" if dtype.kind == "c" else dtype).tiny)


def variable_label(v: Any) -> str:
    """How a variable is called in messages."""
    return f"variable {v.name.removesuffix(':0')!r}" if isinstance(v, Variable) else "an argument"


def _kind(x: Array, dtype: DType) -> Array:
    """Numbers of that dtype; of a real one the real parts."""
    return np.asarray(x if dtype.kind == "c" else np.real(x)).astype(dtype)


def _path(path: Sequence[Any]) -> str:
    return "".join(f"[{p!r}]" for p in path)


def _boxed(outputs: Outputs) -> list[Any]:
    return [outputs.unflatten(outputs.leaves)]
