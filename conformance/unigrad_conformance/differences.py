"""Where a native framework is known to answer otherwise than unigrad: data, each row with its reason.

A row stands for the cases of a group (a primitive or an expression) whose name holds `when`, on one backend's native autodiff,
in one respect ("first", "jvp", "second"). There finite differences judge instead. A row that no case needs any more fails.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """One known difference."""

    group: str
    native: str
    respect: str
    when: str
    reason: str


_WRITES = "of several writes to one element the last stays: the others have gradient 0, and torch's gives them one"
_TURNS = "sign(z) = z/|z| turns with z; JAX takes its derivative for 0"
_STEP = "JAX has no derivative of nextafter; unigrad's is 1, that of the number itself"
_NUMBER = "torch has no derivative of a number's remainder by an array; unigrad's is minus the whole quotient"
_FACTORS = "torch's reverse over its own forward mode takes the factors for constants (or raises, or is NaN)"
_FULL = "the vectors that fill up the smaller side have no derivative there"
_NO_EIG = "JAX refuses derivatives of the eigenvectors of a matrix that is not Hermitian"
_TRIGAMMA = "torch's trigamma keeps nine digits"
_NO_FORWARD = "torch has no forward mode of the incomplete gamma functions"

_GAUGE = "torch refuses the third derivative, or is NaN: it takes it to depend on the phases of the eigenvectors"
_IN_PLACE = "torch's rule writes in place into what its third derivative needs, and raises"

DIFFERENCES: tuple[Difference, ...] = (
    Difference("setitem", "torch", "first", "[1, 1]", _WRITES),
    *(Difference("sign", "jax", r, "complex", _TURNS) for r in ("first", "jvp", "second")),
    *(Difference("nextafter", "jax", r, "", _STEP) for r in ("first", "jvp", "second")),
    *(Difference("remainder", "torch", r, "number with array", _NUMBER) for r in ("first", "jvp", "second")),
    *(
        Difference(group, "torch", "second", "", _FACTORS)
        for group in ("adjugate", "det", "eig", "eigh", "slogdet", "solve", "solve_triangular")
    ),
    Difference("svd", "torch", "second", "", _FACTORS),
    *(Difference("eig", "jax", r, "", _NO_EIG) for r in ("first", "jvp", "second")),
    Difference("eigvals", "jax", "second", "", _NO_EIG),
    *(Difference("svd", "torch", r, "full_matrices=True", _FULL) for r in ("first", "jvp")),
    *(Difference("svd", "jax", r, "full_matrices=True", _FULL) for r in ("first", "jvp", "second")),
    *(Difference("qr", "torch", r, "mode=complete", _FULL) for r in ("first", "jvp", "second")),
    *(Difference("digamma", "torch", r, "", _TRIGAMMA) for r in ("first", "jvp")),
    Difference("gammaln", "torch", "second", "", _TRIGAMMA),
    *(Difference(group, "torch", "third", "", _GAUGE) for group in ("eigvals", "eigvalsh")),
    *(Difference(group, "torch", "third", "", _IN_PLACE) for group in ("sign", "std", "std with correction")),
    *(Difference(group, "torch", r, "", _NO_FORWARD) for group in ("gammainc", "gammaincc") for r in ("jvp", "second")),
)


def known(group: str, native: str, respect: str, case: str) -> Difference | None:
    """The row that explains a difference, if there is one."""
    for d in DIFFERENCES:
        if (d.group, d.native, d.respect) == (group, native, respect) and d.when in case:
            return d
    return None


def expected(group: str, native: str) -> list[Difference]:
    """The rows that a run of this group against this native autodiff must need."""
    return [d for d in DIFFERENCES if (d.group, d.native) == (group, native)]
