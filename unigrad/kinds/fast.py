"""The public functions of elementwise rows, and their fast roads.

A public function (`function_of`) sends raw arrays by the direct road, and hands on whatever else: to the fast road, if the row
has one (`unary`, `binary`), of plain tensors and Python scalars with at most one tape listening. All are written out, with
nothing looked up twice: this is what a program with small arrays spends its time on. Whatever is not plain goes by the general
road, `Primitive.run`. A fast road reads its row's attributes rather than hold each of them: what a function holds, Python copies
at every call.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from unigrad.backend import kind_of
from unigrad.direct import roads
from unigrad.errors import KERNEL_ERRORS
from unigrad.kinds.elementwise import Elementwise
from unigrad.primitive import Primitive
from unigrad.recording import Node, listening, node_of

Function = Callable[..., Any]  # of an elementwise row; its `primitive` is the row


Tensor: Any = None  # the concrete class, bound by `unigrad.tensor`


def bind_tensor(cls: type) -> None:
    """Called once, by `unigrad.tensor`."""
    global Tensor
    Tensor = cls


#: types and dtypes of arrays that were met and take any Python integer; those of integers do not
TAKING: set[Any] = set()


def takes_any(raw: Any) -> bool:
    """Whether the dtype of a raw array takes any Python integer; remembered if it does."""
    if kind_of(raw) in "iu":
        return False
    TAKING.add((type(raw), raw.dtype))
    return True


class Unary(Elementwise):
    """One array argument. `function` is public; `of_tensors`, to which it sends them, the fast road."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.rule_x = self.rule((0,))
        self.of_tensors = unary(self)
        self.function = function_of(self, self.of_tensors)


class Binary(Elementwise):
    """Two array arguments. `function` is public; `of_tensors`, to which it sends them and Python scalars, the fast road."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.rule_x, self.rule_y, self.rule_xy = self.rule((0,)), self.rule((1,)), self.rule((0, 1))
        self.of_tensors = binary(self)
        self.function = function_of(self, self.of_tensors)


def learn(kernel: Function, known: Any, *arrays: Any) -> None:
    """Remember the dtype of these floats for their road, if the kernel's result has it too: of integers it is another."""
    if type(known) is set and kind_of(arrays[0]) in "fc":
        with suppress(*KERNEL_ERRORS):
            if kernel(*arrays).dtype is arrays[0].dtype:
                known.add(arrays[0].dtype)


def unary(row: Unary) -> Function:
    """The fast road of a row of one argument."""

    def function(x: Any, /) -> Any:
        if type(x) is not Tensor:
            return row.run((x,), {})  # finds the kernel; of integers makes the default float
        a = x._raw
        try:
            result = row.kernels[type(a)](a)
        except KERNEL_ERRORS:
            return row.run((x,), {})  # finds the kernel, or says what is wrong
        if row.floats and result.dtype is not a.dtype:
            return row.run((x,), {})  # integers: the library's float is not always the default one
        out = Tensor()
        out._raw = result
        node = x._node
        if node is None:
            out._node = None
            return out
        state = listening()
        tape = state.solo
        if tape is None:
            out._node = None
            if state.recorders:
                row.note(state, (x,), [a], [node], {}, out, ())
        elif node in tape.tracked:
            out._node = n = Node()
            tape.tracked[n] = None
            rule = row.rule_x
            slot = rule.slot
            if slot == 0:
                saved = a
            elif slot == 1:
                saved = result
            else:
                saved = None if slot is None else rule.keep((a, result))
            tape.log((rule, node, n, saved, None))
        else:
            out._node = None
        return out

    return documented(function, row)


