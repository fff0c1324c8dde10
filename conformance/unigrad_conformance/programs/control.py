"""Blocks of a program: loops, conditions, and derivatives inside of it."""

import numpy as np

from unigrad_conformance.programs.composer import MOST_OPS, Choices, Composer, GivenUp
from unigrad_conformance.programs.moves import Move, Rows, at, view, word, write
from unigrad_conformance.programs.text import Block, Line, same


def step(c: Composer, numbers: tuple[int, ...], rows: Rows) -> None:
    """One move of the program, or nothing where it would leave the smooth ground."""
    choices = Choices(numbers)
    weight = choices.pick(100)
    move = next(m for bound, m in MOVES if weight < bound)
    c.attempt(lambda: move(c, choices, rows))


def body(c: Composer, rows: Rows, steps: int) -> None:
    """Some steps inside of a block."""
    for _ in range(steps):
        numbers = next(rows, None)
        if numbers is None or c.ops >= MOST_OPS:
            return
        step(c, numbers, rows)


def _above(c: Composer, name: str, bound: float) -> tuple[str, str]:
    """The head of a condition on a value, in both readings; JAX asks that it be a constant."""
    real = "ug.real({})" if c.is_complex(name) else "{}"
    ours, native = real.format(name), real.format(f"native.constant({name})")
    return f"if float(ug.mean({ours})) > {bound}:", f"if float(ug.mean({native})) > {bound}:"


def _level(c: Composer, name: str) -> float:
    return float(np.mean(np.real(c.here(name))))


def _carry(c: Composer, choices: Choices) -> str:
    """A value that a block changes."""
    out = c.make(f"{c.find(choices, shared=True)} * 1.0")
    c.show(out)
    return out


def _change(c: Composer, carried: str, weight: str) -> None:
    """The end of a block's body: the carried value takes in what was computed last."""
    last = c.find(Choices(()), c.shape(carried), real=not c.is_complex(carried))
    c.emit(same(f"{carried} = 0.5 * {carried} + {weight} * {last}"))


def _bounded(c: Composer, *names: str) -> None:
    for name in (*names, *(n for n in c.visible if n in c.writable and n in c.buffers)):
        if c.tame(name) != name:
            raise GivenUp


def loop(c: Composer, choices: Choices, rows: Rows) -> None:
    """A Python loop over a value that is carried from turn to turn; every other one ends early by what the data says."""
    turns, size, breaks = 2 + choices.pick(3), 1 + choices.pick(3), choices.pick(2) and not c.batched
    carried, k = _carry(c, choices), c.name("k")
    for point in c.points:
        point[k] = 0

    def compose() -> None:
        body(c, rows, size)
        _change(c, carried, f"(0.3 + 0.1 * {k})")
        if breaks:  # the first turn stays below the bound, a later one may not
            heads = _above(c, carried, round(_level(c, carried) + 0.2, 2))
            c.steps.append(Block(*heads, (same("break"),)))

    kept, before = set(c.carried), c.before_loop
    c.carried.add(carried)
    c.before_loop = before if before is not None else frozenset(c.visible)
    block = c.within(f"for {k} in range({turns}):", f"for {k} in range({turns}):", compose)
    c.carried, c.before_loop = kept, before
    c.steps.append(block)
    c.run([Block("", f"for {k} in range(1, {turns}):", block.body)])
    _bounded(c, carried)
    c.used.add("loop")


def branch(c: Composer, choices: Choices, rows: Rows) -> None:
    """A condition on the data, or on a constant; both sides are composed, one is taken."""
    if c.batched:
        raise GivenUp
    sizes = 1 + choices.pick(3), choices.pick(2)
    taken = choices.pick(2) == 0
    data = choices.pick(4) > 0
    about, carried = c.find(choices, shared=True), _carry(c, choices)
    bound = round(_level(c, about) + (-0.3 if taken else 0.3), 2)
    heads = _above(c, about, bound) if data else (f"if {taken}:",) * 2
    for head, size, runs in zip((heads, ("else:", "else:")), sizes, (taken, not taken), strict=True):
        kept = [dict(p) for p in c.points]

        def compose(size: int = size) -> None:
            body(c, rows, size)
            _change(c, carried, "0.4")

        outside = set(c.carried)
        c.carried.add(carried)
        block = c.within(*head, compose)
        c.carried = outside
        if not runs:
            for point, before in zip(c.points, kept, strict=True):
                point.clear()
                point.update(before)
        c.steps.append(block)
    _bounded(c, carried)
    c.used.add("condition")


