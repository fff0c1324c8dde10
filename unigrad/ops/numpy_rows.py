"""Rows that NumPy's own functions need beside those of the standard."""

from unigrad.kinds import Function, constant, elementwise
from unigrad.primitive import Domain, Primitive, Sample

cbrt: Function = elementwise(
    "cbrt",
    lambda out: 1 / (3 * out * out),
    promotes="float",
    domain=Domain(0.2, 3.0, complex=False),
    doc="Real cube root.",
)

#: NumPy computes it from the values: for what is exactly constant in them
through_numpy: Primitive = constant(
    "through_numpy", args=("xs",), variadic=True,
    domain=Domain(complex=False, samples=(Sample(((2, 3),), {"function": "spacing"}),)),
    doc="A function of NumPy's that is constant almost everywhere, of the values; `which` of its results.",
)  # fmt: skip