def binary(row: Binary) -> Function:
    """The fast road of a row of two arguments."""

    def function(x: Any, y: Any, /) -> Any:
        cls = type(x)
        if cls is Tensor:
            spec = None
            a = x._raw
            cls = type(a)
            na = x._node
            kind = type(y)
            if kind is float or (kind is int and (0 <= y < 128 or (cls, a.dtype) in TAKING or takes_any(a))):
                b = y
                nb = None
                try:
                    result = row.kernels[cls](a, y)
                except KERNEL_ERRORS:
                    return row.run((x, y), {})
                if result.dtype is not a.dtype:
                    return row.run((x, y), {})
            elif kind is Tensor:
                b = y._raw
                if type(b) is not cls or a.dtype is not b.dtype:
                    return row.run((x, y), {})
                nb = y._node
                try:
                    result = row.kernels[cls](a, b)
                except KERNEL_ERRORS:
                    return row.run((x, y), {})
                if row.floats and result.dtype is not a.dtype:
                    return row.run((x, y), {})
                sa, sb = a.shape, b.shape
                if sa != sb:
                    so = result.shape
                    spec = (None if sa == so else sa, None if sb == so else sb)
            elif kind is cls and a.dtype is y.dtype:  # an array of the user's own
                b = y
                nb = None
                try:
                    result = row.kernels[cls](a, b)
                except KERNEL_ERRORS:
                    return row.run((x, y), {})
                if row.floats and result.dtype is not a.dtype:
                    return row.run((x, y), {})
                if a.shape != result.shape:
                    spec = (a.shape, None)
            elif hasattr(y, "__unigrad_tensor__"):
                return function(x, y.__unigrad_tensor__())
            else:
                return row.run((x, y), {})
        elif type(y) is Tensor and (
            cls is float
            or (cls is int and (0 <= x < 128 or (type(y._raw), y._raw.dtype) in TAKING or takes_any(y._raw)))
        ):
            spec = None
            a = x
            na = None
            b = y._raw
            nb = y._node
            try:
                result = row.kernels[type(b)](x, b)
            except KERNEL_ERRORS:
                return row.run((x, y), {})
            if result.dtype is not b.dtype:
                return row.run((x, y), {})
        elif type(y) is Tensor and cls is type(y._raw) and x.dtype is y._raw.dtype:  # the user's own array
            spec = None
            a = x
            na = None
            b = y._raw
            nb = y._node
            try:
                result = row.kernels[type(b)](a, b)
            except KERNEL_ERRORS:
                return row.run((x, y), {})
            if row.floats and result.dtype is not b.dtype:
                return row.run((x, y), {})
            if b.shape != result.shape:
                spec = (None, b.shape)
        elif hasattr(x, "__unigrad_tensor__"):
            return function(x.__unigrad_tensor__(), y)
        else:
            return row.run((x, y), {})
        out = Tensor()
        out._raw = result
        if na is None and nb is None:
            out._node = None
            return out
        state = listening()
        tape = state.solo
        if tape is None:
            out._node = None
            if state.recorders:
                foreign = (
                    (1,) if nb is None and type(y) is type(a) else (0,) if na is None and type(x) is type(b) else ()
                )
                row.note(state, (x, y), [a, b], [na, nb], {}, out, foreign)
            return out
        tracked = tape.tracked
        if na in tracked:
            if nb is None:
                rule = row.rule_x
                if type(y) is Tensor:
                    nb = node_of(y)  # an outer tape may watch it later
                elif type(y) is type(a) and 1 in rule.kept_inputs:
                    b = tape.snapshot(b)
            else:
                rule = row.rule_xy if nb in tracked else row.rule_x
        elif nb in tracked:
            rule = row.rule_y
            if na is None:
                if type(x) is Tensor:
                    na = node_of(x)
                elif type(x) is type(b) and 0 in rule.kept_inputs:
                    a = tape.snapshot(a)
        else:
            out._node = None
            return out
        out._node = n = Node()
        tracked[n] = None
        slot = rule.slot
        if slot is None:
            saved = None
        elif slot == 1:
            saved = b
        elif slot == 0:
            saved = a
        else:
            saved = result if slot == 2 else rule.keep((a, b, result))
        tape.log((rule, na if nb is None and spec is None else (na, nb), n, saved, spec))
        return out

    return documented(function, row)


def function_of(row: Primitive, general: Function | None = None) -> Function:
    """The public function of an elementwise row of one or two arrays; what is not raw arrays goes to `general`, or the row."""
    direct = row.direct = roads(row.name)
    general = general or row
    hot: Any = None
    quick: Any = None
    good: Any = None

    def one(x: Any, /) -> Any:
        cls = type(x)
        try:
            if cls is hot:
                if good is None or x.dtype in good:
                    return quick(x)
                learn(quick, good, x)
            elif cls is not Tensor and (road := direct.get(cls)) is not None:
                dtypes = None
                if type(road) is tuple:
                    road, dtypes = road
                if dtypes is None or x.dtype in dtypes:
                    if (out := road(x)) is not None:
                        return out
                else:
                    learn(road, dtypes, x)
        except KERNEL_ERRORS:
            pass  # the row says what is wrong
        return general(x)

    def two(x: Any, y: Any, /) -> Any:
        cls = type(x)
        try:
            if cls is hot and type(y) is hot:
                if good is None or ((dtype := x.dtype) is y.dtype and dtype in good):
                    return quick(x, y)
                if dtype is y.dtype:
                    learn(quick, good, x, y)
            elif type(y) is cls and cls is not Tensor and (road := direct.get(cls)) is not None:
                if type(road) is not tuple:
                    if (out := road(x, y)) is not None:
                        return out
                elif (dtype := x.dtype) is y.dtype:
                    road, dtypes = road
                    if dtypes is None or dtype in dtypes:
                        if (out := road(x, y)) is not None:
                            return out
                    else:
                        learn(road, dtypes, x, y)
        except KERNEL_ERRORS:
            pass
        return general(x, y)

    function = one if len(row.args) == 1 else two
    direct.tell(function)
    return documented(function, row)


def of_tensors(function: Any) -> Function:
    """The fast road behind a public function of an elementwise row: what has a tensor already, an operator, begins there."""
    found: Function = function.primitive.of_tensors
    return found


def documented(function: Callable[..., Any], row: Primitive) -> Callable[..., Any]:
    """The function with the row's name and docstring, and the row itself."""
    function.__name__ = function.__qualname__ = row.name
    function.__doc__ = row.__doc__
    function.primitive = row  # type: ignore[attr-defined]
    return function
