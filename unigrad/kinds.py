"""The kinds of derivative rule, and the constructors that write a row of the table.

* `elementwise`: one partial derivative per argument; both modes, broadcasting and complex conjugation come from it.
* `linear`: linear in all its arrays together; the jvp is the op itself, the transpose is given.
* `multilinear`: linear in each array with the others held fixed (matmul); a transpose for each.
* `general`: a vjp and a jvp for each array.
* `constant`: connected, with derivative zero (floor, sign, comparisons).

A rule is a function whose parameter names say what is saved: the inputs by their names (``x``, ``y``), ``out``, an input's
``x_shape`` or ``x_dtype``, or any parameter of the op by its own name. Nothing else is kept.
"""

import inspect
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from unigrad import primitive
from unigrad.backend import backend_of
from unigrad.cotangents import ZERO, absorb
from unigrad.primitive import SCALARS, Domain, Entry, Primitive, wrap
from unigrad.recording import Node, listening

new = object.__new__

PRODUCT, PASS, PRODUCTS, PULL = range(4)  # what the sweep does with a record


def names_of(function: Callable[..., Any], skip: int = 0) -> tuple[str, ...]:
    """The parameter names of a rule, less the first `skip`."""
    return tuple(inspect.signature(function).parameters)[skip:]


class Rule:
    """How one primitive pulls back when a given set of its inputs is tracked: what to keep, and what to do with it."""

    __slots__ = ("code", "keep", "kept_inputs", "keeps", "partial", "partials", "primitive", "pull", "takes", "wanted")

    def __init__(self, primitive: Primitive, wanted: tuple[int, ...]) -> None:
        self.primitive = primitive
        self.wanted = wanted
        self.code = PULL
        self.partial: Any = None
        self.partials: tuple[Any, ...] = ()
        self.pull: Any = None
        self.keep: Any = None  # fast road: saved values from the tuple (*inputs, out)
        self.keeps: tuple[tuple[tuple[str, Any], ...], ...] = ()  # for each wanted input, where its rule's values are found
        self.takes: tuple[bool, ...] = ()
        self.kept_inputs: frozenset[int] = frozenset()

    def needs(self, keeps: Sequence[tuple[tuple[str, Any], ...]]) -> None:
        self.keeps = tuple(keeps)
        values = {k for ks in keeps for what, k in ks if what == "value"}
        if any(what == "values" for ks in keeps for what, _ in ks):
            values |= set(range(1000))
        self.kept_inputs = frozenset(values)

    def save(self, entry: Entry) -> Any:
        """What the record of this op keeps."""
        if self.keep is not None:
            return self.keep((*entry.raws, entry.out))
        if self.code == PASS:
            return None
        saved = tuple(tuple(find(entry, what, key) for what, key in ks) for ks in self.keeps)
        if self.code == PRODUCT:
            return saved[0] if len(saved[0]) != 1 else saved[0][0]
        if self.code == PRODUCTS:
            return tuple(s if len(s) != 1 else s[0] for s in saved)
        return saved

    def as_tensors(self, saved: Any, nodes: Any, node: Node) -> Any:
        """The saved values as tensors with their nodes, so that an outer recorder sees what is computed from them."""
        if type(nodes) is not tuple:
            full = [None] * max(len(self.primitive.args), self.wanted[0] + 1)
            full[self.wanted[0]] = nodes
            nodes = tuple(full)
        if self.code == PASS:
            return saved
        if self.code == PRODUCT:
            (ks,) = self.keeps
            if not ks:
                return saved
            if len(ks) == 1:
                return tensor_of(ks[0], saved, nodes, node)
            return tuple(tensor_of(k, s, nodes, node) for k, s in zip(ks, saved, strict=True))
        if self.code == PRODUCTS:
            return tuple(
                s
                if not ks
                else tensor_of(ks[0], s, nodes, node)
                if len(ks) == 1
                else tuple(tensor_of(k, v, nodes, node) for k, v in zip(ks, s, strict=True))
                for ks, s in zip(self.keeps, saved, strict=True)
            )
        return tuple(
            tuple(tensor_of(k, v, nodes, node) for k, v in zip(ks, s, strict=True))
            for ks, s in zip(self.keeps, saved, strict=True)
        )


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
    """Each output element depends on the input elements at its place; one partial derivative per argument."""

    broadcasts = True
    #: real output whatever the input (abs, real, imag, angle): the jvp takes the real part
    real_valued = False

    def __init__(self, name: str, args: tuple[str, ...], partials: Sequence[Any], **options: Any) -> None:
        self.real_valued = options.pop("real_valued", False)
        super().__init__(name, args, **options)
        self.partials = partials
        self.needs = tuple(
            tuple(locate(self, n) for n in names_of(p)) if callable(p) else () for p in partials
        )

    def make_rule(self, wanted: tuple[int, ...]) -> Rule:
        rule = Rule(self, wanted)
        rule.needs([self.needs[i] for i in wanted])
        takers = [taking_one(self.partials[i], len(self.needs[i])) for i in wanted]
        if all(t is ZERO for t in takers):
            rule.pull = lambda ct, saved: takers
        elif len(wanted) == 1:
            rule.code = PASS if takers[0] is None else PRODUCT
            rule.partial = takers[0]
            rule.keep = self.getter(self.needs[wanted[0]]) if rule.code == PRODUCT else None
        else:
            rule.code = PRODUCTS
            rule.partials = tuple(takers)
        return rule

    def getter(self, keys: tuple[tuple[str, Any], ...]) -> Any:
        """The saved values, from the tuple (*inputs, out)."""
        places = [len(self.args) if what == "out" else key for what, key in keys if what in ("out", "value")]
        return itemgetter(*places) if places and len(places) == len(keys) else None

    def jvp(self, entry: Entry, tangents: Sequence[Any]) -> Any:
        nodes = entry.nodes
        total = None
        for i, t in enumerate(tangents):
            if t is None or self.partials[i] is ZERO:
                continue
            values = [tensor_of(k, find(entry, *k), nodes, entry.node) for k in self.needs[i]]
            partial = self.partials[i]
            p = partial(*values) if callable(partial) else partial
            term = t if p is None else absorb(t, p)
            total = term if total is None else total + term
        if total is None:
            return primitive.TABLE["zeros_like"](wrap(entry.out))
        if self.real_valued:
            total = primitive.TABLE["real"](total) if total.dtype.kind == "c" else total
        if tuple(total.shape) != tuple(entry.out.shape):
            total = primitive.TABLE["broadcast_to"](total, shape=tuple(entry.out.shape))
        return total