# -- derivatives inside ------------------------------------------------------------------------------------------------
#: forms over a function ``f`` of one array: ours, native, and what they need
#: t: a tangent of x; ct: a cotangent of the result; scalar: a real number; real: no complex numbers; small: few elements
FORMS: dict[str, tuple[str, str, str]] = {
    "vjp": ("ug.vjp({f}, {x})[1]({ct})[0]", "native.pullback({f}, {x}, {ct})", "ct"),
    "jvp": ("ug.jvp({f}, ({x},), ({t},))[1]", "native.tangent({f}, {x}, {t})", "t"),
    "grad": ("ug.grad({f})({x})", "native.gradient({f}, {x})", "scalar"),
    "hvp": ("ug.hvp({f}, {x}, {t})", "native.hvp({f}, {x}, {t})", "scalar t"),
    "linearize": ("ug.linearize({f}, {x})[1]({t})", "native.tangent({f}, {x}, {t})", "t"),
    "jacrev": ("ug.jacrev({f})({x})", "native.jacobian({f}, {x})", "real small"),
    "jacfwd": ("ug.jacfwd({f})({x})", "native.jacobian({f}, {x})", "real small"),
    "vmap": ("ug.vmap({f})({x})", "native.vmap({f}, {x})", "batched"),
    "checkpoint": ("ug.checkpoint({f})({x})", "native.call({f}, {x})", ""),
}
#: forms around the steps themselves: what they open, what comes first inside, what gives the result
OPEN: dict[str, tuple[str, str, str, str, str]] = {
    "tape": (
        "with ug.GradientTape() as t{k}:",
        "t{k}.watch({x})",
        't{k}.gradient({y}, {x}, unconnected_gradients="zero")',
        "native.gradient({f}, {x})",
        "",
    ),
    "persistent tape": (
        "with ug.GradientTape(persistent=True) as t{k}:",
        "t{k}.watch({x})",
        't{k}.gradient({y}, {x}, {ct}, unconnected_gradients="zero")',
        "native.pullback({f}, {x}, {ct})",
        "ct",
    ),
    "tape's jacobian": (
        "with ug.GradientTape() as t{k}:",
        "t{k}.watch({x})",
        't{k}.jacobian({y}, {x}, unconnected_gradients="zero")',
        "native.jacobian({f}, {x})",
        "real small",
    ),
    "accumulator": (
        "with ug.ForwardAccumulator({x}, {t}) as t{k}:",
        "",
        't{k}.jvp({y}, unconnected_gradients="zero")',
        "native.tangent({f}, {x}, {t})",
        "t",
    ),
}  # fmt: skip
#: the forms around steps are as frequent as those over functions
NAMES = (*FORMS, *OPEN, *OPEN)
DEEPEST = 2


def nested(c: Composer, choices: Choices, rows: Rows) -> None:
    """A derivative of some steps by a value, as one more value."""
    if c.depth >= DEEPEST or c.batched:
        raise GivenUp
    name, size = choices.one(NAMES), 1 + choices.pick(5)
    needs = OPEN[name][4] if name in OPEN else FORMS[name][2]
    x = c.find(choices, complex_=False if "real" in needs else None)
    if "batched" in needs and not c.shape(x):
        x = c.shaped(x, (3,))
    k = c.name("f")[1:]
    f, param = f"f{k}", x if name in OPEN else f"a{k}"
    tangent = _alike(c, choices, x) if "t" in needs.split() else ""
    for point in c.points:
        point[param] = point[x][0] if "batched" in needs else point[x]
    ends: list[str] = []
    writable, c.writable = c.writable, set()
    c.depth, c.batched = c.depth + 1, "batched" in needs

    def compose() -> None:
        if name == "checkpoint":  # it runs again, and reads what a captured name is bound to by then
            c.visible = [n for n in c.visible if c.stays(n)]
        c.show(param)
        body(c, rows, size)
        y = c.find(Choices(()))
        if "scalar" in needs.split():
            y = c.make(f"ug.sum({y})" if not c.is_complex(y) else f"ug.sum(ug.real({y}))")
        elif "real" in needs and c.is_complex(y):
            y = c.make(f"ug.real({y}) * 1.0")
        if "small" in needs and np.size(c.here(y)) * np.size(c.here(x)) > 36:
            y = c.make(f"ug.sum({y})")
        ends.append(y)
        if name in FORMS:
            c.steps.append(same(f"return {y}"))

    head = f"def {f}({param}):"
    if name in OPEN:
        opening, first, ours, native, _ = OPEN[name]
        block = c.within(opening.format(k=k, x=x, t=tangent), head, compose)
        before = (Line(first.format(k=k, x=x), None),) if first else ()
        block = Block(block.ours, block.native, (*before, *block.body, Line(None, f"return {ends[0]}")))
    else:
        ours, native, _ = FORMS[name]
        block = c.within(head, head, compose, same(f"{param} = {x}" + ("[0]" if c.batched else "")))
    c.depth, c.batched, c.writable = c.depth - 1, False, writable
    cotangent = _alike(c, choices, ends[0]) if "ct" in needs.split() else ""
    c.emit(block)
    told = {"f": f, "x": x, "k": k, "y": ends[0], "t": tangent, "ct": cotangent}
    out = c.make(ours.format(**told), native.format(**told))
    c.used.add(name)
    c.show(c.tame(out))


def _alike(c: Composer, choices: Choices, name: str) -> str:
    """A value of the shape and dtype of another: a tangent or cotangent for it.

    A new one: the derivative of what does nothing gives it back as it is, and who watches the one watches the other.
    """
    found = c.find(choices, c.shape(name), real=not c.is_complex(name))
    if c.is_complex(name) and not c.is_complex(found):
        return c.make(f"{found} * (0.6 + 0.8j)")
    return c.make(f"{found} * 1.0")


#: of a hundred choices, which are which
MOVES: tuple[tuple[int, Move], ...] = (
    (64, word),
    (74, write),
    (79, view),
    (84, at),
    (88, loop),
    (92, branch),
    (100, nested),
)
