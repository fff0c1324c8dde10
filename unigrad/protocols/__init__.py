"""What lets existing code call us: NumPy's ``__array_ufunc__`` and ``__array_function__``, on any backend.

``np.f(t)`` of a tensor or variable arrives here, and is computed by unigrad's own functions on the tensor's backend: recorded,
and never by way of NumPy unless the result is exactly constant. `table` says how a row is written, and what each name of
NumPy is; the rows themselves are imported when NumPy first hands something over.
"""

from unigrad.operators import bind_protocols
from unigrad.protocols.dispatch import array_function, array_ufunc, numpy_rules

__all__ = ["array_function", "array_ufunc", "numpy_rules"]

bind_protocols(array_ufunc, array_function)
