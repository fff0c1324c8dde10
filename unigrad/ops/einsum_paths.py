"""In which order einsum multiplies its arrays."""

from collections.abc import Sequence
from typing import Any

from unigrad.errors import ShapeError

Path = list[tuple[int, ...]]


def path(terms: Sequence[str], out: str, sizes: dict[str, int], optimize: Any) -> Path:
    """Steps, each the places of the arrays that are taken out of the list and multiplied; the result goes to its end."""
    count = len(terms)
    if count <= 2:
        return [] if count == 1 else [(0, 1)]
    if optimize is False or optimize is None:
        return [(0, 1), *((0, k) for k in range(count - 2, 0, -1))]
    if not isinstance(optimize, str | bool):
        return _given(optimize, count)
    try:
        import opt_einsum  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        if isinstance(optimize, str) and optimize != "greedy":
            raise ShapeError(
                f"einsum: optimize={optimize!r} is opt_einsum's, which is not installed: `pip install opt_einsum`"
            ) from None
        return greedy(terms, out, sizes)
    spelled = ",".join(terms) + "->" + out
    shapes = [tuple(sizes[n] for n in term) for term in terms]
    try:
        found, _ = opt_einsum.contract_path(
            spelled, *shapes, shapes=True, optimize="auto" if optimize is True else optimize
        )
    except (KeyError, TypeError) as e:
        raise ShapeError(f"einsum: optimize={optimize!r}: {e}") from e
    return [tuple(step) for step in found]


def _given(steps: Any, count: int) -> Path:
    """A path of the user's own, checked."""
    found = [tuple(s) for s in steps if not isinstance(s, str)]
    left = count
    for step in found:
        if len(step) < 1 or len(set(step)) != len(step) or not all(isinstance(i, int) and 0 <= i < left for i in step):
            raise ShapeError(f"einsum: the step {step!r} of the path does not fit {left} arrays")
        left -= len(step) - 1
    if left != 1:
        raise ShapeError(f"einsum: the path {found!r} leaves {left} of {count} arrays")
    return found


def greedy(terms: Sequence[str], out: str, sizes: dict[str, int]) -> Path:
    """Always the pair whose product is smallest, less what it takes the place of; of equals the cheaper one."""
    parts = [frozenset(t) for t in terms]
    steps: Path = []

    def size(names: Any) -> int:
        n = 1
        for name in names:
            n *= sizes[name]
        return n

    while len(parts) > 1:
        best = None
        for i in range(len(parts)):
            for j in range(i + 1, len(parts)):
                rest = set(out).union(*(p for k, p in enumerate(parts) if k not in (i, j)))
                kept = (parts[i] | parts[j]) & rest
                cost = (size(kept) - size(parts[i]) - size(parts[j]), size(parts[i] | parts[j]))
                if best is None or cost < best[0]:
                    best = (cost, i, j, frozenset(kept))
        assert best is not None
        _, i, j, kept = best
        steps.append((i, j))
        parts = [p for k, p in enumerate(parts) if k not in (i, j)] + [kept]
    return steps
