"""Primitives: the rows of the table, and how one runs.

A primitive is a name, a kernel on each backend, and a derivative rule; `unigrad.kinds` has the kinds of rule. Calling one
unwraps the tensors, runs the backend's kernel, wraps the result, and tells the recorders in force. Raw arrays in, raw array
out; a `Tensor` anywhere in, a `Tensor` out. That is why a rule written over primitives runs at full speed on raw arrays, is
itself recorded when an outer recorder listens, and can be traced by a compiler.
"""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from unigrad import dtypes
from unigrad.backend import Backend, Raw, backend_of, kind_of
from unigrad.batched import BATCHED, across, leading
from unigrad.direct import Road, offer_road
from unigrad.errors import KERNEL_ERRORS, UnigradError
from unigrad.lending import Lent
from unigrad.operands import COMPARISONS, LOGICAL, SCALARS, beyond, common_dtype, explained, in_range, real_only, unwrap
from unigrad.recording import DualNode, Listening, Node, listening, node_of
from unigrad.signatures import Signature

#: NumPy takes a Python number next to it for a float64: the general road sees to that
BFLOAT16 = dtypes.bfloat16

#: the rule of an op with one array
FIRST = (0,)

#: every row, by name
TABLE: "dict[str, Primitive]" = {}

#: what `unigrad.debug` makes of a kernel that is looked up while it is in force; None: nothing
checking: "Callable[[Primitive, Callable[..., Raw]], Callable[..., Raw]] | None" = None

Tensor: Any = (
    None  # the concrete class, bound by `unigrad.tensor`: primitives make tensors, and tensors call primitives
)


def bind_tensor(cls: type) -> None:
    """Called once, by `unigrad.tensor`."""
    global Tensor
    Tensor = cls


DTYPE = attrgetter("dtype")


@cache
def places(mask: tuple[bool, ...]) -> tuple[int, ...]:
    """Where a mask is true."""
    return tuple([i for i, m in enumerate(mask) if m])


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
    #: what the arrays hold: "numbers", with a fraction, or "integers" or "bools" alone
    holds: str = "numbers"

    @property
    def draws_complex(self) -> bool:
        """Whether samples are drawn from complex numbers too: bools may be complex numbers that are zero or not."""
        return self.complex and self.holds == "numbers"


