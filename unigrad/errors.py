"""The exceptions of unigrad: one tree, each also a kind of the built-in error that a caller would expect."""

import numpy as np

#: what a library raises for operands that it cannot use
KERNEL_ERRORS = (ArithmeticError, KeyError, IndexError, NotImplementedError, RuntimeError, TypeError, ValueError)


class UnigradError(Exception):
    """Base of every error that unigrad raises on purpose."""


class BackendError(UnigradError, RuntimeError):
    """A backend is unknown, cannot be imported, or has no such device."""


class MixedBackendsError(UnigradError, TypeError):
    """Arrays of two backends met in one operation."""


class DTypeError(UnigradError, TypeError):
    """A dtype that the operation, or the backend, does not have."""


class IntegerRangeError(DTypeError, OverflowError):
    """A Python integer that an integer dtype cannot hold; libraries cut it in silence."""


class ShapeError(UnigradError, ValueError):
    """Shapes or axes that do not fit each other."""


class OutOfBoundsError(UnigradError, IndexError):
    """An index beyond the end of its axis."""


class ReadOnlyError(UnigradError, ValueError):
    """A write into a view that shows one element in several places, as NumPy's read-only arrays."""


class AxisError(ShapeError, OutOfBoundsError):
    """An axis that the array does not have: an IndexError and a ValueError, as NumPy's."""


class LinAlgError(UnigradError, np.linalg.LinAlgError):
    """A matrix that has no such inverse or factors: singular, not positive definite, or without convergence."""


class VersionError(UnigradError, ValueError):
    """A version of the array API standard that unigrad does not follow."""


class TapeError(UnigradError, RuntimeError):
    """A tape or an accumulator was asked for what it cannot give in its present state."""


class TapeStateError(UnigradError, ValueError):
    """A tape or an accumulator was entered, paused or reset in a state that does not allow it."""


class SourceError(UnigradError, ValueError):
    """A target, source, primal or tangent that the tape cannot use."""


class SourceTypeError(UnigradError, TypeError):
    """A target or source of a type that the tape cannot use."""


class GradientLostError(UnigradError, TypeError):
    """A tracked tensor was about to leave the tape without a word."""


class BatchedValueError(UnigradError, TypeError):
    """Inside `vmap` the value of one example was asked for, where all of them are computed at once."""


class TracedValueError(UnigradError, TypeError):
    """The value of a tensor was asked for where nobody knows it: a compiler looks on, or the library's own vmap."""


class NonFiniteError(UnigradError, FloatingPointError):
    """An op, or its derivative, made the first NaN or infinity: `unigrad.debug` looks."""


class NoRuleError(UnigradError, TypeError):
    """A function of another library was called with a tensor, and unigrad has no rule for it."""


class GradientCheckError(UnigradError, AssertionError):
    """A derivative is not what `unigrad.testing` finds it to be; or it cannot be told."""


class DrawingError(UnigradError, RuntimeError):
    """A picture that cannot be made: graphviz is missing or fails, or the file's ending is unknown."""


class UnigradWarning(UserWarning):
    """Base of the warnings of unigrad."""


class NotDifferentiableWarning(UnigradWarning):
    """A source can have no gradient, and the result says so with None."""


class BatchingWarning(UnigradWarning):
    """A row has no batching rule: `vmap` runs it in a loop over the examples."""


class NonFiniteWarning(UnigradWarning):
    """The same, where `unigrad.debug` was asked to warn."""
