"""The kinds of derivative rule, and the constructors that write a row of the table.

* `elementwise`: one partial derivative per argument; both modes, broadcasting and complex conjugation come from it.
* `linear`: linear in all its arrays together; the jvp is the op itself, the transpose is given.
* `multilinear`: linear in each array with the others held fixed (matmul); a transpose for each.
* `general`: a vjp and a jvp for each array.
* `constant`: connected, with derivative zero (floor, sign, comparisons).

A rule is a function whose parameter names say what is saved: the inputs by their names (``x``, ``y``), ``out``, an input's
``x_shape`` or ``x_dtype``, or any parameter of the op by its own name. Nothing else is kept.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from unigrad import primitive
from unigrad.backend import backend_of
from unigrad.cotangents import ZERO, absorb
from unigrad.primitive import KERNEL_ERRORS, SCALARS, Domain, Entry, Primitive, wrap
from unigrad.recording import Node, listening

Function = Callable[..., Any]  # of an elementwise row; its `primitive` is the row

SCALED, PRODUCT, PASS, PASSES, PRODUCTS, PULL = range(6)  # what the sweep does with a record


def names_of(function: Callable[..., Any], skip: int = 0) -> tuple[str, ...]:
    """The parameter names of a rule, less the first `skip`."""
    code = function.__code__
    return code.co_varnames[skip : code.co_argcount]


class Rule:
    """How one primitive pulls back when a given set of its inputs is tracked: what to keep, and what to do with it."""

    __slots__ = (
        "code",
        "index",
        "keep",
        "keeps",
        "kept_inputs",
        "partial",
        "partials",
        "primitive",
        "pull",
        "slot",
        "wanted",
    )

    def __init__(
        self, primitive: Primitive, wanted: tuple[int, ...], keeps: Sequence[tuple[tuple[str, Any], ...]]
    ) -> None:
        self.primitive = primitive
        self.wanted = wanted
        self.index = wanted[0]  # for a single wanted input
        self.code = PULL
        self.partial: Any = None
        self.partials: tuple[Any, ...] = ()
        self.pull: Any = None
        #: for each wanted input where the values that its rule names are found
        self.keeps = tuple(keeps)
        #: where the only saved value of an elementwise op is found in (*inputs, out); -1: several, by `keep`; None: nothing
        self.slot: int | None = None
        self.keep: Any = None
        values = {k for ks in keeps for what, k in ks if what == "value"}
        everything = any(what == "values" for ks in keeps for what, _ in ks)
        self.kept_inputs: Any = range(1_000_000) if everything else frozenset(values)

    def save(self, entry: Entry) -> Any:
        """What the record of this op keeps."""
        if self.code == PULL:
            return tuple(tuple(find(entry, what, key) for what, key in ks) for ks in self.keeps)
        if self.slot is None:
            return None
        values = (*entry.raws, entry.out)
        return values[self.slot] if self.slot >= 0 else self.keep(values)

    def as_tensors(self, saved: Any, nodes: Any, node: Node) -> Any:
        """The saved values as tensors with their nodes, so that an outer recorder sees what is computed from them."""
        if saved is None:
            return None
        if type(nodes) is not tuple:
            nodes = (nodes, None, None)
        if self.code in (SCALED, PRODUCT):
            return named(self.keeps[0], saved, nodes, node)
        if self.code in (PASSES, PRODUCTS):
            return tuple(named(ks, s, nodes, node) for ks, s in zip(self.keeps, saved, strict=True))
        return tuple(
            tuple(tensor_of(k, v, nodes, node) for k, v in zip(ks, s, strict=True))
            for ks, s in zip(self.keeps, saved, strict=True)
        )


def named(keys: tuple[tuple[str, Any], ...], saved: Any, nodes: Any, node: Node) -> Any:
    """What one partial derivative takes, with tensors in it: a value, a tuple of values, or nothing."""
    if not keys:
        return saved
    if len(keys) == 1:
        return tensor_of(keys[0], saved, nodes, node)
    return tuple(tensor_of(k, v, nodes, node) for k, v in zip(keys, saved, strict=True))


def tensor_of(key: tuple[str, Any], value: Any, nodes: Any, node: Node) -> Any:
    """One saved value as a tensor, if it is an array."""
    what, i = key
    if what == "value":
        return value if type(value) in SCALARS else wrap(value, nodes[i])
    if what == "out":
        return wrap(value, node)
    if what == "values":
        return tuple(v if type(v) in SCALARS else wrap(v, n) for v, n in zip(value, nodes, strict=True))
    return value


def find(entry: Entry, what: str, key: Any) -> Any:
    """One value that a rule named."""
    if what == "value":
        return entry.raws[key]
    if what == "out":
        return entry.out
    if what == "param":
        return entry.params[key]
    if what == "shape":
        raw = entry.raws[key]
        return () if type(raw) in SCALARS else tuple(raw.shape)
    if what == "dtype":
        return backend_of(entry.raws[key]).dtype_of(entry.raws[key])
    if what == "values":
        return tuple(entry.raws)
    return tuple(() if type(r) in SCALARS else tuple(r.shape) for r in entry.raws)  # shapes


def locate(primitive: Primitive, name: str) -> tuple[str, Any]:
    """Where the value that a rule calls `name` comes from."""
    args = primitive.args
    if name == "out":
        return ("out", None)
    if primitive.variadic:
        if name == args[0]:
            return ("values", None)
        if name == "shapes":
            return ("shapes", None)
    elif name in args:
        return ("value", args.index(name))
    for suffix in ("shape", "dtype"):
        if name.endswith("_" + suffix) and name[: -len(suffix) - 1] in args:
            return (suffix, args.index(name[: -len(suffix) - 1]))
    return ("param", name)


# -- elementwise -----------------------------------------------------------------------------------------------------


class Elementwise(Primitive):
    """Each output element depends on the input elements at its place; one partial derivative per argument.

    A partial is a function of what it names; or a name alone, when it is that value itself; or a number; None is 1.
    """

    broadcasts = True

    def __init__(self, name: str, args: tuple[str, ...], partials: Sequence[Any], **options: Any) -> None:
        #: real output whatever the input (abs): the jvp takes the real part
        self.real_valued = options.pop("real_valued", False)
        super().__init__(name, args, **options)
        self.define(partials)

    def define(self, partials: Sequence[Any]) -> None:
        """Set the partial derivatives; rules that exist already follow."""
        self.partials = tuple(partials)
        self.needs = tuple(self.located(p) for p in partials)
        for wanted, rule in self.rules.items():
            fresh = self.make_rule(wanted)
            for slot in Rule.__slots__:
                setattr(rule, slot, getattr(fresh, slot))

    def located(self, partial: Any) -> tuple[tuple[str, Any], ...]:
        """Where the values that a partial names are found."""
        names = (partial,) if isinstance(partial, str) else names_of(partial) if callable(partial) else ()
        return tuple(locate(self, n) for n in names)

    def make_rule(self, wanted: tuple[int, ...]) -> Rule:
        keeps = [self.needs[i] for i in wanted]
        rule = Rule(self, wanted, keeps)
        takers = tuple(taking_one(self.partials[i], len(self.needs[i])) for i in wanted)
        if all(t is ZERO for t in takers):
            rule.pull = lambda ct, saved: takers
        elif len(wanted) == 1:
            partial = takers[0]
            rule.code = PASS if partial is None else SCALED if partial is itself else PRODUCT
            rule.partial = partial
            slots = self.slots(keeps[0])
            if len(slots) == 1:
                rule.slot = slots[0]
            elif slots:
                rule.slot, rule.keep = -1, itemgetter(*slots)
        else:
            rule.code = PASSES if all(t is None for t in takers) else PRODUCTS
            rule.partials = takers
            if any(keeps):
                getters = [itemgetter(*self.slots(ks)) if ks else (lambda values: None) for ks in keeps]
                rule.slot, rule.keep = -1, lambda values: tuple([g(values) for g in getters])
        return rule

    def slots(self, keys: tuple[tuple[str, Any], ...]) -> list[int]:
        """Places of saved values in the tuple (*inputs, out)."""
        return [len(self.args) if what == "out" else key for what, key in keys]

    def jvp(self, entry: Entry, tangents: Sequence[Any]) -> Any:
        total = None
        for i, t in enumerate(tangents):
            partial = self.partials[i]
            if t is None or partial is ZERO:
                continue
            values = [tensor_of(k, find(entry, *k), entry.nodes, entry.node) for k in self.needs[i]]
            p = values[0] if isinstance(partial, str) else partial(*values) if callable(partial) else partial
            term = t if p is None else absorb(t, p)
            total = term if total is None else total + term
        if total is None:
            return primitive.TABLE["zeros_like"](wrap(entry.out))
        if self.real_valued:
            total = primitive.TABLE["real"](total) if total.dtype.kind == "c" else total
        if tuple(total.shape) != tuple(entry.out.shape):
            total = primitive.TABLE["broadcast_to"](total, shape=tuple(entry.out.shape))
        return total


def itself(saved: Any) -> Any:
    """The partial derivative that is the saved value."""
    return saved


def taking_one(partial: Any, count: int) -> Any:
    """A partial derivative as a function of one saved thing (the value, or the tuple of values); None stays None: it is 1."""
    if isinstance(partial, str):
        return itself
    if partial is None or partial is ZERO or (callable(partial) and count == 1):
        return partial
    if not callable(partial):
        return lambda saved: partial
    return lambda saved: partial(*saved)


class Unary(Elementwise):
    """One array argument. `function` is the fast road: plain tensors and at most one tape."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.function = unary(self)


