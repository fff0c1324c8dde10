"""What a recorded walk multiplies and adds up, appended at once to the one tape that listens.

A cotangent and what a record saved are of one shape and dtype unless the record says that something was broadcast. So nothing is
to be brought together, and no row to be asked: half of what the operators cost. Whatever is not plain goes by them.
"""

from collections.abc import Callable
from typing import Any

from unigrad.backend import MULTIPLY_ADD, Raw
from unigrad.cotangents import add
from unigrad.operands import SCALARS
from unigrad.primitive import TABLE, wrap
from unigrad.recording import Node, listening, node_of
from unigrad.tensor import Tensor

Product = Callable[..., Any]  # of a cotangent, a saved value and its node; added to a cotangent that is given too
Total = Callable[[Any, Any], Any]


def arithmetic() -> tuple[Product, Total]:
    """The product of a cotangent and a saved value, and the sum of two cotangents, for whoever listens now."""
    tape = listening().solo
    return (_product, add) if tape is None else (_products_on(tape), _totals_on(tape))


def _product(ct: Any, saved: Raw, node: Node | None, old: Any = None) -> Any:
    product = ct * (saved if type(saved) in SCALARS else wrap(saved, node))
    return product if old is None else add(old, product)


def _products_on(tape: Any) -> Product:
    times: Any = TABLE["multiply"]
    kernels, left, right, both = times.kernels, times.rule_x, times.rule_y, times.rule_xy
    onto = TABLE["multiply_add"].rule((0, 1, 2))
    tracked = tape.tracked

    def product(ct: Any, saved: Raw, node: Node | None, old: Any = None) -> Any:
        if type(ct) is not Tensor or type(saved) is not type(ct._raw) or type(saved) not in kernels:
            return _product(ct, saved, node, old)
        a, mine = ct._raw, ct._node
        out = Tensor()
        if old is not None:
            if type(old) is not Tensor or type(old._raw) is not type(a):
                return _product(ct, saved, node, old)
            if not (mine in tracked and node in tracked and old._node in tracked):
                return _product(ct, saved, node, old)
            fused = MULTIPLY_ADD.get(type(a))
            out._raw = old._raw + a * saved if fused is None else fused(old._raw, a, saved)
            out._node = new = Node()
            tracked[new] = None
            tape.log((onto, (old._node, mine, node), new, (None, saved, a), None))
            return out
        out._raw = kernels[type(a)](a, saved)
        if node in tracked:
            out._node = new = Node()
            tracked[new] = None
            if mine in tracked:
                tape.log((both, (mine, node), new, (saved, a), None))
            else:
                tape.log((right, (node_of(ct) if mine is None else mine, node), new, a, None))
        elif mine in tracked:
            out._node = new = Node()
            tracked[new] = None
            tape.log((left, mine if node is None else (mine, node), new, saved, None))
        else:
            out._node = None
        return out

    return product


def _totals_on(tape: Any) -> Total:
    row: Any = TABLE["add"]
    kernels, both = row.kernels, row.rule_xy
    tracked = tape.tracked

    def total(old: Any, ct: Any) -> Any:
        if type(old) is not Tensor or type(ct) is not Tensor:
            return add(old, ct)
        first, second = old._node, ct._node
        kernel = kernels.get(type(old._raw))
        if kernel is None or first not in tracked or second not in tracked or type(ct._raw) is not type(old._raw):
            return add(old, ct)
        out = Tensor()
        out._raw = kernel(old._raw, ct._raw)
        out._node = new = Node()
        tracked[new] = None
        tape.log((both, (first, second), new, None, None))
        return out

    return total
