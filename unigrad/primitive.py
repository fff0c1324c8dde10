"""Primitives: the rows of the table, and how one runs.

A primitive is a name, a kernel on each backend, and a derivative rule; `unigrad.kinds` has the kinds of rule. Calling one
unwraps the tensors, runs the backend's kernel, wraps the result, and tells the recorders in force. Raw arrays in, raw array
out; a `Tensor` anywhere in, a `Tensor` out. That is why a rule written over primitives runs at full speed on raw arrays, is
itself recorded when an outer recorder listens, and can be traced by a compiler.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from unigrad import dtypes
from unigrad.backend import Backend, Raw, backend_of, kind_of
from unigrad.errors import DTypeError, OutOfBoundsError, ShapeError, UnigradError
from unigrad.operands import SCALARS, common_dtype, unwrap
from unigrad.recording import DualNode, Listening, Node, listening
from unigrad.signatures import Signature

#: what a kernel raises for operands that it cannot use
KERNEL_ERRORS = (ArithmeticError, KeyError, IndexError, NotImplementedError, RuntimeError, TypeError, ValueError)

#: NumPy takes a Python number next to it for a float64: the general road sees to that
BFLOAT16 = dtypes.bfloat16

#: every row, by name
TABLE: "dict[str, Primitive]" = {}

Tensor: Any = (
    None  # the concrete class, bound by `unigrad.tensor`: primitives make tensors, and tensors call primitives
)


def bind_tensor(cls: type) -> None:
    """Called once, by `unigrad.tensor`."""
    global Tensor
    Tensor = cls


def wrap(raw: Raw, node: Node | None = None) -> Any:
    """A `Tensor` around a raw array."""
    t = Tensor()
    t._raw = raw
    t._node = node
    return t


class Sample(NamedTuple):
    """One call of a primitive for the conformance suite: shapes of the array arguments, and parameters."""

    shapes: tuple[tuple[int, ...], ...]
    params: dict[str, Any]


class Domain(NamedTuple):
    """Where a primitive is smooth: real samples lie in the open interval, complex ones in the square over it."""

    low: float = -2.0
    high: float = 2.0
    complex: bool = True
    #: intervals of the second and third argument, when they differ from the first
    others: tuple[tuple[float, float], ...] = ()
    samples: tuple[Sample, ...] = ()


class Entry:
    """One op that has just run, as a recorder is told of it."""

    __slots__ = ("node", "nodes", "out", "params", "primitive", "raws", "spec")

    def __init__(
        self, primitive: "Primitive", raws: Any, nodes: Any, params: Any, out: Raw, node: Node, spec: Any
    ) -> None:
        self.primitive = primitive
        self.raws = raws  # the inputs' values, aligned with nodes
        self.nodes = nodes  # None for a constant
        self.params = params
        self.out = out
        self.node = node  # of the output
        self.spec = spec  # for each input the shape that its cotangent is summed to, or None; or None for all


class Primitive:
    """A row of the table. Subclasses are the kinds of derivative rule."""

    __signature__ = Signature()

    #: how the inputs' dtypes meet: "same" (one common dtype), "float" (a common floating dtype), "as is"
    def __init__(
        self,
        name: str,
        args: tuple[str, ...],
        *,
        domain: Domain,
        doc: str,
        promotes: str = "same",
        variadic: bool = False,
    ) -> None:
        if name in TABLE:
            raise ValueError(f"a primitive named {name!r} is in the table already")
        TABLE[name] = self
        self.name = name
        self.args = args
        self.domain = domain
        self.promotes = promotes
        self.variadic = variadic
        self.kernels: dict[type, Callable[..., Raw]] = {}
        self.rules: dict[Any, Any] = {}
        self.__doc__ = doc
        self.__name__ = self.__qualname__ = name

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __call__(self, *arrays: Any, **params: Any) -> Any:
        """Run on any mixture of tensors, variables, raw arrays and Python scalars.

        Here the plain cases, raw arrays alone and tensors of one kind and dtype; `run` takes the others.
        """
        first = arrays[0]
        cls = type(first)
        if cls is not Tensor:
            kernel = self.kernels.get(cls)
            if kernel is not None and (len(arrays) == 1 or self.alike(arrays)):
                try:
                    return kernel(*arrays, **params)
                except KERNEL_ERRORS:
                    pass  # said better below
            return self.run(arrays, params)
        raw = first._raw
        kind = type(raw)
        raws, nodes = [raw], [first._node]
        for a in arrays[1:]:
            if type(a) is not Tensor:
                if (type(a) is float or type(a) is int) and kind_of(raw) == "f" and raw.dtype is not BFLOAT16:
                    raws.append(a)
                    nodes.append(None)
                    continue
                if not hasattr(a, "__unigrad_tensor__"):
                    return self.run(arrays, params)
                a = a.__unigrad_tensor__()
            r = a._raw
            if type(r) is not kind or r.dtype is not raw.dtype:
                return self.run(arrays, params)
            raws.append(r)
            nodes.append(a._node)
        try:
            result = wrap(self.kernels[kind](*raws, **params))
        except KERNEL_ERRORS:
            return self.run(arrays, params)  # finds the kernel, or says what is wrong
        state = listening()
        if state.recorders:
            self.note(state, arrays, raws, nodes, params, result, ())
        return result

    def alike(self, arrays: Sequence[Any]) -> bool:
        """Whether raw arrays and real scalars can go into a kernel as they are."""
        if self.promotes == "float":
            return False
        fixed = len(self.fixed)
        first = arrays[fixed]
        cls = type(first)
        if cls in SCALARS:
            return False
        dtype = first.dtype
        for a in arrays[fixed + 1 :]:
            if type(a) is cls:
                if a.dtype is not dtype and self.promotes != "as is":
                    return False
            elif type(a) is not int and type(a) is not float:
                return False
        return True

    # -- what the kinds fill in ------------------------------------------------------------------------------------
    @abstractmethod
    def make_rule(self, wanted: tuple[int, ...]) -> Any:
        """How the cotangents of the inputs `wanted` (positions) are found: a `unigrad.kinds.Rule`."""

    @abstractmethod
    def jvp(self, entry: Entry, tangents: Sequence[Any]) -> Any:
        """The output's tangent, from one tangent (or None) for each input."""

    def rule(self, wanted: tuple[int, ...]) -> Any:
        """The rule for these inputs, made once."""
        try:
            return self.rules[wanted]
        except KeyError:
            self.rules[wanted] = made = self.make_rule(wanted)
            return made

    # -- the general road: any operands ------------------------------------------------------------------------------
    def kernel_for(self, cls: type, raw: Raw) -> Callable[..., Raw]:
        """The kernel for raw arrays of this type, remembered."""
        found = self.kernels.get(cls)
        if found is None:
            backend = backend_of(raw)
            found = backend.kernel(self.name)
            if self.elementwise and not self.domain.complex:
                found = real_only(found, backend)
            self.kernels[cls] = found
        return found

    def run(self, arrays: Sequence[Any], params: dict[str, Any]) -> Any:
        """Unwrap, bring together, compute, wrap, record."""
        raws, nodes, backend, wrapped, foreign = unwrap(self.name, arrays)
        if self.promotes != "as is":
            arrays, raws, nodes = self.promote(arrays, raws, nodes, backend)
        out = self.compute(raws, params, backend)
        if not wrapped:
            return out
        result = wrap(out)
        state = listening()
        if state.recorders:
            self.note(state, arrays, raws, nodes, params, result, foreign)
        return result

    def compute(self, raws: Sequence[Raw], params: dict[str, Any], backend: Backend) -> Raw:
        """The kernel's result; what the library says of bad operands is told as our own error."""
        first = next((r for r in raws if type(r) not in SCALARS), None)
        if first is None:  # scalars only: they become arrays
            raws = [backend.asarray(r, None, backend.device, False) for r in raws]
            first = raws[0]
        try:
            return self.kernel_for(type(first), first)(*raws, **params)
        except UnigradError:
            raise
        except KERNEL_ERRORS as e:
            raise self.explain(e, raws, params) from e

    def explain(self, error: Exception, raws: Sequence[Raw], params: dict[str, Any]) -> Exception:
        """The error of a kernel, said in our terms: the op, the shapes and dtypes, the parameters."""
        told = ", ".join(repr(r) if type(r) in SCALARS else f"{dtype_name(r)}{list(r.shape)}" for r in raws)
        options = "".join(f", {k}={v!r}" for k, v in params.items())
        message = (
            f"{self.name}({told}{options[:200]}): {str(error).splitlines()[0] if str(error) else type(error).__name__}"
        )
        if "not implemented for" in message:  # torch, of a dtype
            return DTypeError(message)
        if isinstance(error, TypeError) and ("shape" in message or "dimension" in message):  # JAX
            return ShapeError(message)
        if isinstance(error, IndexError):
            return OutOfBoundsError(message)
        if isinstance(error, TypeError):
            return DTypeError(message)
        if isinstance(error, ValueError | RuntimeError):
            return ShapeError(message)
        return type(error)(message) if isinstance(error, ArithmeticError) else error

    def promote(
        self, arrays: Any, raws: list[Raw], nodes: list[Any], backend: Backend
    ) -> tuple[Any, list[Raw], list[Any]]:
        """Bring the operands to their common dtype; a tracked one by a recorded `astype`."""
        fixed = self.fixed
        have = [
            None if type(r) in SCALARS or (fixed and self.args[i] in fixed) else backend.dtype_of(r)
            for i, r in enumerate(raws)
        ]
        common = common_dtype([d for d in have if d is not None], [r for r in raws if type(r) in SCALARS], backend)
        if self.promotes == "float" and not dtypes.is_float(common):
            common = backend.default_float
        if any(d is not None and d != common for d in have):
            arrays = list(arrays)
            cast = TABLE["astype"]
            for i, d in enumerate(have):
                if d is not None and d != common:
                    t = cast(wrap(raws[i], nodes[i]), dtype=common)
                    arrays[i], raws[i], nodes[i] = t, t._raw, t._node
        if common != dtypes.bool_:
            raws = [int(r) if type(r) is bool else r for r in raws]
        if common == dtypes.bfloat16:  # NumPy takes a Python number next to it for a float64
            raws = [backend.asarray(r, common, None, True) if type(r) in SCALARS else r for r in raws]
        return arrays, raws, nodes

    def note(
        self, state: Listening, arrays: Any, raws: Any, nodes: Any, params: Any, result: Any, foreign: Sequence[int]
    ) -> None:
        """Tell every recorder that tracks an input; give the result its node."""
        tape = state.solo
        wanted = None
        if tape is not None:
            tracked = tape.tracked
            wanted = tuple([i for i, n in enumerate(nodes) if n in tracked])
            if not wanted:
                return
            telling = state.recorders
        else:
            telling = tuple(r for r in state.recorders if any(n is not None and r.tracks(n) for n in nodes))
            if not telling:
                return
        for i, a in enumerate(arrays):
            if nodes[i] is None and type(a) is Tensor:  # an outer tape may watch it later
                if a._node is None:
                    a._node = Node()
                nodes[i] = a._node
        if foreign:
            self.keep_safe(telling, raws, nodes, foreign)
        spec = self.spread(raws, result._raw.shape) if self.broadcasts and len(raws) > 1 else None
        if tape is not None:
            result._node = node = Node()
            tape.record(Entry(self, raws, nodes, params, result._raw, node, spec), wanted)
            return
        dual = any(not r.is_tape for r in telling)
        result._node = node = DualNode() if dual else Node()
        entry = Entry(self, raws, nodes, params, result._raw, node, spec)
        for r in telling:  # every tape knows the node before an accumulator computes with it
            if r.is_tape:
                r.record(entry)
        if dual:
            for r in telling:
                if not r.is_tape:
                    r.record(entry)

    @staticmethod
    def spread(raws: Any, shape: Any) -> Any:
        """For each input that was broadcast to `shape` its own shape; None for the others, or for all."""
        spec = tuple([None if type(r) in SCALARS or r.shape == shape else tuple(r.shape) for r in raws])
        return spec if any(s is not None for s in spec) else None

    broadcasts = False
    elementwise = False
    fixed: tuple[str, ...] = ()  # arguments that are never differentiated, nor promoted

    def keep_safe(self, telling: Any, raws: Any, nodes: Any, foreign: Sequence[int]) -> None:
        """Copy constants of the user's that a rule keeps, so that a later write to them changes no gradient."""
        for tape in telling:
            if tape.is_tape:
                wanted = tuple(i for i, n in enumerate(nodes) if n is not None and tape.tracks(n))
                kept = self.rule(wanted).kept_inputs
                for i in foreign:
                    if i in kept:
                        raws[i] = tape.snapshot(raws[i])
                return


def real_only(kernel: Callable[..., Raw], backend: Backend) -> Callable[..., Raw]:
    """A kernel of an op that has no meaning for complex numbers, where the library would give it one (NumPy orders them)."""

    def call(*raws: Raw, **params: Any) -> Raw:
        for r in raws:
            if type(r) is complex or (type(r) not in SCALARS and backend.dtype_of(r).kind == "c"):
                raise TypeError(
                    "complex numbers have no order, so this is for real numbers: take real, imag or abs first"
                )
        return kernel(*raws, **params)

    return call


def dtype_name(raw: Raw) -> str:
    """The name of a raw array's dtype, for messages."""
    return str(raw.dtype).rsplit(".", 1)[-1]
