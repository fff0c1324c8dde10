"""unigrad.testing.check_primitive: rows of one's own and custom_gradient functions, on every backend."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_library_well
from unigrad import kinds
from unigrad.backend import load
from unigrad.primitive import TABLE, Domain, Sample
from unigrad.testing import check_primitive

X, Y = np.array([[0.3, -0.5, 1.2], [0.7, 2.0, -1.0]]), np.array([0.4, 1.5, -0.8])
NUMBERS = itertools.count()
QUICK = ("numpy", "torch")  # JAX compiles each op for each shape


@pytest.fixture
def new() -> Iterator[Any]:
    """A function that makes a row with kernels on all backends; the table is as it was, afterwards."""
    made: list[str] = []

    def make(kind: Any, kernel: Any, *rules: Any, where: Any = ("numpy", "jax", "torch"), **options: Any) -> Any:
        name = f"own_row_{next(NUMBERS)}"  # never the same: what vmap makes of a row is remembered by its name
        made.append(name)
        for backend in where:
            type(load(backend)).kernels[name] = kernel
        return kind(name, *rules, doc="A row of one's own.", **options)

    yield make
    for name in made:
        TABLE.pop(name, None)
        for backend in ("numpy", "jax", "torch"):
            type(load(backend)).kernels.pop(name, None)


def product(new: Any, vjp: Any = None, jvp: Any = None, kernel: Any = lambda x, y: x * y, **options: Any) -> Any:
    """A product as a general row."""
    options = {
        "broadcasts": True,
        "domain": Domain(samples=(Sample(((2, 3), (3,)), {}), Sample(((2,), (2,)), {}))),
    } | options
    right = (lambda ct, y: ct * ug.conj(y), lambda ct, x: ct * ug.conj(x))
    return new(
        kinds.general,
        kernel,
        args=("x", "y"),
        vjp=vjp or right,
        jvp=jvp or (lambda t, y: t * y, lambda t, x: t * x),
        **options,
    )


def refused(op: Any, samples: Any = None, **options: Any) -> str:
    """What the check says of a wrong op."""
    options = {"backends": QUICK} | options
    with pytest.raises(ug.GradientCheckError) as caught:
        check_primitive(op, samples, **options)
    assert isinstance(caught.value, AssertionError)
    assert_library_well()
    return str(caught.value)


# -- what is right -----------------------------------------------------------------------------------------------------


def test_a_row_on_every_backend(new: Any) -> None:
    cube = new(kinds.elementwise, lambda x: x * x * x, lambda x: 3 * x * x)
    checked = check_primitive(cube, [(X,), (X[0] + 0.5j,)], backends=("numpy", "jax", "torch"), order=1)
    assert checked.backends == ("numpy", "jax", "torch")
    assert checked.calls == 2
    assert checked.comparisons > 40
    assert checked.notes == ()


def test_a_row_by_its_name_with_its_own_samples(new: Any) -> None:
    row = product(new)
    checked = check_primitive(row.name, backends="numpy")
    assert checked.calls == 4  # real and complex
    assert any("vmap has no rule" in note for note in checked.notes)  # told once for each row


def test_a_row_with_parameters(new: Any) -> None:
    def kernel(x: Any, power: int) -> Any:
        return x**power

    row = new(
        kinds.general, kernel, vjp=lambda ct, x, power: ct * ug.conj(power * x ** (power - 1)),
        jvp=lambda t, x, power: t * (power * x ** (power - 1)),
    )  # fmt: skip
    check_primitive(row, [((X,), {"power": 3}), Sample(((2,),), {"power": 2})], backends=QUICK)


@pytest.mark.parametrize(
    "name",
    [
        "sin",
        "hypot",
        "matmul",
        "where",
        "floor_divide",
        "less",
        "bitwise_xor",
        "logical_not",
        "take_along_axis",
        "logsumexp",
    ],
)
def test_rows_of_the_library(name: str) -> None:
    check_primitive(name, backends="numpy", order=1 if name == "logsumexp" else 2)


def test_a_custom_gradient_function() -> None:
    @ug.custom_gradient
    def log1pexp(x: Any) -> Any:
        e = ug.exp(x)
        return ug.log(1 + e), lambda ct: ct * (1 - 1 / (1 + e))

    checked = check_primitive(log1pexp, [(X,), (2.0,)], backends=("numpy", "jax", "torch"))
    assert checked.calls == 2


def test_structures() -> None:
    @ug.custom_gradient
    def f(d: Any) -> Any:
        return [d["a"] * d["b"], d["b"] * 2], lambda u, v: {"a": u * d["b"], "b": u * d["a"] + 2 * v}

    check_primitive(f, [({"a": X, "b": X + 1},)], backends=QUICK)


# -- what is wrong -------------------------------------------------------------------------------------------------------

REAL = Domain(complex=False, samples=(Sample(((2, 3), (3,)), {}),))
SAME = Domain(samples=(Sample(((3,), (3,)), {}),))
BUGS = {
    "sign": (
        {"vjp": (lambda ct, y: -ct * ug.conj(y), lambda ct, x: ct * ug.conj(x))}, ["reverse mode is wrong", "opposite sign"],
    ),
    "conjugate": ({"vjp": (lambda ct, y: ct * y, lambda ct, x: ct * x)}, ["complex128", "not conjugated"]),
    "unbroadcast": (
        {"broadcasts": False},
        ["got dtype float64 and shape (2, 3), expected dtype float64 and shape (3,)", "was not summed over"],
    ),
    "forward": (
        {"jvp": (lambda t, y: t * y, lambda t, x: -t * x)},
        ["forward mode, along argument 1 alone, is wrong", "opposite sign", "reverse mode right"],
    ),
    "arguments exchanged": (
        {"vjp": (lambda ct, x: ct * ug.conj(x), lambda ct, y: ct * ug.conj(y)), "domain": SAME},
        ["the gradient of argument 0 is that of argument 1"],
    ),
    "a detached value": (
        {"vjp": (lambda ct, y: ct * ug.stop_gradient(ug.conj(y)), lambda ct, x: ct * ug.conj(x))},
        ["reverse over reverse is wrong", "the first derivatives are right"],
    ),
    "a batching rule": (
        {"batch": lambda call: call.primitive(*[getattr(a, "raw", a) for a in call.arrays])}, ["vmap over"],
    ),
    "a kernel that gives doubles": (
        {"kernel": lambda x, y: np.asarray(x * y, np.float64), "domain": REAL},
        ["a result of float64 for arguments of 32 bits: the kernel widens them"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("bug", BUGS)
def test_a_bug_in_a_row_is_caught_and_named(bug: str, new: Any) -> None:
    options, parts = BUGS[bug]
    message = refused(product(new, **options), backends="numpy")
    for part in ("check_primitive: own_row_", " on numpy, sample", *parts):
        assert part in message, message


def test_all_backends_are_told_together(new: Any) -> None:
    message = refused(product(new, vjp=(lambda ct, y: -ct * ug.conj(y), lambda ct, x: ct * ug.conj(x))))
    assert message.endswith("\n  the same on torch")


def test_a_kernel_that_is_wrong_on_one_backend(new: Any) -> None:
    row = new(kinds.elementwise, lambda x: x * x, lambda x: 2 * x)
    type(load("torch")).kernels[row.primitive.name] = lambda x: x * x + 1
    assert " on torch, sample 0 (float64[2, 3]): the value is" in refused(row, [(X,)])
    type(load("torch")).kernels[row.primitive.name] = lambda x: (x * x).numpy()
    row.primitive.kernels.clear()
    refused(row, [(X,)])


def test_a_kernel_that_is_missing_on_one_backend(new: Any) -> None:
    row = new(kinds.elementwise, lambda x: x * x, lambda x: 2 * x, where=("numpy",))
    check_primitive(row, [(X,)], backends="numpy")
    message = refused(row, [(X,)])
    assert "on torch" in message
    assert "': add one to its `kernels` table; or leave it out with backends=[...]" in message


def test_a_cotangent_of_another_shape_is_told_by_debug(new: Any) -> None:
    row = product(new, broadcasts=False)
    x, y = ug.asarray(X), ug.asarray(Y)
    with ug.debug(), ug.GradientTape() as tape:
        tape.watch([x, y])
        z = row(x, y)
        says = r"gave a cotangent of shape \(2, 3\) for its operand 1 of shape \(3,\)\n  own_row_\d+ ran at "
        with pytest.raises(ug.ShapeError, match=says):
            tape.gradient(z, [x, y])
    assert_library_well()


def test_a_condition_inside_vmap() -> None:
    @ug.custom_gradient
    def f(x: Any) -> Any:
        return (ug.sin(x) if x[0] > 0 else x * 1), lambda ct: ct * ug.cos(x)

    message = refused(f, [(np.array([0.3, 0.4]),)])
    assert "vmap over argument 0 raised BatchedValueError" in message
    assert "or give vmap=False" in message
    check_primitive(f, [(np.array([0.3, 0.4]),)], backends="numpy", vmap=False)


def test_a_custom_gradient_that_is_wrong() -> None:
    @ug.custom_gradient
    def f(x: Any) -> Any:
        return ug.sin(x), lambda ct: 2 * ct * ug.cos(x)

    message = refused(f, [(X,)])
    assert message.startswith("check_primitive: f on numpy, sample 0 (float64[2, 3]): reverse mode is wrong")
    assert "it is 2 times what is expected" in message


# -- bad input -----------------------------------------------------------------------------------------------------------


def own_product(x: Any, y: Any) -> Any:
    return x * y, lambda ct: (ct * y, ct * x)


OWN = ug.custom_gradient(own_product)
BAD = [
    ((3,), {}, ug.SourceTypeError, "takes a row of the table, its name, or a custom_gradient function, not 3 of type int"),
    ((lambda x: x,), {}, ug.SourceTypeError, "a function without a rule of its own is for check_gradients"),
    (("sinn",), {}, ug.SourceError, "no row is named 'sinn'; there are .*sin"),
    ((OWN,), {}, ug.SourceError, "own_product is a custom_gradient function, and needs samples"),
    ((OWN, []), {}, ug.SourceError, r"samples is a list with one tuple of arguments for each call, not \[\]"),
    ((OWN, 3), {}, ug.SourceError, "samples is a list"),
    ((OWN, [X]), {}, ug.SourceError, "sample 0 is no tuple of arguments, but array"),
    ((OWN, [(X, object())]), {}, ug.SourceTypeError, "sample 0 has <object object .*> of type object, which is no array"),
    ((OWN, [Sample(((2,),), {})]), {}, ug.SourceError, "sample 0 names shapes, and own_product has no domain to draw from"),
    (("sin", [(X, X)]), {}, ug.SourceError, "sample 0 has 2 arrays, and the row 'sin' takes 1: x"),
    (("multiply", [(X, np.ones(2))]), {}, ug.GradientCheckError, "does not fit: ShapeError: multiply"),
    (("sin", [(X,)]), {"backends": ()}, ug.SourceError, "backends names no backend"),
    (("sin", [(X,)]), {"backends": "nope"}, ug.BackendError, "unknown backend 'nope'"),
    (("svd",), {}, ug.SourceError, "the row 'svd' cannot be checked by itself: its result depends on a choice of signs"),
    (("convert",), {}, ug.SourceError, "the row 'convert' cannot be checked by itself: its parameters name a backend"),
    (("reshape", None), {"backends": "nope"}, ug.BackendError, "unknown backend 'nope'"),
]  # fmt: skip


@pytest.mark.parametrize("row", range(len(BAD)))
def test_bad_input(row: int) -> None:
    args, options, error, says = BAD[row]
    with pytest.raises(error, match=says):
        check_primitive(*args, **({"backends": "numpy"} | options))
    assert_library_well()


def test_a_row_without_samples(new: Any) -> None:
    row = new(kinds.general, lambda x, y: x + y, args=("x", "y"), vjp=(None, None), jvp=(None, None))
    with pytest.raises(ug.SourceError, match="its domain names none: give samples, or a Domain with samples="):
        check_primitive(row)