def taking_one(partial: Any, count: int) -> Any:
    """A partial derivative as a function of one saved thing (the value, or the tuple of values); None stays None: it is 1."""
    if partial is None or partial is ZERO or (callable(partial) and count == 1):
        return partial
    if not callable(partial):
        return lambda saved: partial
    return lambda saved: partial(*saved)


class Unary(Elementwise):
    """One array argument: the fast road for a single tape is written out in `__call__`."""

    def __call__(self, x: Any, /, **params: Any) -> Any:
        if type(x) is primitive.Tensor and not params:
            a = x._raw
            try:
                out_raw = self.kernels[type(a)](a)
            except Exception:
                return self.run((x,), params)  # finds the kernel, or says what is wrong
            out = new(primitive.Tensor)
            out._raw = out_raw
            node = x._node
            if node is None:
                out._node = None
                return out
            state = listening()
            tape = state.solo
            if tape is None:
                out._node = None
                if state.recorders:
                    self.note(state, (x,), [a], [node], params, out, ())
            elif node in tape.tracked:
                out._node = n = Node()
                tape.tracked.add(n)
                rule = self.rules.get(0) or self.lone(0)
                keep = rule.keep
                tape.log((rule, node, n, keep and keep((a, out_raw)), None))
            else:
                out._node = None
            return out
        kernel = None if params else self.kernels.get(type(x))
        if kernel is not None:
            return kernel(x)
        return self.run((x,), params)

    def lone(self, i: int) -> Rule:
        """The rule for input `i` alone, under a key that the fast road finds at once."""
        self.rules[i] = rule = self.rule((i,))
        return rule  # type: ignore[no-any-return]