class Binary(Elementwise):
    """Two array arguments. `function` is the fast road: plain tensors and Python scalars, and at most one tape."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.function = binary(self)


def unary(row: Unary) -> Callable[..., Any]:
    """The fast road of a row of one argument, written out: nothing is looked up twice."""
    kernels = row.kernels
    rule = row.rule((0,))

    def function(x: Any, /) -> Any:
        if type(x) is not primitive.Tensor:
            kernel = kernels.get(type(x))
            return kernel(x) if kernel is not None else row.run((x,), {})
        a = x._raw
        try:
            result = kernels[type(a)](a)
        except KERNEL_ERRORS:
            return row.run((x,), {})  # finds the kernel, or says what is wrong
        out = primitive.Tensor()
        out._raw = result
        node = x._node
        if node is None:
            out._node = None
            return out
        state = listening()
        tape = state.solo
        if tape is None:
            out._node = None
            if state.recorders:
                row.note(state, (x,), [a], [node], {}, out, ())
        elif node in tape.tracked:
            out._node = n = Node()
            tape.tracked.add(n)
            slot = rule.slot
            if slot == 0:
                saved = a
            elif slot == 1:
                saved = result
            else:
                saved = None if slot is None else rule.keep((a, result))
            tape.log((rule, node, n, saved, None))
        else:
            out._node = None
        return out

    return documented(function, row)


def binary(row: Binary) -> Callable[..., Any]:
    """The fast road of a row of two arguments, written out: nothing is looked up twice."""
    kernels = row.kernels
    left, right, both = row.rule((0,)), row.rule((1,)), row.rule((0, 1))

    def function(x: Any, y: Any, /) -> Any:
        spec = None
        if type(x) is primitive.Tensor:
            a = x._raw
            cls = type(a)
            na = x._node
            if type(y) is float or type(y) is int:
                b = y
                nb = None
                try:
                    result = kernels[cls](a, y)
                except KERNEL_ERRORS:
                    return row.run((x, y), {})
                if result.dtype is not a.dtype:
                    return row.run((x, y), {})
            elif type(y) is primitive.Tensor:
                b = y._raw
                if type(b) is not cls or a.dtype is not b.dtype:
                    return row.run((x, y), {})
                nb = y._node
                try:
                    result = kernels[cls](a, b)
                except KERNEL_ERRORS:
                    return row.run((x, y), {})
                sa, sb = a.shape, b.shape
                if sa != sb:
                    so = result.shape
                    spec = (None if sa == so else sa, None if sb == so else sb)
            elif type(y) is cls and a.dtype is y.dtype:  # an array of the user's own
                b = y
                nb = None
                try:
                    result = kernels[cls](a, b)
                except KERNEL_ERRORS:
                    return row.run((x, y), {})
                if a.shape != result.shape:
                    spec = (a.shape, None)
            else:
                return row.run((x, y), {})
        elif type(y) is primitive.Tensor and (type(x) is float or type(x) is int):
            a = x
            na = None
            b = y._raw
            nb = y._node
            try:
                result = kernels[type(b)](x, b)
            except KERNEL_ERRORS:
                return row.run((x, y), {})
            if result.dtype is not b.dtype:
                return row.run((x, y), {})
        else:
            return row.run((x, y), {})
        out = primitive.Tensor()
        out._raw = result
        if na is None and nb is None:
            out._node = None
            return out
        state = listening()
        tape = state.solo
        if tape is None:
            out._node = None
            if state.recorders:
                row.note(state, (x, y), [a, b], [na, nb], {}, out, ())
            return out
        tracked = tape.tracked
        if na in tracked:
            if nb is None:
                rule = left
                if type(y) is primitive.Tensor:
                    y._node = nb = Node()  # an outer tape may watch it later
                elif type(y) is type(a) and 1 in rule.kept_inputs:
                    b = tape.snapshot(b)
            else:
                rule = both if nb in tracked else left
        elif nb in tracked:
            rule = right
            if na is None and type(x) is primitive.Tensor:
                x._node = na = Node()
        else:
            out._node = None
            return out
        out._node = n = Node()
        tracked.add(n)
        slot = rule.slot
        if slot is None:
            saved = None
        elif slot == 1:
            saved = b
        elif slot == 0:
            saved = a
        else:
            saved = result if slot == 2 else rule.keep((a, b, result))
        tape.log((rule, (na, nb) if nb is not None else na, n, saved, spec))
        return out

    return documented(function, row)


def documented(function: Callable[..., Any], row: Primitive) -> Callable[..., Any]:
    """The function with the row's name and docstring, and the row itself."""
    function.__name__ = function.__qualname__ = row.name
    function.__doc__ = row.__doc__
    function.primitive = row  # type: ignore[attr-defined]
    return function


