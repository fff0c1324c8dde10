"""What is known of the shapes and dtypes of the values on a tape, which keeps no value that no rule needs. Nothing is guessed."""

from typing import Any, NamedTuple

from unigrad.backend import backend_of
from unigrad.batched import Across
from unigrad.batching.crossing import enter, leave
from unigrad.kinds import Elementwise
from unigrad.looking.names import shape_text
from unigrad.looking.records import Record


class Known(NamedTuple):
    """Shape and dtype of a value, each None where it is not known."""

    shape: tuple[int, ...] | None = None
    dtype: Any = None

    def __str__(self) -> str:
        if self.shape is None:
            return ""
        return shape_text(self.dtype, self.shape)


def known(tape: Any, records: list[Record]) -> dict[Any, Known]:
    """For each node what the records say: values, shapes and dtypes that rules keep, what was broadcast, and what ops preserve;
    all, where `unigrad.debug` was in force."""
    found: dict[Any, Known] = {}

    def learn(node: Any, shape: Any = None, dtype: Any = None) -> None:
        if node is not None:
            old = found.get(node, Known())
            found[node] = Known(old.shape if shape is None else tuple(shape), dtype if old.dtype is None else old.dtype)

    def learn_of(node: Any, value: Any) -> None:
        if hasattr(value, "dtype"):
            learn(node, value.shape, backend_of(value).dtype_of(value))

    for node, variable in tape._variables.items():
        learn(node, variable.shape, variable.dtype)
    steps = tape._steps or {}
    for record in records:
        step = steps.get(record.node)
        if step is not None and step.shape is not None:
            learn(record.node, step.shape, step.dtype)
            for i, shape in enumerate(step.operands):
                learn(record.operand(i), shape)
        form = getattr(record.rule, "form", None)  # of a function with a pullback of its own
        if form is not None:
            learn(record.node, form.shape, form.dtype)
        for what, key, value in record.kept:
            if what == "value":
                learn_of(record.operand(key), value)
            elif what == "out":
                learn_of(record.node, value)
            elif what == "shape":
                learn(record.operand(key), shape=value)
            elif what == "dtype":
                learn(record.operand(key), dtype=value)
            elif what == "values":
                for i, v in enumerate(value):
                    learn_of(record.operand(i), v)
            elif what == "shapes":
                for i, v in enumerate(value):
                    learn(record.operand(i), shape=v)
        for i, shape in enumerate(record.spec or ()):
            if shape is not None:
                learn(record.operand(i), shape=shape.shape if type(shape) is Across else shape)
    for order in (records, records[::-1]):
        for record in order:
            for node in same_shape(record):
                learn(record.node, shape=found.get(node, Known()).shape)
                learn(node, shape=found.get(record.node, Known()).shape)
            for node in same_dtype(record):
                learn(record.node, dtype=found.get(node, Known()).dtype)
                learn(node, dtype=found.get(record.node, Known()).dtype)
            row = getattr(record.rule, "primitive", None)
            if row is enter or row is leave:
                one, many = (record.node, record.operand(0)) if row is enter else (record.operand(0), record.node)
                size = next((value for _, key, value in record.kept if key == "size"), None)
                inside, outside = found.get(one, Known()), found.get(many, Known())
                learn(many, None if inside.shape is None or size is None else (size, *inside.shape), inside.dtype)
                learn(one, None if outside.shape is None else outside.shape[1:], outside.dtype)
    return found


def same_shape(record: Record) -> list[Any]:
    """The operands that have the shape of the result: of an op that broadcasts, those that were not."""
    row = getattr(record.rule, "primitive", None)
    if record.name == "setitem":
        return [record.operand(0)]
    if row is None or not row.broadcasts:
        return []
    spec = record.spec or (None,) * len(record.nodes)
    return [n for n, s in zip(record.nodes, spec) if n is not None and s is None]


def same_dtype(record: Record) -> list[Any]:
    """The operands that have the dtype of the result."""
    row = getattr(record.rule, "primitive", None)
    if record.name == "setitem":
        return [record.operand(0)]
    if not isinstance(row, Elementwise) or row.real_valued or row.fixed:
        return []
    return [n for n in record.nodes if n is not None]
