"""What TensorFlow's tape does, measured, and what ours does: a table, one row for each point, with both results.

A row is a program over `tf`, which is `unigrad.tf` or TensorFlow itself. tests/test_tape_semantics.py runs it with ours on every
backend; tools/tensorflow_column.py runs it with TensorFlow's. This file imports neither of them, nor pytest.
"""

import gc
import inspect
import threading
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Raises:
    """An exception: of a class of one of these names, with this phrase in its message."""

    types: str | tuple[str, ...]
    phrase: str = ""

    def __str__(self) -> str:
        names = self.types if isinstance(self.types, str) else " or ".join(self.types)
        return f"{names}: ...{self.phrase}..." if self.phrase else names


@dataclass(frozen=True)
class Point:
    """One line of the table."""

    name: str
    program: Callable[[Any], Any]
    tensorflow: Any
    ours: Any
    why: str  # where they differ on purpose


TABLE: dict[str, Point] = {}
SAME: Any = object()


def point(name: str, tensorflow: Any, ours: Any = SAME, why: str = "") -> Callable[..., Any]:
    """Put a program into the table."""
    assert (ours is SAME) == (not why), f"{name}: a difference has a reason"
    assert name not in TABLE, f"{name} is there twice"

    def put(program: Callable[[Any], Any]) -> Callable[[Any], Any]:
        TABLE[name] = Point(name, program, tensorflow, tensorflow if ours is SAME else ours, why)
        return program

    return put