# -- the others ------------------------------------------------------------------------------------------------------


class Linear(Primitive):
    """Linear in all its arrays together. The transpose gives one cotangent for each array."""

    def __init__(self, name: str, args: tuple[str, ...], transpose: Any, **options: Any) -> None:
        self.fixed = options.pop("fixed", ())
        self.broadcasts = options.pop("broadcasts", False)
        super().__init__(name, args, **options)
        self.transpose = transpose

    def make_rule(self, wanted: tuple[int, ...]) -> Rule:
        if not self.variadic:
            return pull_each(self, wanted, self.transpose)
        rule = Rule(self, wanted, [tuple(locate(self, n) for n in names_of(self.transpose, 1))])

        def pull(ct: Any, saved: Any) -> list[Any]:
            cts = self.transpose(ct, *saved[0])
            return [cts[i] for i in wanted]

        rule.pull = pull
        return rule

    def jvp(self, entry: Entry, tangents: Sequence[Any]) -> Any:
        zeros_like = primitive.TABLE["zeros_like"]
        full = [
            wrap(r) if self.args[i if not self.variadic else 0] in self.fixed and type(r) not in SCALARS
            else t if t is not None
            else zeros_like(r) if type(r) not in SCALARS else 0.0
            for i, (t, r) in enumerate(zip(tangents, entry.raws, strict=True))
        ]  # fmt: skip
        return self(*full, **entry.params)


