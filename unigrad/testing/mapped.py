"""vmap of an op against a loop over the examples, and the gradient through it."""

import warnings
from typing import Any

from unigrad.errors import BatchingWarning
from unigrad.mapping import vmap
from unigrad.ops.manipulation import stack
from unigrad.sources import short
from unigrad.structures import flatten_with_none
from unigrad.tape import GradientTape
from unigrad.testing.subject import has_floats

#: examples
COUNT = 3


def check(checker: Any, args: Any, notes: dict[str, None]) -> int:
    """Every argument with examples, and each alone with the others the same for all; how many comparisons were made."""
    leaves, unflatten = flatten_with_none(args)
    floating = [
        i for i, leaf in enumerate(leaves)
        if hasattr(leaf, "__unigrad_tensor__") and has_floats(leaf) and not checker.refused(i)
    ]  # fmt: skip
    if not floating:
        return 0
    for some in [floating, *([i] for i in floating if len(floating) > 1)]:
        one(checker, leaves, unflatten, some, notes)
    return 2 * (1 + len(floating) * (len(floating) > 1))


def one(checker: Any, leaves: list[Any], unflatten: Any, some: list[int], notes: dict[str, None]) -> None:
    """With examples in the leaves `some`."""
    examples = [[near(leaf, e) if i in some else leaf for i, leaf in enumerate(leaves)] for e in range(COUNT)]
    batched = [stack([e[i] for e in examples]) if i in some else leaf for i, leaf in enumerate(leaves)]
    # a leaf at a time, for an argument may be a structure with one batched leaf
    axes = tuple(0 if i in some else None for i in range(len(leaves)))
    told = "all arguments" if len(some) > 1 else f"argument {some[0]}"

    def of_leaves(*given: Any) -> Any:
        return checker.call_op(*unflatten(list(given)))

    sources = [batched[i] for i in some]
    with warnings.catch_warnings(record=True) as heard, GradientTape() as tape:
        warnings.simplefilter("always")
        tape.watch(sources)
        try:
            mapped = checker.leaves(vmap(of_leaves, in_axes=axes)(*batched))
        except Exception as e:
            hint = "a condition on values is for unigrad.where; or give vmap=False"
            raise checker.fail(f"vmap over {told} raised {type(e).__name__}: {e}\n  hint: {hint}", e) from e
    if any(issubclass(w.category, BatchingWarning) for w in heard):
        notes["vmap has no rule for it, and runs it in a loop: give the row batch="] = None
    loose = [[e[i] for i in some] for e in examples]
    with GradientTape() as loop:
        loop.watch(loose)
        looped = [checker.leaves(of_leaves(*e)) for e in examples]
        stacked = [stack([one[k] for one in looped]) for k in range(len(mapped))]
    for k, (a, b) in enumerate(zip(mapped, stacked, strict=True)):
        if a.dtype != b.dtype or not checker.near(a.numpy(), b.numpy()):
            raise checker.fail(
                f"vmap over {told} gives for result {k} {short(a.numpy())}, and a loop over the examples {short(b.numpy())}"
            )
    floats = [k for k, r in enumerate(mapped) if r.dtype.kind in "fcV"]
    ours = tape.gradient([mapped[k] for k in floats], sources, unconnected_gradients="zero")
    theirs = loop.gradient([stacked[k] for k in floats], loose, unconnected_gradients="zero")
    for position, i in enumerate(some):
        want = stack([theirs[e][position] for e in range(COUNT)])
        got = ours[position]
        if not checker.near(got.numpy(), want.numpy()):
            raise checker.fail(
                f"the gradient through vmap over {told} is for argument {i} {short(got.numpy())}, and through a loop over the "
                f"examples {short(want.numpy())}"
            )


def near(leaf: Any, example: int) -> Any:
    """An example: the sample's own array, and others next to it."""
    return leaf * (1.0 + 2.0**-7 * example)
