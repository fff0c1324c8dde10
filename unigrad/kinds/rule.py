"""What a derivative rule needs, and where it is found: a record keeps just that."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from unigrad.backend import Raw, backend_of
from unigrad.operands import SCALARS
from unigrad.primitive import Entry, Primitive, wrap
from unigrad.recording import Node

# what the sweep does with a record. TIMES: of two factors, each of which is the other's partial derivative. The last three call
# the rule's one function, one for each input, one for all
SCALED, PRODUCT, NEGATED, PASS, PASSES, TIMES, PRODUCTS, PULL, PULLS, PULL_ALL = range(10)


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
        "lift",
        "partial",
        "partials",
        "primitive",
        "pull",
        "save",
        "slot",
        "wanted",
    )

    def __init__(
        self, primitive: Primitive, wanted: tuple[int, ...], keeps: Sequence[tuple[tuple[str, Any], ...]]
    ) -> None:
        self.primitive = primitive
        self.wanted = wanted
        self.index = wanted[0]  # for a single wanted input
        self.code = PULL_ALL
        self.partial: Any = None
        self.partials: tuple[Any, ...] = ()
        self.pull: Any = None
        #: for each wanted input where the values that its rule names are found
        self.keeps = tuple(keeps)
        #: what the record of one op keeps, a function of its inputs, its output and its parameters
        self.save: Callable[[Any, Raw, Any], Any] = saver(self.keeps)
        #: makes tensors of what is saved: made when it is first asked for
        self.lift: Lift | None = None
        #: where the only saved value of an elementwise op is found in (*inputs, out); -1: several, by `keep`; None: nothing
        self.slot: int | None = None
        self.keep: Any = None
        values = {k for ks in keeps for what, k in ks if what == "value"}
        everything = any(what == "values" for ks in keeps for what, _ in ks)
        self.kept_inputs: Any = range(1_000_000) if everything else frozenset(values)

    def as_tensors(self, saved: Any, nodes: Any, node: Node) -> Any:
        """The saved values as tensors with their nodes, so that an outer recorder sees what is computed from them."""
        if saved is None:
            return None
        if type(nodes) is not tuple:
            nodes = (nodes, None, None)  # of the one input that is tracked
        if self.lift is None:
            self.lift = lifter(self)
        return self.lift(saved, nodes, node)


Lift = Callable[[Any, Any, Node], Any]  # of what is saved, the inputs' nodes, and the output's


def lifter(rule: Rule) -> Lift:
    """The function that makes tensors of what a rule saves."""
    if rule.code in (SCALED, PRODUCT, NEGATED):
        return lifts_of(rule.keeps[0])
    if rule.code in (PASSES, TIMES, PRODUCTS):
        return each(list(map(lifts_of, rule.keeps)))
    return each([each([partial(tensor_of, key) for key in keys]) for keys in rule.keeps])


def lifts_of(keys: tuple[tuple[str, Any], ...]) -> Lift:
    """The same for one partial derivative: it takes a value, a tuple of values, or nothing."""
    lifts = [partial(tensor_of, key) for key in keys]
    return each(lifts) if len(lifts) > 1 else lifts[0] if lifts else lambda saved, nodes, node: saved


def each(lifts: Sequence[Lift]) -> Lift:
    """One function for several values; two are written out, for they are most."""
    if len(lifts) == 2:
        a, b = lifts
        return lambda saved, nodes, node: (a(saved[0], nodes, node), b(saved[1], nodes, node))
    return lambda saved, nodes, node: tuple([f(s, nodes, node) for f, s in zip(lifts, saved, strict=True)])


def tensor_of(key: tuple[str, Any], value: Any, nodes: Any, node: Node) -> Any:
    """One saved value as a tensor, if it is an array."""
    what, i = key
    if what == "value":
        return value if type(value) in SCALARS else wrap(value, nodes[i])
    if what == "out":
        return wrap(value, node)
    if what == "values":
        return tuple(v if type(v) in SCALARS else wrap(v, n) for v, n in zip(value, nodes))
    return value


Getter = Callable[[Any, Raw, Any], Any]  # of the inputs' values, the output, and the parameters


def getter(what: str, key: Any) -> Getter:
    """The function that takes one value that a rule named from an op that has just run."""
    if what == "value":
        return lambda raws, out, params: raws[key]
    if what == "out":
        return lambda raws, out, params: out
    if what == "param":
        return lambda raws, out, params: params[key]
    if what == "shape":
        return lambda raws, out, params: () if type(raws[key]) in SCALARS else raws[key].shape
    if what == "dtype":
        return lambda raws, out, params: backend_of(raws[key]).dtype_of(raws[key])
    if what == "values":
        return lambda raws, out, params: tuple(raws)
    return lambda raws, out, params: tuple([() if type(raw) in SCALARS else raw.shape for raw in raws])  # shapes


def saver(keeps: tuple[tuple[tuple[str, Any], ...], ...]) -> Getter:
    """The function that takes what the rules of all wanted inputs named: for each of them a tuple."""
    each = [together([getter(what, key) for what, key in ks]) for ks in keeps]
    return together(each)


def together(getters: Sequence[Getter]) -> Getter:
    """One function for several: a tuple of what they take. Small ones are written out, for they are called at every op."""
    if not getters:
        return lambda raws, out, params: ()
    if len(getters) == 1:
        (a,) = getters
        return lambda raws, out, params: (a(raws, out, params),)
    if len(getters) == 2:
        a, b = getters
        return lambda raws, out, params: (a(raws, out, params), b(raws, out, params))
    if len(getters) == 3:
        a, b, c = getters
        return lambda raws, out, params: (a(raws, out, params), b(raws, out, params), c(raws, out, params))
    return lambda raws, out, params: tuple([get(raws, out, params) for get in getters])


def value_saver(slot: int | None, keep: Any) -> Getter:
    """The `save` of an elementwise op, which keeps inputs and output alone: see `Rule.slot`."""
    if slot is None:
        return lambda raws, out, params: None
    if slot >= 0:
        return lambda raws, out, params: (*raws, out)[slot]
    return lambda raws, out, params: keep((*raws, out))


def find(entry: Entry, what: str, key: Any) -> Any:
    """One value that a rule named."""
    return getter(what, key)(entry.raws, entry.out, entry.params)


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