class Multilinear(Primitive):
    """Linear in each array with the others held fixed; one transpose for each."""

    def __init__(self, name: str, args: tuple[str, ...], transposes: Sequence[Any], **options: Any) -> None:
        super().__init__(name, args, **options)
        self.transposes = transposes

    def make_rule(self, wanted: tuple[int, ...]) -> Rule:
        return pull_each(self, wanted, self.transposes)

    def jvp(self, entry: Entry, tangents: Sequence[Any]) -> Any:
        arrays = [wrap(r, n) for r, n in zip(entry.raws, entry.nodes, strict=True)]
        total = None
        for i, t in enumerate(tangents):
            if t is not None:
                term = self(*arrays[:i], t, *arrays[i + 1 :], **entry.params)
                total = term if total is None else total + term
        return total


class General(Primitive):
    """A vjp and a jvp for each array."""

    def __init__(
        self, name: str, args: tuple[str, ...], vjps: Sequence[Any], jvps: Sequence[Any], **options: Any
    ) -> None:
        self.broadcasts = options.pop("broadcasts", False)
        super().__init__(name, args, **options)
        self.vjps = vjps
        self.jvps = jvps

    def make_rule(self, wanted: tuple[int, ...]) -> Rule:
        return pull_each(self, wanted, self.vjps)

    def jvp(self, entry: Entry, tangents: Sequence[Any]) -> Any:
        total = None
        for i, t in enumerate(tangents):
            if t is None or self.jvps[i] is None:
                continue
            keys = [locate(self, n) for n in names_of(self.jvps[i], 1)]
            term = self.jvps[i](t, *(tensor_of(k, find(entry, *k), entry.nodes, entry.node) for k in keys))
            total = term if total is None else total + term
        return total


