"""Functions as one op: a call with any number of outputs, which tapes and accumulators see as a single step.

A row of the table has one output; what a user writes has several, and inputs that nobody named. `Inside` finds out what the
outputs of a call are computed from; `join` tells the recorders in force of the call. On a tape it is one record; with several
outputs one more for each of them, whose cotangents meet in a hub, as a `Bundle`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from unigrad.backend import Backend, Raw, backend_of, kind_of
from unigrad.batched import BATCHED, across
from unigrad.cotangents import ZERO
from unigrad.kinds import Rule
from unigrad.leaving import Where
from unigrad.lending import settle
from unigrad.primitive import Entry, places, wrap
from unigrad.recording import DualNode, Node, listening
from unigrad.running import note_call
from unigrad.tensor import Tensor

#: a cotangent for each output, and the tape's level of batching -> a cotangent, or None, for each input
Pull = Callable[[list[Any], int], Sequence[Any]]
Push = Callable[[Sequence[Any]], Sequence[Any]]  # a tangent, or None, for each input -> one, or None, for each output


class Form(NamedTuple):
    """What an array looks like: enough to make zeros, and no array kept."""

    backend: Backend
    shape: tuple[int, ...]
    dtype: Any
    device: Any

    @classmethod
    def of(cls, raw: Raw) -> "Form":
        """The form of a raw array."""
        backend = backend_of(raw)
        device = None if backend.is_traced(raw) else backend.device_of(raw)
        return cls(backend, tuple(raw.shape), backend.dtype_of(raw), device)

    def zeros(self) -> Any:
        """A tensor of zeros."""
        place = self.backend.parse_device(self.device)
        return wrap(self.backend.create("zeros", (self.shape,), self.dtype, place))


class Bundle:
    """Cotangents of some of a call's outputs, by position, on their way to the one record that needs them all."""

    __slots__ = ("parts",)

    def __init__(self, parts: dict[int, Any]) -> None:
        self.parts = parts

    def __add__(self, other: "Bundle") -> "Bundle":
        return Bundle(self.parts | other.parts)


class Call:
    """One call: how cotangents come back through it, and tangents forward."""

    __slots__ = ("forms", "pull", "push")

    def __init__(self, forms: list[Form], pull: Pull, push: Push | None) -> None:
        self.forms = forms
        self.pull = pull
        self.push = push

    def cotangents(self, ct: Any, wanted: Sequence[int], level: int) -> list[Any]:
        """What the sweep of a tape asks for: the cotangents of the inputs `wanted`, from that of the outputs."""
        parts = ct.parts if type(ct) is Bundle else {0: ct}
        cts = [tensor(parts[j]) if j in parts else form.zeros() for j, form in enumerate(self.forms)]
        found = self.pull(cts, level)
        # tensors in, tensors out; with recorders in force all are
        recorded = bool(listening().recorders) or any(hasattr(p, "__unigrad_tensor__") for p in parts.values())
        return [g if g is None or g is ZERO or recorded else g._raw for g in (found[i] for i in wanted)]


class JoinRule(Rule):
    """A rule that keeps a `Call`; what its pullback computes with has its nodes already."""

    __slots__ = ("form", "none")

    def __init__(self, *args: Any, form: Form | None) -> None:
        super().__init__(*args)
        self.form = form  # of the output, for who looks at the tape; None: of all outputs together
        self.none: tuple[int, ...] = ()  # the inputs for which the pullback said last that nothing connects them

    def as_tensors(self, saved: Any, nodes: Any, node: Node) -> Any:
        return saved


