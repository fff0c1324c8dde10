"""Public functions, each expression written once over an array API namespace, and run on tensors and on native arrays.

An expression that a native library cannot say in the same words has a second form, over the standard's own functions.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import unigrad as ug
from unigrad.testing.samples import draw
from unigrad_conformance.cases import Case, arranged, random

A = (2, 3)
#: name, expression, shapes, and what is particular: native=, low=, high=, real=, not_native=
EXPRESSIONS: list[tuple[str, Callable[..., Any], Sequence[tuple[int, ...]], dict[str, Any]]] = []


def says(name: str, f: Callable[..., Any], *shapes: tuple[int, ...], **particular: Any) -> None:
    """Add an expression."""
    EXPRESSIONS.append((name, f, shapes, particular))


IN_PLACE = {"not_native": frozenset({"jax"})}
REAL = {"real": True}

says("x used twice", lambda xp, x: x * x + xp.sin(x) * x, A)
says("a scalar function of all", lambda xp, x, y: xp.sum(xp.exp(x) * y), A, (3,))
says("numbers on either side", lambda xp, x: 2.0 / (3.0 - x) + (x + 4) * 2 - 1 * x, A, low=0.5)
says("powers", lambda xp, x: x**2 + x**3 + x**0.5 + 2.0**x + x**-1, A, low=0.5)
says("clip", lambda xp, x: xp.clip(x, -0.7, 0.8), A, **REAL)
says("clip with arrays", lambda xp, x, a, b: xp.clip(x, a, b), A, (3,), A, **REAL)
says("where with a number", lambda xp, x: xp.where(x > 0, x * x, xp.zeros_like(x) + 1.5), A, **REAL)
says("where of two", lambda xp, x, y: xp.where(x > y, x * y, xp.sin(x)), A, (3,), **REAL)
says("where with a Python number", lambda xp, x: xp.where(x > 0, x * x, 1.5), A, **REAL)
says("std with correction", lambda xp, x: xp.std(x, axis=1, correction=1), A, **REAL)
says("var with correction and keepdims", lambda xp, x: xp.var(x, axis=0, correction=1, keepdims=True), A, **REAL)
says(
    "softmax",
    lambda xp, x: xp.exp(x - xp.max(x, axis=-1, keepdims=True)) / xp.sum(xp.exp(x), axis=-1, keepdims=True),
    A,
    **REAL,
)
says("stack", lambda xp, x, y: xp.stack([x, y, x * 2], axis=1), A, A)
says("concat of flattened", lambda xp, x, y: xp.concat([x, y], axis=None), A, (4,))
says("unstack", lambda xp, x: xp.unstack(x, axis=1)[1] * xp.unstack(x, axis=1)[0], A)
says(
    "split",
    lambda xp, x: ug.split(x, 2, axis=1)[1] * ug.split(x, [1], axis=1)[0],
    (2, 4),
    native=lambda xp, x: x[:, 2:] * x[:, :1],
)
says("tile", lambda xp, x: xp.tile(x, (2, 1, 3)), A)
says("repeat", lambda xp, x: xp.repeat(x, 2), A)
says("roll without axis", lambda xp, x: xp.roll(x, 2) * x, A)
says("flip of all axes", lambda xp, x: xp.flip(x) * x, A)
says("expand_dims", lambda xp, x: xp.expand_dims(x, axis=1) * x, A)
says("squeeze", lambda xp, x: xp.squeeze(x, axis=1), (2, 1, 3))
says("matrix_transpose", lambda xp, x: xp.matrix_transpose(x) * 2, (2, 2, 3))
says("moveaxis", lambda xp, x: xp.moveaxis(x, 0, -1), (2, 2, 3))
says("reshape with -1", lambda xp, x: xp.reshape(x, (3, -1)), A)
says("broadcast_arrays", lambda xp, x, y: xp.broadcast_arrays(x, y)[0] * xp.broadcast_arrays(x, y)[1], (2, 1), (3,))
says("tensordot", lambda xp, x, y: xp.tensordot(x, y, axes=((1, 2), (0, 1))), (2, 3, 2), (3, 2, 2))
says("tensordot of a number of axes", lambda xp, x, y: xp.tensordot(x, y, axes=1), A, (3, 2))
says("outer product", lambda xp, x, y: xp.tensordot(x, y, axes=0), (2,), (3,))
says("vecdot", lambda xp, x, y: xp.vecdot(x, y, axis=-1), A, (3,))
says("matmul operator", lambda xp, x, y: x @ y @ x, (3, 3), (3, 3))
says(
    "cumulative_sum with initial",
    lambda xp, x: xp.cumulative_sum(x, axis=1, include_initial=True),
    A,
    native=lambda xp, x: xp.concat([x[:, :1] * 0, xp.cumulative_sum(x, axis=1)], axis=1),
)
says(
    "cumulative_prod with initial",
    lambda xp, x: xp.cumulative_prod(x, axis=1, include_initial=True),
    A,
    native=lambda xp, x: xp.concat([x[:, :1] * 0 + 1, xp.cumulative_prod(x, axis=1)], axis=1),
)
says(
    "linspace with ends",
    lambda xp, x, y: xp.linspace(x, y, 5),
    (),
    (),
    native=lambda xp, x, y: xp.stack([x * (1 - k / 4) + y * (k / 4) for k in range(5)]),
)
says(
    "linspace without its end",
    lambda xp, x: xp.linspace(x, 3.0, 4, endpoint=False),
    (),
    native=lambda xp, x: xp.stack([x * (1 - k / 4) + 3.0 * (k / 4) for k in range(4)]),
)
says("full of a tensor", lambda xp, x: xp.full((2, 3), x), (), native=lambda xp, x: xp.broadcast_to(x, (2, 3)))
says("meshgrid", lambda xp, x, y: xp.meshgrid(x, y)[0] * xp.meshgrid(x, y)[1], (2,), (3,), **REAL)
says(
    "meshgrid ij",
    lambda xp, x, y: xp.meshgrid(x, y, indexing="ij")[0] * xp.meshgrid(x, y, indexing="ij")[1],
    (2,),
    (3,),
)
says(
    "there and back by numpy",
    lambda xp, x: ug.convert(ug.sin(ug.convert(x, "numpy")), x.backend.name),
    A,
    native=lambda xp, x: xp.sin(x),
)
says(
    "a list of tensors",
    lambda xp, x, y: ug.asarray([x[0], y, x[1] * y]),
    (2,),
    (),
    native=lambda xp, x, y: xp.stack([x[0], y, x[1] * y]),
)
says("rows read one by one", lambda xp, x: sum(x[i] * (i + 1) for i in range(3)), (3, 2))
says("slices and ellipsis", lambda xp, x: x[..., 1:] * x[..., :-1] + x[0, :-1], (2, 3))
says("at[].set", lambda xp, x, y: x.at[1].set(y), A, (3,), native=lambda xp, x, y: xp.stack([x[0], y]))
says(
    "at[].add twice to one",
    lambda xp, x, y: x.at[[0, 0]].add(y),
    A,
    (2, 3),
    native=lambda xp, x, y: xp.stack([x[0] + y[0] + y[1], x[1]]),
)
says(
    "at[].multiply",
    lambda xp, x, y: x.at[:, 0].multiply(y),
    A,
    (2,),
    native=lambda xp, x, y: xp.concat([(x[:, 0] * y)[:, None], x[:, 1:]], axis=1),
)
says(
    "at[].min and max",
    lambda xp, x, y: x.at[0].min(y).at[1].max(y),
    A,
    (3,),
    native=lambda xp, x, y: xp.stack([xp.minimum(x[0], y), xp.maximum(x[1], y)]),
    **REAL,
)

says(
    "matrix norms", lambda xp, x: xp.linalg.matrix_norm(x, ord="nuc") * xp.linalg.matrix_norm(x, ord=1), (3, 2), low=0.5
)
says(
    "matrix_power",
    lambda xp, x: xp.linalg.matrix_power(x, 3) + xp.linalg.matrix_power(x, 0),
    (2, 2),
)
says("trace and diagonal", lambda xp, x: xp.linalg.trace(x, offset=1) * xp.linalg.diagonal(x), (2, 3))
says("outer and cross", lambda xp, x, y: xp.linalg.cross(xp.linalg.outer(x, y), y), (2,), (3,))
says(
    "kron",
    lambda xp, x, y: ug.linalg.kron(x, y),
    (2, 2),
    (1, 3),
    native=lambda xp, x, y: xp.reshape(x[:, None, :, None] * y[None, :, None, :], (2, 6)),
)


def _written(xp: Any, x: Any, y: Any) -> Any:
    z = x * 1
    z[0, :] = y * y
    z[:, 1] = z[:, 0] * 3
    return z * z


def _updated(xp: Any, x: Any, y: Any) -> Any:
    z = x * 1
    z += y
    z[0, :] *= y
    z[1, 1:] -= z[0, :-1]
    return z


def _views(xp: Any, x: Any) -> Any:
    z = x * 1
    row = z[1, :]
    row *= 2
    flat = xp.reshape(z, (6,))
    flat[2:4] = flat[0:2] * 5
    return z * row


def _buffer(xp: Any, x: Any) -> Any:
    z = x[0] * 0
    for i in range(2):
        z = z + x[i] ** 2
        z[i] = z[i] * x[i, 2 - i]
    return z


says("writes in place", _written, A, (3,), **IN_PLACE)
says("updates in place", _updated, A, (3,), **IN_PLACE)
says("writes through views", _views, A, **IN_PLACE)
says(
    "writes in a loop", _buffer, A, not_native=frozenset({"jax", "torch"})
)  # torch: "modified by an inplace operation"


def expressions(pattern: str = "", seed: int = 0) -> Iterator[list[Case]]:
    """The cases of each expression, with each argument alone and in other layouts; its words fix the sizes.

    Args:
        pattern: in the name (or one of several, separated by commas); none: all.
        seed: 0 gives the numbers that every run takes.
    """
    import unigrad_conformance.expressions_standard  # noqa: F401  (adds its own)

    wanted = [p for p in pattern.split(",") if p]
    for name, f, shapes, particular in EXPRESSIONS:
        if not wanted or any(p in name for p in wanted):
            cases = [_case(name, f, shapes, particular, seed, is_complex=False)]
            if not particular.get("real"):
                cases.append(_case(name, f, shapes, particular, seed, is_complex=True))
            yield [*cases, *(variant for case in cases for variant in arranged(case))]


def _case(
    name: str,
    f: Callable[..., Any],
    shapes: Sequence[tuple[int, ...]],
    particular: dict[str, Any],
    seed: int,
    *,
    is_complex: bool,
) -> Case:
    label = f"{name} (complex)" if is_complex else name
    rng = random(label, seed)
    args = tuple(draw(rng, s, particular.get("low", -1.5), particular.get("high", 1.5), is_complex) for s in shapes)
    form = particular.get("native", f)

    def ours(*tensors: Any) -> Any:
        return f(tensors[0].__array_namespace__(), *tensors)

    def native(backend: Any, *raws: Any) -> Any:
        with backend.making_here():
            return form(backend.xp, *raws)

    refused = particular.get("not_native", frozenset())
    halves = particular.get("two_bytes", True)
    return Case(
        name,
        label,
        ours,
        native,
        args,
        tuple(range(len(args))),
        lead=True,
        not_native=refused,
        two_bytes=halves,
        over=f,
    )
