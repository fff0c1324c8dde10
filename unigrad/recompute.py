"""recompute_grad (checkpoint): a block that a tape keeps as its arguments alone, and runs again when its gradient is asked for.

Griewank and Walther, "Algorithm 799: revolve", ACM TOMS 26 (2000); Chen et al., "Training deep nets with sublinear memory cost"
(2016): a chain of n steps in about sqrt(n) blocks needs the memory of about 2 sqrt(n) steps, and one more run of each.
"""

import functools
from collections.abc import Callable
from typing import Any

from unigrad.backend import backend_of, selected, selecting
from unigrad.conforming import is_raw
from unigrad.cotangents import ZERO, Pieces
from unigrad.errors import SourceTypeError, TapeError
from unigrad.junction import Inside, held, join, tensor
from unigrad.lending import settle
from unigrad.recording import Node, listening, only
from unigrad.running import again, in_force
from unigrad.seeds import noting, replaying
from unigrad.sources import short
from unigrad.structures import flatten_with_none
from unigrad.tape import GradientTape
from unigrad.tensor import Tensor
from unigrad.variable import Variable

Function = Callable[..., Any]


def recompute_grad(f: Function) -> Function:
    """Decorator: tapes keep the arguments of each call of `f`, and nothing that is computed in it.

    When a gradient is asked for, `f` runs again, on a tape of its own that is freed at once. So a chain of n calls in blocks of
    sqrt(n) takes the memory of about 2 sqrt(n), for one more run of each. Gradients reach the arguments, of whatever structure,
    by position or keyword; tracked tensors that `f` captures; and variables. Higher orders are right, but what differentiates
    the gradient keeps all of it. While an accumulator listens the block runs like any other: forward mode keeps nothing.

    `f` must do the same again. Of what it reads these are held: its tensors and arrays, the random numbers of
    `unigrad.random`, which are the same in both runs, and the backend that makes new arrays. A variable that was assigned in
    between is an error. Other state is the caller's: what `f` writes (a list, a variable of moving means) it writes twice,
    and NumPy's own random numbers are others in the second run. Tensors that leave `f` by another way than its result have no
    gradient.

    Returns:
        A function with the arguments and results of `f`.

    Raises:
        TapeError: in `gradient`, when the second run gives another structure, shape or dtype, draws more random numbers, does
            not read a tracked tensor that the first one read (a captured name was bound anew), or a variable has been assigned.
    """
    if not callable(f):
        raise SourceTypeError(f"recompute_grad decorates a function, not {short(f)} of type {type(f).__name__}")

    @functools.wraps(f)
    def block(*args: Any, **kwargs: Any) -> Any:
        recorders = listening().recorders
        if not recorders or not all(r.is_tape for r in recorders):
            return f(*args, **kwargs)
        leaves, unflatten = flatten_with_none((args, kwargs))
        args, kwargs = unflatten([kept(leaf) for leaf in leaves])
        inside, seeds = Inside(recorders), list[int]()
        with only((inside,)), noting(seeds):
            result = f(*args, **kwargs)
        outputs = {t._node: j for j, t in enumerate(flatten_with_none(result)[0]) if made_in(inside, t)}
        given = [x.node if isinstance(x, Variable) else x._node for x in leaves if isinstance(x, Tensor | Variable)]
        found = dict.fromkeys(inside.sources(outputs))
        sources = list(dict.fromkeys((*(n for n in given if n in found), *found)))  # as the call has them
        run = Run(f, args, kwargs, inside, seeds, sources, list(outputs.values()), result)
        tensors = [flatten_with_none(result)[0][j] for j in outputs.values()]
        join(name_of(f), (), sources, [settle(t) for t in tensors], run.pull, None, list(outputs))
        return result

    return block


checkpoint = recompute_grad


class Run:
    """What one call needs to be run again."""

    def __init__(
        self,
        f: Function,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        inside: Inside,
        seeds: list[int],
        sources: list[Node],
        places: list[int],
        result: Any,
    ) -> None:
        self.f, self.args, self.kwargs = f, args, kwargs
        self.seeds, self.sources, self.places = seeds, sources, places
        self.values = inside.values
        self.complex = inside.complex
        self.backend = selected()
        self.vmaps = in_force()  # each example has random numbers of its own
        leaves = flatten_with_none(result)[0]
        self.forms = [(leaves[j].shape, leaves[j].dtype) for j in places]

    def pull(self, cts: list[Any], level: int) -> list[Any]:
        """The cotangents of the sources: the block once more, on a tape of its own, which stands for one of `level`."""
        for variable, raw in self.values.values():
            if variable._value._raw is not raw:
                raise TapeError(
                    f"recompute_grad: variable {variable.name!r} was assigned after {name_of(self.f)} ran, and before its "
                    f"gradient was asked for: running it again would use the new value. Ask for the gradient first"
                )
        tape = GradientTape(watch_accessed_variables=False)
        with replaying(self.seeds), selecting(self.backend), again(self.vmaps), tape:
            tape.tracked.update(dict.fromkeys(self.sources))
            tape._complex = self.complex
            tape.level = level  # examples that are one computation for that tape are one here too
            leaves = flatten_with_none(self.f(*self.args, **self.kwargs))[0]
        found: list[Any] = [leaves[j] if j < len(leaves) else None for j in self.places]
        forms = [(t.shape, t.dtype) if isinstance(t, Tensor) else short(t) for t in found]
        if forms != self.forms:
            raise TapeError(
                f"recompute_grad: {name_of(self.f)} gave {forms} when it was run again for its gradient, and {self.forms} at "
                f"first: it must do the same each time"
            )
        swept = [g.whole() if type(g) is Pieces else g for g in tape._sweep(found, cts, self.sources)]
        if any(g is None for g in swept):
            raise TapeError(
                f"recompute_grad: run again for its gradient, {name_of(self.f)} did not read all the tensors that it read at "
                f"first: a name that it captures was bound anew in between. Hand them over as arguments"
            )
        return [g if g is None or g is ZERO or isinstance(g, Tensor) else tensor(g) for g in swept]


def kept(leaf: Any) -> Any:
    """An argument as it is now: a handle of its own on a tensor, a copy of an array that the caller may change."""
    if isinstance(leaf, Tensor):
        return held(leaf)
    return backend_of(leaf).snapshot(leaf, None) if is_raw(leaf) else leaf


def made_in(inside: Inside, leaf: Any) -> bool:
    """Whether a result is a tensor computed in the block from what is tracked."""
    return isinstance(leaf, Tensor) and leaf._node in inside.made


def name_of(f: Function) -> str:
    """What a function is called."""
    return getattr(f, "__name__", type(f).__name__)