class Binary(Unary):
    """Two array arguments: the fast road for a single tape is written out in `__call__`."""

    def __call__(self, x: Any, y: Any, /) -> Any:  # type: ignore[override]
        tensor = primitive.Tensor
        spec = None
        if type(x) is tensor:
            a = x._raw
            cls = type(a)
            na = x._node
            if type(y) is tensor:
                b = y._raw
                if type(b) is not cls or a.dtype is not b.dtype:
                    return self.run((x, y), {})
                nb = y._node
                try:
                    out_raw = self.kernels[cls](a, b)
                except Exception:
                    return self.run((x, y), {})
                sa, sb = a.shape, b.shape
                if sa != sb:
                    so = out_raw.shape
                    spec = (None if sa == so else sa, None if sb == so else sb)
            elif type(y) is float or type(y) is int:
                b = y
                nb = None
                try:
                    out_raw = self.kernels[cls](a, y)
                except Exception:
                    return self.run((x, y), {})
                if out_raw.dtype is not a.dtype:
                    return self.run((x, y), {})
            else:
                return self.run((x, y), {})
        elif type(y) is tensor and (type(x) is float or type(x) is int):
            a = x
            na = None
            b = y._raw
            nb = y._node
            try:
                out_raw = self.kernels[type(b)](x, b)
            except Exception:
                return self.run((x, y), {})
            if out_raw.dtype is not b.dtype:
                return self.run((x, y), {})
        else:
            return self.run((x, y), {})
        out = new(tensor)
        out._raw = out_raw
        out._node = None
        if na is None and nb is None:
            return out
        state = listening()
        tape = state.solo
        if tape is None:
            if state.recorders:
                self.note(state, (x, y), [a, b], [na, nb], {}, out, ())
            return out
        tracked = tape.tracked
        if na in tracked:
            out._node = n = Node()
            tracked.add(n)
            if nb in tracked:
                rule = self.rules.get(2) or self.both()
                tape.log((rule, (na, nb), n, rule.keep and rule.keep((a, b, out_raw)), spec))
            else:
                rule = self.rules.get(0) or self.lone(0)
                keep = rule.keep
                if nb is None and type(y) is tensor:
                    y._node = nb = Node()  # an outer tape may watch it later
                tape.log((rule, na if nb is None else (na, nb), n, keep and keep((a, b, out_raw)), spec))
        elif nb in tracked:
            out._node = n = Node()
            tracked.add(n)
            rule = self.rules.get(1) or self.lone(1)
            keep = rule.keep
            if na is None and type(x) is tensor:
                x._node = na = Node()
            tape.log((rule, (na, nb), n, keep and keep((a, b, out_raw)), spec))
        return out

    def both(self) -> Rule:
        """The rule for both inputs, with a getter for what they keep."""
        self.rules[2] = rule = self.rule((0, 1))
        getters = [self.getter(keys) for keys in self.needs]
        if any(getters):
            gx, gy = getters
            rule.keep = lambda values: (gx and gx(values), gy and gy(values))
        else:
            rule.keep = lambda values: (None, None)
        return rule  # type: ignore[no-any-return]


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
        rule = Rule(self, wanted)
        rule.needs([tuple(locate(self, n) for n in names_of(self.transpose, 1))])

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

    def __init__(self, name: str, args: tuple[str, ...], vjps: Sequence[Any], jvps: Sequence[Any], **options: Any) -> None:
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
    rule = Rule(row, wanted)
    chosen = [functions[i] for i in wanted]
    rule.needs([tuple(locate(row, n) for n in names_of(f, 1)) if f is not None else () for f in chosen])
    rule.pull = lambda ct, saved: [
        ZERO if f is None else f(ct, *s) for f, s in zip(chosen, saved, strict=True)
    ]
    return rule


class Constant(Primitive):
    """Connected to its inputs, with derivative zero."""

    broadcasts = False

    def make_rule(self, wanted: tuple[int, ...]) -> Rule:
        rule = Rule(self, wanted)
        rule.needs([() for _ in wanted])
        rule.pull = lambda ct, saved: [ZERO for _ in wanted]
        return rule

    def jvp(self, entry: Entry, tangents: Sequence[Any]) -> Any:
        return primitive.TABLE["zeros_like"](wrap(entry.out))


# -- the constructors ------------------------------------------------------------------------------------------------


def elementwise(name: str, *partials: Any, doc: str, domain: Domain | None = None, **options: Any) -> Any:
    """A row whose derivative is one partial per argument, each a function of ``x``, ``y``, ``out``; None is 1, a number itself."""
    args = ("x", "y", "z")[: len(partials)]
    cls = (Unary, Binary, Elementwise)[len(partials) - 1]
    return cls(name, args, partials, doc=doc, domain=domain or Domain(), **options)


def linear(name: str, *transposes: Any, args: tuple[str, ...] = ("x",), doc: str, domain: Domain | None = None, **options: Any) -> Any:
    """A row that is linear in its arrays together; one transpose per array, or one for all of a variadic op."""
    transpose = transposes[0] if options.get("variadic") else transposes
    return Linear(name, args, transpose, doc=doc, domain=domain or Domain(), **options)


def multilinear(name: str, *transposes: Any, args: tuple[str, ...] = ("x", "y"), doc: str, domain: Domain | None = None, **options: Any) -> Any:
    """A row that is linear in each array alone; one transpose per array."""
    return Multilinear(name, args, transposes, doc=doc, domain=domain or Domain(), **options)


def general(name: str, *, vjp: Any, jvp: Any, args: tuple[str, ...] = ("x",), doc: str, domain: Domain | None = None, **options: Any) -> Any:
    """A row with a vjp and a jvp, each a function or one function per array."""
    vjps = vjp if isinstance(vjp, tuple) else (vjp,)
    jvps = jvp if isinstance(jvp, tuple) else (jvp,)
    return General(name, args, vjps, jvps, doc=doc, domain=domain or Domain(), **options)


def constant(name: str, *, args: tuple[str, ...] = ("x",), doc: str, domain: Domain | None = None, **options: Any) -> Any:
    """A row that is connected to its arrays and has derivative zero."""
    return Constant(name, args, doc=doc, domain=domain or Domain(), **options)
