"""Where a gradient that is connected becomes zero for the values that the program had."""

from typing import Any

import numpy as np

from unigrad import sweeps
from unigrad.backend import backend_of
from unigrad.batched import visible
from unigrad.cotangents import ZERO, Pieces
from unigrad.looking.records import Record, is_cut
from unigrad.recording import Node, only
from unigrad.sources import seeds_of


def where_it_vanishes(
    tape: Any, targets: list[Any], source: Node, records: list[Record], nodes: set[Any]
) -> Record | None:
    """The record at which the cotangent of what comes from `source` becomes zero; None where the gradient is not zero.

    Args:
        tape, targets, records: what was asked.
        source: its node.
        nodes: what comes of the source.
    """
    raws = [t._raw for t in targets]
    if not targets or any(backend_of(r).is_traced(r) for r in raws):
        return None
    for record in records:
        if is_cut(record):
            record.rule.none = ()  # said when another target was asked for
    watch = _Watch(records, nodes)
    with only(()), backend_of(raws[0]).quiet():
        (ct,) = tape._walk(targets, seeds_of(targets, targets, None), [source], absorbing=False, sweep=watch)
    return watch.first if ct is not None and is_null(ct) else None


class _Watch:
    """The sweeps, record by record, with a look at every cotangent."""

    def __init__(self, records: list[Record], nodes: set[Any]) -> None:
        self.records = records
        self.nodes = nodes
        self.first: Record | None = None

    def fast(self, flat: list[Any], cts: Any, keep: Any) -> Any:
        return self.walk(flat, cts, lambda one: sweeps.fast(one, cts, keep))

    def recorded(self, flat: list[Any], cts: Any, keep: Any, **options: Any) -> Any:
        return self.walk(flat, cts, lambda one: sweeps.recorded(one, cts, keep, **options))

    def careful(self, flat: list[Any], cts: Any, keep: Any, **options: Any) -> Any:
        return self.walk(flat, cts, lambda one: sweeps.careful(one, cts, keep, **options))

    def walk(self, flat: list[Any], cts: Any, sweep: Any) -> Any:
        kept: dict[Any, Any] = {}
        for record in reversed(self.records):
            ct = cts.get(record.node)
            if ct is None:
                continue
            kept |= sweep(flat[5 * record.at : 5 * record.at + 5])
            inputs = [n for _, n in record.tracked if n in self.nodes]
            if inputs and record.node in self.nodes and not is_null(ct) and all(is_null(cts.get(n)) for n in inputs):
                self.first = self.first or record
        return kept


def is_null(ct: Any) -> bool:
    """Whether a cotangent is zero everywhere."""
    if type(ct) is Pieces:
        ct = ct.whole()
    if ct is None or ct is ZERO:
        return True
    raw = visible(getattr(ct, "_raw", ct))
    return not np.any(backend_of(raw).to_numpy(raw)) if hasattr(raw, "shape") else not raw