class Operation:
    """What stands in a record in the place of a row: a name, and the rules."""

    args: tuple[str, ...] = ("arguments",)
    variadic = True
    broadcasts = False

    def __init__(self, name: str, where: Where | None, part: int | None = None) -> None:
        self.name = name
        self.where = where  # its pullback stands
        self.part = part  # the result that a record is of, which is no op of its own

    def __repr__(self) -> str:
        return f"<function {self.name} with a pullback of its own>"

    def rule(self, wanted: tuple[int, ...], level: int, form: Form | None) -> Rule:
        """The rule of the record that has all cotangents, on a tape of this level of batching."""
        rule = JoinRule(self, wanted, [() for _ in wanted], form=form)
        rule.save = lambda raws, out, params: params["call"]

        def pull(ct: Any, saved: Any) -> list[Any]:
            found: list[Any] = saved.cotangents(ct, wanted, level)
            rule.none = tuple([i for i, g in zip(wanted, found, strict=True) if g is None])
            return found

        rule.pull = pull
        return rule

    def branch(self, j: int, form: Form) -> Rule:
        """The rule of output `j`: its cotangent goes to the hub."""
        rule = JoinRule(Operation(f"{self.name}[{j}]", self.where, j), (0,), [()], form=form)
        rule.save = lambda raws, out, params: None
        rule.pull = lambda ct, saved: [Bundle({j: ct})]
        return rule


class Pushed:
    """Output `j` of a call as an accumulator is told of it; the tangents of all outputs are computed once."""

    def __init__(self, call: Call, memo: list[Any], j: int) -> None:
        self.call, self.memo, self.j = call, memo, j

    def jvp(self, entry: Entry, tangents: Sequence[Any]) -> Any:
        """The tangent of this output, or None."""
        if not self.memo:
            assert self.call.push is not None
            self.memo.extend(self.call.push(tangents))
        return self.memo[self.j]


def tensor(value: Any) -> Any:
    """A tensor of a raw array or a tensor."""
    return value if type(value) is Tensor else wrap(value)


def held(x: Tensor) -> Tensor:
    """A handle of its own on the value of `x`, with its node: the one that it has, or will have when an outer tape watches it."""
    if x._node is None:
        x._node = Node()
    return wrap(settle(x), x._node)  # type: ignore[no-any-return]


def join(
    name: str,
    raws: Sequence[Raw],
    nodes: Sequence[Node | None],
    outputs: Sequence[Raw],
    pull: Pull,
    push: Push | None,
    out_nodes: Sequence[Node] | None = None,
    where: Where | None = None,
) -> list[Any] | None:
    """Tell the recorders in force of one call; its outputs as tensors, or None where nobody tracks an input.

    Args:
        name: of the function, for who looks at the tape.
        raws, nodes: the inputs' values and nodes.
        outputs: the results' raw arrays.
        pull: the pullback, which gets and gives tensors.
        push: the pushforward; None where accumulators know the outputs' tangents already.
        out_nodes: the outputs' nodes, where they have some that nobody in force tracks.
        where: the pullback stands in the user's program, for `explain`.
    """
    telling = [r for r in listening().recorders if any(n is not None and r.tracks(n) for n in nodes)]
    if not telling or not outputs:
        return None
    dual = any(not r.is_tape for r in telling)
    made: Sequence[Any] = out_nodes or [DualNode() if dual else Node() for _ in outputs]
    call = Call([Form.of(raw) for raw in outputs], pull, push)
    if BATCHED:
        note_call(call)
    operation, params, inputs = Operation(name, where), {"call": call}, tuple(nodes)
    for tape in telling:
        if tape.is_tape:
            form = call.forms[0] if len(outputs) == 1 else None
            rule = operation.rule(places(tuple(map(tape.tracked.__contains__, inputs))), tape.level, form)
            hub = made[0] if len(outputs) == 1 else Node()
            spec = across(tape, raws, outputs, None) if BATCHED else None
            tape.record(rule, raws, inputs, params, outputs[0], hub, spec)
            if len(outputs) > 1:
                for j, (raw, node) in enumerate(zip(outputs, made, strict=True)):
                    tape.record(operation.branch(j, call.forms[j]), outputs[:1], (hub,), {}, raw, node, None)
    for accumulator in telling if push else ():
        if not accumulator.is_tape:
            memo: list[Any] = []
            for j, (raw, node) in enumerate(zip(outputs, made, strict=True)):
                if kind_of(raw) in "fc":
                    entry = Entry(Pushed(call, memo, j), raws, inputs, {}, raw, node)  # type: ignore[arg-type]
                    accumulator.push_forward(entry)
    return [wrap(raw, node) for raw, node in zip(outputs, made, strict=True)]