def told(value: Any) -> Any:
    """A result in plain Python: tensors as nested lists of rounded numbers."""
    if hasattr(value, "numpy"):
        value = value.numpy()
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, dict):
        return {k: told(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(told(v) for v in value)
    if isinstance(value, complex):
        return complex(round(value.real, 5), round(value.imag, 5))
    return round(value, 5) if isinstance(value, float) else value


def result_of(point: Point, tf: Any) -> Any:
    """What the program gives: a value in plain Python, or the exception itself."""
    try:
        return told(point.program(tf))
    except Exception as e:  # noqa: BLE001 - it is the result
        return e


def agrees(result: Any, expected: Any) -> bool:
    """Whether a result is what the table says."""
    if not isinstance(expected, Raises):
        return not isinstance(result, Exception) and type(result) is type(expected) and result == expected
    if not isinstance(result, Exception):
        return False
    names = {cls.__name__ for cls in type(result).__mro__}
    types = (expected.types,) if isinstance(expected.types, str) else expected.types
    return bool(names & set(types)) and expected.phrase in str(result)


def squared(tf: Any, value: Any = 2.0, **options: Any) -> Any:
    """A tape that has recorded x * x, y and x."""
    x = tf.constant(value)
    with tf.GradientTape(**options) as tape:
        tape.watch(x)
        y = x * x
    return tape, y, x


VECTOR = [1.0, 2.0]
EARLY = "an error before anything is computed, the same on every backend"
SILENT = "TensorFlow does not look, and gives a number that was not asked for"


# -- states -----------------------------------------------------------------------------------------------------------
@point(
    "second gradient() on non-persistent",
    Raises("RuntimeError", "A non-persistent GradientTape can only be used to compute one set of gradients"),
)
def _(tf):
    tape, y, x = squared(tf)
    tape.gradient(y, x)
    return tape.gradient(y, x)


@point("gradient() inside context, non-persistent", 4.0)
def _(tf):
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        return tape.gradient(x * x, x)


@point("..ops after it in the same context", 4.0)
def _(tf):
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        tape.gradient(x * x, x)
        return x * x


@point(
    "watch before __enter__",
    Raises("AttributeError", "_tape"),
    Raises("RuntimeError", "has never been entered"),
    "the message says what to do",
)
def _(tf):
    tf.GradientTape().watch(tf.constant(1.0))


@point("watch after __exit__", 2.0)
def _(tf):
    x = tf.constant(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    tape.watch(tf.constant(3.0))
    return tape.gradient(y, x)


@point("watch between two blocks", None, 2.0, "what is watched stays watched when the block is entered again")
def _(tf):
    x = tf.constant(2.0)
    tape = tf.GradientTape()
    with tape:
        pass
    tape.watch(x)
    with tape:
        y = x * 2.0
    return tape.gradient(y, x)


@point(
    "gradient on never-entered tape",
    Raises("RuntimeError", "can only be used to compute one set of gradients"),
    Raises("RuntimeError", "has never been entered"),
    "TensorFlow's message tells of another mistake",
)
def _(tf):
    x = tf.constant(1.0)
    return tf.GradientTape().gradient(x, x)


@point("re-enter active", Raises("ValueError", "Tape is still recording"))
def _(tf):
    with tf.GradientTape() as tape, tape:
        pass


@point("re-enter after exit accumulates", 12.0)
def _(tf):
    x = tf.constant(2.0)
    tape = tf.GradientTape()
    with tape:
        tape.watch(x)
        y = x * x
    with tape:
        z = y * x
    return tape.gradient(z, x)


@point(
    "stop_recording never entered", Raises("RuntimeError", "Trying to stop recording a tape which is not recording.")
)
def _(tf):
    with tf.GradientTape().stop_recording():
        pass


@point("stop_recording after exit", Raises("ValueError", "Tape is not recording."))
def _(tf):
    with tf.GradientTape() as tape:
        pass
    with tape.stop_recording():
        pass


@point("reset outside context", Raises("ValueError", "Tape is not recording."))
def _(tf):
    with tf.GradientTape() as tape:
        pass
    tape.reset()


@point("reset forgets watch", None)
def _(tf):
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        tape.reset()
        y = x * x
    return tape.gradient(y, x)


@point("persistent: gradient inside then second order from same tape", 2.0)
def _(tf):
    x = tf.constant(2.0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        g = tape.gradient(y, x)
    return tape.gradient(g, x)


@point("exception inside context pops tape", False)
def _(tf):
    tape, x = tf.GradientTape(), tf.constant(2.0)
    try:
        with tape:
            tape.watch(x)
            raise KeyError
    except KeyError:
        pass
    y = x * x
    return tape.gradient(y, x) is not None


@point("tape freed after gradient", True)
def _(tf):
    gc.collect()
    gc.disable()
    try:
        tape, y, x = squared(tf)
        tape.gradient(y, x)
        ref = weakref.ref(tape)
        del tape
        return ref() is None
    finally:
        gc.enable()


# -- targets and sources ----------------------------------------------------------------------------------------------
@point("target None", Raises("TypeError", "Argument `target` should be a list or nested structure of Tensors"))
def _(tf):
    tape, _, x = squared(tf)
    return tape.gradient(None, x)


@point(
    "sources None",
    Raises("TypeError", "None"),
    Raises("TypeError", "`sources` holds None"),
    "the message says which argument",
)
def _(tf):
    tape, y, _ = squared(tf)
    return tape.gradient(y, None)


@point(
    "sources with None among them",
    Raises("TypeError", "None"),
    [4.0, None],
    "a parameter that is not there, as the bias of a layer without one, has the gradient None",
)
def _(tf):
    tape, y, x = squared(tf)
    return tape.gradient(y, [x, None])


@point("sources []", [])
def _(tf):
    tape, y, _ = squared(tf)
    return tape.gradient(y, [])


@point("vector target (sums)", [2.0, 4.0])
def _(tf):
    tape, y, x = squared(tf, VECTOR)
    return tape.gradient(y, x)


@point("list target (sums over list)", [5.0, 7.0])
def _(tf):
    x = tf.constant(VECTOR)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = [x * x, 3.0 * x]
    return tape.gradient(y, x)


@point("nested target/sources; repeated source", {"s": [[5.0, 7.0], ([5.0, 7.0],)]})
def _(tf):
    x = tf.constant(VECTOR)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = {"a": x * x, "b": (3.0 * x,)}
    return tape.gradient(y, {"s": [x, (x,)]})


@point("unwatched source", [2.0, None])
def _(tf):
    x, other = tf.constant(1.0), tf.constant(VECTOR)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * 2.0
    return tape.gradient(y, [x, other])


@point("unconnected zero", [2.0, [0.0, 0.0]])
def _(tf):
    x, other = tf.constant(1.0), tf.constant(VECTOR)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * 2.0
    return tape.gradient(y, [x, other], unconnected_gradients=tf.UnconnectedGradients.ZERO)


@point("unconnected zero int source", [2.0, [0, 0], "int32"])
def _(tf):
    x, other = tf.constant(1.0), tf.constant([3, 4])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * 2.0
    of_x, of_other = tape.gradient(y, [x, other], unconnected_gradients="zero")
    return [of_x, of_other, dtype_name(of_other)]


def dtype_name(t: Any) -> str:
    return str(np.asarray(t.numpy()).dtype)


@point("bad unconnected_gradients", Raises("ValueError", "Unknown value for unconnected_gradients: 'bogus'"))
def _(tf):
    tape, y, x = squared(tf)
    return tape.gradient(y, x, unconnected_gradients="bogus")


@point("target is a Variable", 1.0)
def _(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        v * v
    return tape.gradient(v, v)


@point("target is source", 1.0)
def _(tf):
    tape, _, x = squared(tf)
    return tape.gradient(x, x)


@point(
    "target that is a number",
    Raises("AttributeError", "dtype"),
    Raises("TypeError", "a target must be a Tensor or Variable, not 3.0 of type float"),
    "the message says what is wrong",
)
def _(tf):
    tape, _, x = squared(tf)
    return tape.gradient(3.0, x)


@point(
    "source that is an array of NumPy's",
    Raises("AttributeError", "_id"),
    Raises("TypeError", "a source must be a Tensor or Variable"),
    "the message says what is wrong",
)
def _(tf):
    tape, y, _ = squared(tf)
    return tape.gradient(y, np.ones(2, np.float32))


# -- output_gradients ---------------------------------------------------------------------------------------------------
@point("output_gradients", [2.0, 40.0])
def _(tf):
    tape, y, x = squared(tf, VECTOR)
    return tape.gradient(y, x, output_gradients=tf.constant([1.0, 10.0]))


@point(
    "output_gradients wrong shape",
    Raises("InvalidArgumentError", "Incompatible shapes"),
    Raises("ValueError", "a cotangent of shape (3,) for a target of shape (2,)"),
    EARLY,
)
def _(tf):
    tape, y, x = squared(tf, VECTOR)
    return tape.gradient(y, x, output_gradients=tf.constant([1.0, 2.0, 3.0]))


@point(
    "output_gradients scalar for vector target",
    [4.0, 8.0],
    Raises("ValueError", "a cotangent of shape () for a target of shape (2,)"),
    "a cotangent has its target's shape; what a number stands for there is a guess",
)
def _(tf):
    tape, y, x = squared(tf, VECTOR)
    return tape.gradient(y, x, output_gradients=tf.constant(2.0))


@point(
    "output_gradients with None element",
    Raises("ValueError", "None"),
    Raises("TypeError", "output_gradients holds None"),
    EARLY + "; None is what `gradient` gives where there is no path, and with two targets TensorFlow ends the process",
)
def _(tf):
    tape, y, x = squared(tf, VECTOR)
    return tape.gradient([y], x, output_gradients=[None])


@point(
    "output_gradients too short list",
    [5.0, 7.0],
    Raises("ValueError", "differs in structure from the targets"),
    SILENT,
)
def _(tf):
    x = tf.constant(VECTOR)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = [x * x, 3.0 * x]
    return tape.gradient(y, x, output_gradients=[tf.constant([1.0, 1.0])])


@point(
    "output_gradients too long list",
    [2.0, 4.0],
    Raises("ValueError", "differs in structure from the targets"),
    SILENT,
)
def _(tf):
    tape, y, x = squared(tf, VECTOR)
    return tape.gradient([y], x, output_gradients=[tf.constant([1.0, 1.0]), tf.constant([5.0, 5.0])])


@point(
    "output_gradients of another structure",
    [6.0, 40.0],
    Raises("ValueError", "differs in structure from the targets"),
    "the leaves of a dict are in the order of their keys: a list beside them pairs with what its writer did not mean",
)
def _(tf):
    x = tf.constant(VECTOR)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = {"b": x * x, "a": 3.0 * x}
    return tape.gradient(y, x, output_gradients=[tf.constant([0.0, 0.0]), tf.constant([3.0, 10.0])])


@point(
    "output_gradients of another dtype",
    Raises("InvalidArgumentError", "expected to be a double tensor"),
    [2.0, 40.0],
    "a cotangent takes its target's dtype, as numbers do everywhere here",
)
def _(tf):
    tape, y, x = squared(tf, VECTOR)
    return tape.gradient(y, x, output_gradients=tf.constant([1.0, 10.0], dtype=tf.float64))


# -- watching -----------------------------------------------------------------------------------------------------------
def watching(what: Any) -> Callable[[Any], Any]:
    def program(tf: Any) -> None:
        with tf.GradientTape() as tape:
            tape.watch(what)

    return program


point("watch python float", Raises("ValueError", "Passed in object 3.0 of type 'float', not "))(watching(3.0))
point(
    "watch ndarray",
    Raises("ValueError", "Passed in object [1. 1.] of type 'ndarray', not "),
    Raises("ValueError", "of type 'ndarray', not "),
    "arrays are shown as NumPy's repr has them",
)(watching(np.ones(2)))
point(
    "watch str",
    Raises("ValueError", "Passed in object a of type 'str', not "),
    Raises("ValueError", "Passed in object 'a' of type 'str', not "),
    "text is shown in quotes",
)(watching("a"))
point("watch None", Raises("ValueError", "Passed in object None of type 'NoneType', not "))(watching(None))


@point("watch int tensor (log warning only)", None)
def _(tf):
    x = tf.constant([1, 2])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * 2
    return tape.gradient(y, x)


@point("variable autowatch + watched_variables", (6.0, ["Variable:0"]))
def _(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = v * v
    names = [w.name for w in tape.watched_variables()]
    return tape.gradient(y, v), names


@point("watched_variables in the order of construction", ["a:0", "b:0"])
def _(tf):
    a, b = tf.Variable(1.0, name="a"), tf.Variable(2.0, name="b")
    with tf.GradientTape() as tape:
        b * a * b
    return [v.name for v in tape.watched_variables()]


@point("watch_accessed_variables False", None)
def _(tf):
    v = tf.Variable(3.0)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        y = v * v
    return tape.gradient(y, v)


@point("assign between reads (y at 2,z at 5) grads sum 4+10", 14.0)
def _(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = v * v
        v.assign(5.0)
        z = v * v
    return tape.gradient([y, z], v)


@point("grad through Variable.assign", None)
def _(tf):
    x, v = tf.constant(2.0), tf.Variable(1.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        v.assign(x * x)
        y = v * 3.0
    return tape.gradient(y, x)


@point("variable replaced by tensor then used as source", 6.0)
def _(tf):
    v = tf.Variable(2.0)
    with tf.GradientTape() as tape:
        v = v + 1.0
        y = v * v
    return tape.gradient(y, v)


# -- gathers ------------------------------------------------------------------------------------------------------------
def kind(g: Any) -> str:
    return {"EagerTensor": "Tensor"}.get(type(g).__name__, type(g).__name__)


@point("gather grad type", "IndexedSlices")
def _(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.gather(x, [0, 0])
    return kind(tape.gradient(y, x))


@point("gather grad on variable", ("IndexedSlices", [0, 0], [1.0, 1.0], [3]))
def _(tf):
    v = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        y = tf.gather(v, [0, 0])
    g = tape.gradient(y, v)
    return kind(g), g.indices, g.values, [int(n) for n in g.dense_shape]


@point("gather grad made dense", [[2.0, 2.0], [0.0, 0.0]])
def _(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.gather(x, [0, 0])
    return tf.convert_to_tensor(tape.gradient(y, x))


@point("gather + dense mix", "Tensor")
def _(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(tf.gather(x, [0, 0])) + tf.reduce_sum(x * x)
    return kind(tape.gradient(y, x))


# -- Jacobians ----------------------------------------------------------------------------------------------------------


@point("jacobian", [[2.0, 0.0], [0.0, 4.0]])
def _(tf):
    tape, y, x = squared(tf, VECTOR)
    return tape.jacobian(y, x)


@point(
    "jacobian no pfor non-persistent",
    Raises("RuntimeError", "GradientTape must be created with persistent=True to compute the jacobian"),
)
def _(tf):
    tape, y, x = squared(tf, VECTOR)
    return tape.jacobian(y, x, experimental_use_pfor=False)


@point("jacobian nested, unconnected", {"x": [[2.0, 0.0], [0.0, 4.0]], "w": None})
def _(tf):
    tape, y, x = squared(tf, VECTOR)
    return tape.jacobian(y, {"x": x, "w": tf.constant(1.0)})


@point("jacobian unconnected zero", [[0.0], [0.0]])
def _(tf):
    tape, y, _ = squared(tf, VECTOR)
    return tape.jacobian(y, tf.constant([1.0]), unconnected_gradients=tf.UnconnectedGradients.ZERO)


@point(
    "jacobian list target",
    Raises("AttributeError", "'list' object has no attribute 'shape'"),
    Raises(("TypeError", "ValueError"), "target"),
    "the message says what is wrong",
)
def _(tf):
    tape, y, x = squared(tf, VECTOR)
    return tape.jacobian([y, y], x)


@point("jacobian empty", (0, 0))
def _(tf):
    x = tf.zeros((0,))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    return tuple(tape.jacobian(y, x).shape)


def batched(tf: Any) -> Any:
    return squared(tf, [[1.0, 2.0], [3.0, 4.0]])


@point("batch_jacobian", [[[2.0, 0.0], [0.0, 4.0]], [[6.0, 0.0], [0.0, 8.0]]])
def _(tf):
    tape, y, x = batched(tf)
    return tape.batch_jacobian(y, x)


@point("batch_jacobian mismatch", Raises("ValueError", "Need first dimension of target shape"))
def _(tf):
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x, axis=0, keepdims=True)
    return tape.batch_jacobian(y, x)


@point("batch_jacobian rank1", Raises("ValueError", "must have rank at least 2"))
def _(tf):
    tape, y, x = squared(tf, VECTOR)
    return tape.batch_jacobian(y, x)


@point("batch_jacobian unconnected (None->zeros)", [[[0.0], [0.0]], [[0.0], [0.0]]])
def _(tf):
    tape, y, _ = batched(tf)
    return tape.batch_jacobian(y, tf.constant([[1.0], [2.0]]), unconnected_gradients=tf.UnconnectedGradients.ZERO)


# -- custom gradients ---------------------------------------------------------------------------------------------------


def through(tf: Any, function: Any, value: Any = 3.0) -> Any:
    x = tf.constant(value)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x)


@point(
    "custom_gradient wrong number of grads",
    Raises("ValueError", "expected to return 1 gradients, but returned 2 instead"),
)
def _(tf):
    return through(tf, tf.custom_gradient(lambda x: (x * x, lambda dy: (dy, dy))))


@point("custom_gradient kwargs eager", 100.0)
def _(tf):
    @tf.custom_gradient
    def f(x, scale=1.0):
        return x * scale, lambda dy: dy * 100.0

    return through(tf, lambda x: f(x, scale=2.0))


@point(
    "custom_gradient uses variable without variables kwarg",
    Raises("TypeError", "must accept keyword argument 'variables'"),
)
def _(tf):
    v = tf.Variable(3.0)
    f = tf.custom_gradient(lambda x: (x * v, lambda dy: dy))
    return through(tf, f)


@point("custom_gradient variables kwarg", [100.0, 7.0])
def _(tf):
    v, x = tf.Variable(3.0), tf.constant(2.0)

    @tf.custom_gradient
    def f(x):
        return x * v, lambda dy, variables=None: (dy * 100.0, [dy * 7.0 for _ in variables])

    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return tape.gradient(y, [x, v])


@point("custom_gradient returns None", None)
def _(tf):
    return through(tf, tf.custom_gradient(lambda x: (x * x, lambda dy: None)))


@point(
    "custom_gradient wrong-shape grad (NOT checked)",
    [1.0, 1.0, 1.0],
    Raises("ValueError", "shape"),
    "a cotangent has the shape of what it belongs to",
)
def _(tf):
    return through(tf, tf.custom_gradient(lambda x: (x * x, lambda dy: tf.ones((3,)))))


# -- forward mode ---------------------------------------------------------------------------------------------------------
@point("ForwardAccumulator", (4.0, None, 0.0))
def _(tf):
    x, other = tf.constant(2.0), tf.constant(1.0)
    with tf.autodiff.ForwardAccumulator(x, tf.constant(1.0)) as acc:
        y, z = x * x, other * 2.0
    return acc.jvp(y), acc.jvp(z), acc.jvp(z, unconnected_gradients=tf.UnconnectedGradients.ZERO)


@point("FA same primal twice", Raises("ValueError", "was specified as a primal multiple times"))
def _(tf):
    x, t = tf.constant(2.0), tf.constant(1.0)
    tf.autodiff.ForwardAccumulator([x, x], [t, t])


@point(
    "FA tangent wrong shape", "made", Raises("ValueError", "a tangent of shape (3,) for a primal of shape (2,)"), EARLY
)
def _(tf):
    tf.autodiff.ForwardAccumulator(tf.constant(VECTOR), tf.constant([1.0, 2.0, 3.0]))
    return "made"


@point(
    "FA tangent wrong dtype",
    Raises("ValueError", "float64"),
    Raises("TypeError", "a tangent of dtype float64 for a primal of dtype float32"),
    "a dtype that does not fit is a TypeError everywhere here",
)
def _(tf):
    tf.autodiff.ForwardAccumulator(tf.constant(2.0), tf.constant(1.0, dtype=tf.float64))


@point("FA fewer tangents than primals", Raises("ValueError", "structure"))
def _(tf):
    tf.autodiff.ForwardAccumulator([tf.constant(2.0), tf.constant(3.0)], [tf.constant(1.0)])


@point("FA on a variable", 6.0)
def _(tf):
    v = tf.Variable(3.0)
    with tf.autodiff.ForwardAccumulator(v, tf.constant(1.0)) as acc:
        y = v * v
    return acc.jvp(y)


@point("FA re-enter", Raises("ValueError", "Accumulator is already recording"))
def _(tf):
    with tf.autodiff.ForwardAccumulator(tf.constant(1.0), tf.constant(1.0)) as acc, acc:
        pass


@point("FA over a tape: a Hessian-vector product", [6.0, -12.0])
def _(tf):
    x = tf.constant(VECTOR)
    with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, -1.0])) as acc:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.reduce_sum(x * x * x)
        g = tape.gradient(y, x)
    return acc.jvp(g)


@point("a tape over FA", [6.0, -12.0])
def _(tf):
    x = tf.constant(VECTOR)
    with tf.GradientTape() as tape:
        tape.watch(x)
        with tf.autodiff.ForwardAccumulator(x, tf.constant([1.0, -1.0])) as acc:
            y = tf.reduce_sum(x * x * x)
        t = acc.jvp(y)
    return tape.gradient(t, x)


@point(
    "jvp of None",
    Raises("AttributeError", "_id"),
    Raises("TypeError", "no Tensor or Variable"),
    "the message says what is wrong",
)
def _(tf):
    with tf.autodiff.ForwardAccumulator(tf.constant(1.0), tf.constant(1.0)) as acc:
        pass
    return acc.jvp(None)


# -- leaving the tape, dtypes ---------------------------------------------------------------------------------------------
@point("op executed in other thread", None)
def _(tf):
    x, found = tf.constant(2.0), []
    with tf.GradientTape() as tape:
        tape.watch(x)
        worker = threading.Thread(target=lambda: found.append(x * x))
        worker.start()
        worker.join()
    return tape.gradient(found[0], x)


@point("leave tf via numpy", None)
def _(tf):
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.constant(x.numpy() ** 2)
    return tape.gradient(y, x)


@point(
    "np.square(tensor)",
    ("float32", None),
    ("float32", 4.0),
    "NumPy's functions are recorded: a gradient is not lost in silence",
)
def _(tf):
    x = tf.constant(2.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = np.square(x)
    name = str(np.asarray(y if isinstance(y, np.generic | np.ndarray) else y.numpy()).dtype)
    return name, tape.gradient(tf.convert_to_tensor(y), x)


@point(
    "mixed dtype mul",
    Raises("InvalidArgumentError", "expected to be a double tensor but is a float tensor"),
    [12.0, "float64"],
    "dtypes are promoted as the array API standard says",
)
def _(tf):
    y = tf.constant(3.0, dtype=tf.float64) * tf.constant(4.0)
    return [y, dtype_name(y)]


@point("complex target allowed, seed 1, conj conv", 2 - 4j)
def _(tf):
    z = tf.constant(1 + 2j)
    with tf.GradientTape() as tape:
        tape.watch(z)
        y = z * z
    return tape.gradient(y, z)


# -- higher orders ----------------------------------------------------------------------------------------------------------
@point("2nd derivative of linear (None)", None)
def _(tf):
    x = tf.constant(2.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = 3.0 * x
        g = inner.gradient(y, x)
    return outer.gradient(g, x)


@point("outer not watching", None)
def _(tf):
    x = tf.constant(2.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x * x
        g = inner.gradient(y, x)
    return outer.gradient(g, x)


@point("inner gradient computed in later outer tape: 2x only partial", 12.0)
def _(tf):
    x = tf.constant(2.0)
    with tf.GradientTape() as inner:
        inner.watch(x)
        y = x**3
    with tf.GradientTape() as outer:
        outer.watch(x)
        g = inner.gradient(y, x)
    return outer.gradient(g, x)


EAGERLY = "a tape in force has recorded the computation: no graph is needed"


@point(
    "tf.hessians eager",
    Raises("RuntimeError", "tf.gradients is not supported when eager execution is enabled"),
    [[[2.0, 0.0], [0.0, 2.0]]],
    EAGERLY,
)
def _(tf):
    x = tf.constant(VECTOR)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x * x)
        return tf.hessians(y, [x])


@point(
    "tf.gradients eager",
    Raises("RuntimeError", "tf.gradients is not supported when eager execution is enabled"),
    [[2.0, 4.0]],
    EAGERLY,
)
def _(tf):
    x = tf.constant(VECTOR)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        return tf.gradients(y, [x])


# -- names --------------------------------------------------------------------------------------------------------------
def parameters(function: Any) -> dict[str, Any]:
    """Names of a function's parameters and their defaults."""
    found = inspect.signature(function).parameters.values()
    return {p.name: "required" if p.default is p.empty else getattr(p.default, "value", p.default) for p in found}


@point(
    "signature of GradientTape",
    {"self": "required", "persistent": False, "watch_accessed_variables": True},
)
def _(tf):
    return parameters(tf.GradientTape.__init__)


@point(
    "signature of gradient",
    {"self": "required", "target": "required", "sources": "required", "output_gradients": None, "unconnected_gradients": "none"},
)  # fmt: skip
def _(tf):
    return parameters(tf.GradientTape.gradient)


@point(
    "signature of jacobian",
    {"self": "required", "target": "required", "sources": "required", "unconnected_gradients": "none",
     "parallel_iterations": None, "experimental_use_pfor": True},
)  # fmt: skip
def _(tf):
    return parameters(tf.GradientTape.jacobian)


@point(
    "signature of batch_jacobian",
    {"self": "required", "target": "required", "source": "required", "unconnected_gradients": "none",
     "parallel_iterations": None, "experimental_use_pfor": True},
)  # fmt: skip
def _(tf):
    return parameters(tf.GradientTape.batch_jacobian)


@point("signature of jvp", {"self": "required", "primals": "required", "unconnected_gradients": "none"})
def _(tf):
    return parameters(tf.autodiff.ForwardAccumulator.jvp)


@point("signature of recompute_grad", {"f": "required"})
def _(tf):
    return parameters(tf.recompute_grad)


@point(
    "signature of custom_gradient", {"f": None}, {"f": None, "jvp": None}, "the forward derivative may be given, too"
)
def _(tf):
    return parameters(tf.custom_gradient)


@point(
    "signature of hessians",
    {"ys": "required", "xs": "required", "gate_gradients": False, "aggregation_method": None, "name": "hessians"},
)
def _(tf):
    return parameters(tf.hessians)


@point("UnconnectedGradients", {"NONE": "none", "ZERO": "zero"})
def _(tf):
    return {member.name: member.value for member in tf.UnconnectedGradients}


TAPE_NAMES = ["batch_jacobian", "gradient", "jacobian", "reset", "stop_recording", "watch", "watched_variables"]


@point("public names of GradientTape", TAPE_NAMES)
def _(tf):
    return [name for name in TAPE_NAMES if callable(getattr(tf.GradientTape, name, None))]
