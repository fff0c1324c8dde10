"""What a derivative rule needs, and where it is found: a record keeps just that."""

from collections.abc import Callable, Sequence
from typing import Any

from unigrad.backend import Raw, backend_of
from unigrad.operands import SCALARS
from unigrad.primitive import Entry, Primitive, wrap
from unigrad.recording import Node

# what the sweep does with a record: the last three call the rule's one function, one for each input, one for all
SCALED, PRODUCT, NEGATED, PASS, PASSES, PRODUCTS, PULL, PULLS, PULL_ALL = range(9)


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
        if self.code in (SCALED, PRODUCT, NEGATED):
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