class Inside:
    """A recorder that keeps no values: which tracked values are read in a block, and what is computed from which."""

    is_tape = True
    watches_variables = True
    level = 0  # of batching: it asks for no cotangents
    _recording = True  # for as long as it listens
    _left: dict[Any, Node] | None = (
        None  # the tapes outside are told what left (`unigrad.leaving`), and need not know of this
    )

    def __init__(self, outer: Sequence[Any]) -> None:
        self.outer = outer
        self.made: dict[Node, Any] = {}
        self.variables: dict[Node, Any] = {}  # those that are read
        self.values: dict[Node, tuple[Any, Raw]] = {}  # with what they held at first
        self.tracked: Any = Reach(outer)
        self._complex = False
        self._met: Any = None

    def tracks(self, node: Node) -> bool:
        """Whether a recorder outside tracks the value, or it is computed in the block from what one does."""
        return node in self.tracked

    def record(self, rule: Any, raws: Any, nodes: Any, params: Any, out: Raw, node: Node, spec: Any) -> None:
        """Note what `node` is computed from."""
        self.tracked[node] = None
        self.made[node] = nodes

    def log(self, record: Any) -> None:
        """Likewise, as common ops tell it."""
        self.made[record[2]] = record[1]

    @property
    def complex(self) -> bool:
        """Whether a tape outside has met complex numbers, or one was computed here."""
        return self._complex or any(r.complex if type(r) is Inside else r.is_tape and r._complex for r in self.outer)

    def meet(self, raw: Raw) -> None:
        """Note a complex number."""
        self._complex = self._complex or kind_of(raw) == "c"

    def snapshot(self, raw: Raw) -> Raw:
        """A tape copies here what it keeps."""
        return raw

    def watch_variable(self, variable: Any) -> None:
        """Note a trainable variable that is read; the tapes outside watch it, where they do not listen themselves."""
        if variable.node not in self.variables:
            self.variables[variable.node] = variable
            self.values[variable.node] = variable, variable._value._raw
        for r in self.outer:
            if r.is_tape and r.watches_variables:
                r.watch_variable(variable)

    def sources(self, nodes: Iterable[Node | None]) -> list[Node]:
        """The values from outside that those of `nodes` are computed from, and some recorder tracks, each once."""
        found: dict[Node, None] = {}
        for node in reached(self.made, nodes):
            if node not in self.made and any(r.tracks(node) for r in self.outer):
                found[node] = None
        return list(found)


def reached(made: dict[Node, Any], nodes: Iterable[Node | None]) -> Iterable[Node]:
    """Every value that those of `nodes` are computed from, and they themselves, each once."""
    seen: set[Node] = set()
    stack = [n for n in nodes if n is not None]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            inputs = made.get(node, ())
            stack.extend([n for n in inputs if n is not None] if type(inputs) is tuple else [inputs])
            yield node


def origins(recorder: Any, nodes: Iterable[Node | None]) -> set[Node]:
    """The values that those of `nodes` go back to, as far as a recorder knows: what is watched, read, or seeded.

    An accumulator knows no history, so of what was computed it says nothing.
    """
    if not recorder.is_tape:
        return {n for n in nodes if n is not None and n in recorder._seeds}
    if isinstance(recorder, Inside):
        made = recorder.made
    else:
        records = recorder._records
        made = dict(zip(records[2::5], records[1::5], strict=True))
    return {node for node in reached(made, nodes) if node not in made and recorder.tracks(node)}


class Reach(dict[Node, None]):
    """The nodes that an `Inside` tracks, as ops ask for it: what the recorders outside do, and what was made of it."""

    def __init__(self, outer: Sequence[Any]) -> None:
        super().__init__()
        self.outer = outer

    def __contains__(self, node: object) -> bool:
        return super().__contains__(node) or (node is not None and any(r.tracks(node) for r in self.outer))