def pull_each(row: Primitive, wanted: tuple[int, ...], functions: Sequence[Any]) -> Rule:
    """A rule that applies one function of the cotangent for each wanted input; None stands for a zero derivative."""
    chosen = [functions[i] for i in wanted]
    rule = Rule(row, wanted, [tuple(locate(row, n) for n in names_of(f, 1)) if f is not None else () for f in chosen])
    rule.pull = lambda ct, saved: [ZERO if f is None else f(ct, *s) for f, s in zip(chosen, saved, strict=True)]
    return rule


class Constant(Primitive):
    """Connected to its inputs, with derivative zero."""

    broadcasts = False

    def make_rule(self, wanted: tuple[int, ...]) -> Rule:
        rule = Rule(self, wanted, [() for _ in wanted])
        rule.pull = lambda ct, saved: [ZERO for _ in wanted]
        return rule

    def jvp(self, entry: Entry, tangents: Sequence[Any]) -> Any:
        return primitive.TABLE["zeros_like"](wrap(entry.out))


# -- the constructors ------------------------------------------------------------------------------------------------


def elementwise(name: str, *partials: Any, doc: str, domain: Domain | None = None, **options: Any) -> Function:
    """A row whose derivative is one partial per argument; returns its function, with the row as `primitive`.

    A partial is a function of ``x``, ``y``, ``out`` (what it names is saved), one of these names, a number, None for 1, or ZERO.
    """
    args = ("x", "y", "z")[: len(partials)]
    cls = (Unary, Binary)[len(partials) - 1]
    return cls(name, args, partials, doc=doc, domain=domain or Domain(), **options).function


def linear(
    name: str, *transposes: Any, args: tuple[str, ...] = ("x",), doc: str, domain: Domain | None = None, **options: Any
) -> Linear:
    """A row that is linear in its arrays together; one transpose per array, or one for all of a variadic op."""
    transpose = transposes[0] if options.get("variadic") else transposes
    return Linear(name, args, transpose, doc=doc, domain=domain or Domain(), **options)


def multilinear(
    name: str,
    *transposes: Any,
    args: tuple[str, ...] = ("x", "y"),
    doc: str,
    domain: Domain | None = None,
    **options: Any,
) -> Multilinear:
    """A row that is linear in each array alone; one transpose per array."""
    return Multilinear(name, args, transposes, doc=doc, domain=domain or Domain(), **options)


def general(
    name: str,
    *,
    vjp: Any,
    jvp: Any,
    args: tuple[str, ...] = ("x",),
    doc: str,
    domain: Domain | None = None,
    **options: Any,
) -> General:
    """A row with a vjp and a jvp, each a function or one function per array."""
    vjps = vjp if isinstance(vjp, tuple) else (vjp,)
    jvps = jvp if isinstance(jvp, tuple) else (jvp,)
    return General(name, args, vjps, jvps, doc=doc, domain=domain or Domain(), **options)


def constant(
    name: str, *, args: tuple[str, ...] = ("x",), doc: str, domain: Domain | None = None, **options: Any
) -> Constant:
    """A row that is connected to its arrays and has derivative zero."""
    return Constant(name, args, doc=doc, domain=domain or Domain(), **options)