class Entry:
    """One op that has just run, as an accumulator is told of it."""

    __slots__ = ("node", "nodes", "out", "params", "primitive", "raws")

    def __init__(self, primitive: "Primitive", raws: Any, nodes: Any, params: Any, out: Raw, node: Node) -> None:
        self.primitive = primitive
        self.raws = raws  # the inputs' values, aligned with nodes
        self.nodes = nodes  # None for a constant
        self.params = params
        self.out = out
        self.node = node  # of the output


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
        batch: Callable[[Any], Raw] | None = None,
    ) -> None:
        if name in TABLE:
            raise ValueError(f"a primitive named {name!r} is in the table already")
        TABLE[name] = self
        self.name = name
        self.args = args
        self.domain = domain
        self.promotes = promotes
        self.variadic = variadic
        self.batch = (
            batch  # how `vmap` computes it for many examples: a rule of `unigrad.batching`; None: see its table
        )
        self.lead = len(self.fixed)  # the first argument that is promoted; those before it are fixed
        self.floats = promotes == "float"  # a result of another dtype is one of integers: `run` chooses the float
        self.plain = not self.fixed  # two arrays of one dtype can go into the kernel as they are
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
        x = arrays[0]
        cls = type(x)
        if cls is not Tensor:
            kernel = self.kernels.get(cls)
            if kernel is not None and (
                len(arrays) == 1
                or (self.plain and len(arrays) == 2 and type(arrays[1]) is cls and arrays[1].dtype is x.dtype)
                or self.alike(arrays)
            ):
                try:
                    out = kernel(*arrays, **params)
                except KERNEL_ERRORS:
                    return self.run(arrays, params)  # says what is wrong
                if not self.floats or out.dtype is x.dtype:
                    return out
            elif kernel is not None and Tensor in map(type, arrays):
                return self.several(arrays, params)
            return self.run(arrays, params)
        if len(arrays) > 1:
            return self.several(arrays, params)
        raw = x._raw
        try:
            out = self.kernels[type(raw)](raw, **params)
        except KERNEL_ERRORS:
            return self.run(arrays, params)  # finds the kernel, or says what is wrong
        if self.floats and out.dtype is not raw.dtype:
            return self.run(arrays, params)
        result = Tensor()
        result._raw = out
        node = x._node
        state = listening()
        tape = state.solo
        if tape is None or node is None:
            result._node = None
            if state.recorders and node is not None:
                self.note(state, arrays, [raw], [node], params, result, ())
        elif node in tape.tracked:
            result._node = new = Node()
            tape.tracked[new] = None
            if out.dtype is not raw.dtype:
                tape.meet(out)
            rule = self.rules.get(FIRST) or self.rule(FIRST)
            tape.log((rule, node, new, rule.save((raw,), out, params), None))
        else:
            result._node = None
        return result

    def several(self, arrays: Sequence[Any], params: dict[str, Any]) -> Any:
        """Run on several arrays, of which one at least is a tensor; the user's own arrays next to it are constants."""
        raws = [a._raw if type(a) is Tensor else a for a in arrays]
        nodes = [a._node if type(a) is Tensor else None for a in arrays]
        numbers = False
        if len(set(map(type, raws))) > 1 or type(raws[0]) not in self.kernels:
            try:
                tensors = [a if type(a) is Tensor else a.__unigrad_tensor__() for a in arrays]
            except AttributeError:
                if not self.with_numbers(arrays):
                    return self.run(arrays, params)
                numbers = True
            else:
                raws, nodes = [t._raw for t in tensors], [t._node for t in tensors]
                if len(set(map(type, raws))) > 1:
                    return self.run(arrays, params)
        if not numbers and len(set(map(DTYPE, raws[self.lead :] if self.lead else raws))) > 1:
            return self.run(arrays, params)
        try:
            out = self.kernels[type(raws[0])](*raws, **params)
        except KERNEL_ERRORS:
            return self.run(arrays, params)  # finds the kernel, or says what is wrong
        if self.floats and out.dtype is not raws[0].dtype:
            return self.run(arrays, params)
        result = Tensor()
        result._raw = out
        result._node = None
        state = listening()
        if state.recorders:
            foreign: list[int] = []
            if None in nodes:
                foreign = [i for i, a in enumerate(arrays) if a is raws[i] and type(a) not in SCALARS]
            if state.solo is not None and not foreign:
                self.tell(state.solo, arrays, raws, nodes, params, result)
            else:
                self.note(state, arrays, raws, nodes, params, result, foreign)
        return result

    def with_numbers(self, arrays: Sequence[Any]) -> bool:
        """Whether real numbers next to tensors of one real dtype can go into a kernel as they are."""
        if not all(type(a) is Tensor or type(a) is float or type(a) is int for a in arrays):
            return False
        lead = arrays[self.lead]
        if type(lead) is not Tensor or kind_of(lead._raw) != "f" or lead._raw.dtype is BFLOAT16:
            return False
        raws = [a._raw for a in arrays[self.lead :] if type(a) is Tensor]
        return len(set(map(type, raws))) == len(set(map(DTYPE, raws))) == 1

    def alike(self, arrays: Sequence[Any]) -> bool:
        """Whether raw arrays and real scalars can go into a kernel as they are."""
        if self.floats:
            return False
        first = arrays[self.lead]
        cls = type(first)
        if cls in SCALARS:
            return False
        dtype = first.dtype
        for a in arrays[self.lead + 1 :]:
            if type(a) is cls:
                if a.dtype is not dtype and self.promotes != "as is":
                    return False
            elif type(a) is not float and not (type(a) is int and (0 <= a < 128 or kind_of(first) not in "iu")):
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
            if cls is Lent:  # a fast road must never find one for it
                return self.kernel_for(np.ndarray, raw.plain)
            backend = backend_of(raw)
            found = backend.kernel(self.name)
            if cls in BATCHED:  # nor for it: examples that are told apart at several levels are of one type
                return found if checking is None else checking(self, found)
            if self.elementwise and not self.domain.complex:
                found = real_only(found, backend)
            if self.direct is not None:
                offer_road(self.name, cls, backend.road(self, found, raw))
            if checking is not None:
                found = checking(self, found)
            self.kernels[cls] = found
        return found

    def run(self, arrays: Sequence[Any], params: dict[str, Any]) -> Any:
        """Unwrap, bring together, compute, wrap, record."""
        raws, nodes, backend, wrapped, foreign = unwrap(self.name, arrays)
        if self.promotes != "as is":
            arrays, raws, nodes = self.promote(arrays, raws, nodes, backend)
        elif self.name in LOGICAL:
            raws = [bool(r) if type(r) is int else r for r in raws]
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
        lead = leading(raws, params) if BATCHED else None
        first = lead if lead is not None else next((r for r in raws if type(r) not in SCALARS), None)
        if first is None:  # scalars only: they become arrays of the dtypes that unigrad gives to numbers
            apart = self.promotes == "as is" or bool(self.fixed)
            kinds = [common_dtype([], [r] if apart else raws, backend) for r in raws]
            if self.floats:
                kinds = [d if dtypes.is_float(d) else backend.default_float for d in kinds]
            raws = [backend.asarray(r, d, backend.device, False) for r, d in zip(raws, kinds, strict=True)]
            first = raws[0]
        try:
            return self.kernel_for(type(first), first)(*raws, **params)
        except UnigradError:
            raise
        except KERNEL_ERRORS as e:
            raise explained(self.name, e, raws, params) from e

    def promote(
        self, arrays: Any, raws: list[Raw], nodes: list[Any], backend: Backend
    ) -> tuple[Any, list[Raw], list[Any]]:
        """Bring the operands to their common dtype; a tracked one by a recorded `astype`."""
        fixed = self.fixed
        have = [
            None if type(r) in SCALARS or (fixed and self.args[i] in fixed) else backend.dtype_of(r)
            for i, r in enumerate(raws)
        ]
        numbers = [r for r in raws if type(r) in SCALARS]
        common = common_dtype([d for d in have if d is not None], numbers, backend)
        far = bool(numbers) and self.name in COMPARISONS and beyond(raws, common)
        if far or (self.promotes == "float" and not dtypes.is_float(common)):
            common = backend.default_float
        if any(d is not None and d != common for d in have):
            arrays = list(arrays)
            cast = TABLE["astype"]
            for i, d in enumerate(have):
                if d is not None and d != common:
                    t = cast(wrap(raws[i], nodes[i]), dtype=common)
                    arrays[i], raws[i], nodes[i] = t, t._raw, t._node
        if numbers and common != dtypes.bool_:
            raws = [in_range(self.name, int(r), common) if type(r) is int or type(r) is bool else r for r in raws]
            if common == dtypes.bfloat16:  # NumPy takes a Python number next to it for a float64
                place = backend.device_of(next(r for r in raws if type(r) not in SCALARS))
                raws = [backend.asarray(r, common, place, True) if type(r) in SCALARS else r for r in raws]
        return arrays, raws, nodes

    def note(
        self, state: Listening, arrays: Any, raws: Any, nodes: Any, params: Any, result: Any, foreign: Sequence[int]
    ) -> None:
        """Tell every recorder that tracks an input; give the result its node."""
        telling = tuple([r for r in state.recorders if any(n is not None and r.tracks(n) for n in nodes)])
        if not telling:
            return
        if foreign:
            self.keep_safe(telling, raws, nodes, foreign)
        if state.solo is not None:
            self.tell(state.solo, arrays, raws, nodes, params, result)
            return
        self.give_nodes(arrays, nodes)
        out = result._raw
        spec = self.spread(raws, out.shape)
        apart = type(out) in BATCHED
        dual = any(not r.is_tape for r in telling)
        result._node = node = DualNode() if dual else Node()
        inputs = tuple(nodes)
        for r in telling:  # every tape knows the node before an accumulator computes with it
            if r.is_tape:
                wanted = places(tuple(map(r.tracked.__contains__, nodes)))
                if apart:
                    spec = self.across(r, raws, out)
                r.record(self.rule(wanted), raws, inputs, params, out, node, spec)
        if dual:
            entry = Entry(self, raws, inputs, params, out, node)
            for r in telling:
                if not r.is_tape:
                    r.push_forward(entry)

    def tell(self, tape: Any, arrays: Any, raws: Any, nodes: Any, params: Any, result: Any) -> None:
        """Tell the one tape that listens, if it tracks an input; give the result its node."""
        wanted = places(tuple(map(tape.tracked.__contains__, nodes)))
        if wanted:
            if None in nodes:
                self.give_nodes(arrays, nodes)
            result._node = node = Node()
            out = result._raw
            rule = self.rules.get(wanted) or self.rule(wanted)
            spec = self.across(tape, raws, out) if type(out) in BATCHED else self.spread(raws, out.shape)
            tape.record(rule, raws, tuple(nodes), params, out, node, spec)

    @staticmethod
    def give_nodes(arrays: Any, nodes: Any) -> None:
        """Nodes for the constant tensors among the inputs: an outer tape may watch them later."""
        for i, a in enumerate(arrays):
            if nodes[i] is None and type(a) is Tensor:
                nodes[i] = node_of(a)

    def spread(self, raws: Any, shape: Any) -> Any:
        """For each input that was broadcast to `shape` its own shape; None for the others, or for all."""
        if not self.broadcasts or len(raws) == 1:
            return None
        spec = tuple([None if type(r) in SCALARS or r.shape == shape else tuple(r.shape) for r in raws])
        return spec if any(s is not None for s in spec) else None

    def across(self, tape: Any, raws: Any, out: Raw) -> Any:
        """`spread`, where the result is batched; with the levels inside `tape` at which an input is not."""
        return across(tape, raws, [out], self.spread(raws, out.shape))

    broadcasts = False
    elementwise = False
    direct: dict[type, Road] | None = (
        None  # of a row that is a public function: its kernels, where there is nothing quicker
    )
    fixed: tuple[str, ...] = ()  # arguments that are never differentiated, nor promoted

    def keep_safe(self, telling: Any, raws: Any, nodes: Any, foreign: Sequence[int]) -> None:
        """Copy constants of the user's that a rule keeps, so that a later write to them changes no gradient."""
        for tape in telling:
            if tape.is_tape:
                wanted = places(tuple(map(tape.tracked.__contains__, nodes)))
                kept = self.rule(wanted).kept_inputs
                for i in foreign:
                    if i in kept:
                        raws[i] = tape.snapshot(raws[i])
                return
