"""Points beyond the measured table: of its own chapters, several elements at once, complex numbers, casts."""

import math
from typing import Any

import numpy as np

import unigrad as ug
from unigrad_conformance.hazards import Hazard, inf, nan

H = Hazard


def zero(xp: Any, x: Any) -> Any:
    """Zeros like x."""
    return xp.zeros_like(x)


def written_twice(v: Any) -> Any:
    """The gradient of each example's squares, of which the second stays where both were written."""

    def one(v: Any) -> Any:
        with ug.GradientTape() as tape:
            tape.watch(v)
            out = ug.zeros_like(v).at[[0, 0]].set(v) ** 2
        return tape.gradient(out, v)

    return ug.vmap(one)(v)


def written_where(v: Any) -> Any:
    """The gradient of each example's squares, of which some are written over, and some rows."""

    def one(v: Any) -> Any:
        with ug.GradientTape() as tape:
            tape.watch(v)
            z = v * 1
            z[v > 3] = ug.stop_gradient(v[0, 0])
            z[v[:, 0] < 0] = 0.25
            out = z**2
        return tape.gradient(out, v)

    return ug.vmap(one)(v)


def solved_in_examples(b: Any) -> Any:
    """Two matrices of each example, for one right-hand side of each."""
    return ug.vmap(ug.linalg.solve)(np.reshape([1.0, 2.0, 4.0, 8.0], (2, 2, 1, 1)) * np.eye(2), b)


def written_at_lists_apart(v: Any) -> Any:
    """Two elements of each example, told by lists on both sides of a slice."""

    def one(v: Any) -> Any:
        z = ug.stack([0 * v, 0 * v], axis=-1)
        z[[0, 1], :, [0, 1]] = v
        return z

    return ug.sum(ug.vmap(one)(v), axis=-1) * np.reshape([1.0, 4.0], (2, 1))


def slope_of_std(xp: Any, x: Any) -> Any:
    """The derivative of the deviation of (x0, 2 x1, 3 x2) by x0, as a formula."""
    u = xp.stack([x[0], 2 * x[1], 3 * x[2]])
    away = u - xp.mean(u)
    return away[0] / (3 * xp.sqrt(xp.mean(away * away)))


def slope_of_eigenvalue(xp: Any, a: Any) -> Any:
    """The derivative by a of the larger eigenvalue of [[a, 1], [1, 3]], as a formula."""
    return 0.5 + (a - 3) / 4 / xp.sqrt(((a - 3) / 2) ** 2 + 1)


def times_a_count(xp: Any, x: Any) -> Any:
    """x times the size of a set of objects that the program adds to."""
    held = {object()}
    held.add(object())
    return x * len(held)


def handed(f: Any, x: Any) -> Any:
    """A function of x that is an argument."""
    return f(x)


BEYOND = (
    H(
        "third derivative of std",
        lambda xp, x: ug.grad(lambda v: xp.std(xp.stack([v[0], 2 * v[1], 3 * v[2]])))(x)[0],
        ([1.0, 1.0, 1.0],),
        ([-1 / (6 * math.sqrt(6)), 4 / (6 * math.sqrt(6)), -3 / (6 * math.sqrt(6))],),
        order=2,
        native=slope_of_std,
    ),
    H(
        "third derivative of an eigenvalue",
        lambda xp, a: ug.grad(
            lambda v: xp.linalg.eigvalsh(xp.reshape(xp.stack([v, v * 0 + 1, v * 0 + 1, v * 0 + 3]), (2, 2)))[1]
        )(a),
        (2.0,),
        (6 / (25 * math.sqrt(5)),),
        order=2,
        native=slope_of_eigenvalue,
    ),
    H(
        "gradients of several examples of x.at[[0,0]].set(v)**2",
        lambda xp, v: written_twice(v),
        ([[3.0, 4.0], [5.0, 6.0]],),
        ([[0.0, 2.0], [0.0, 2.0]],),
        native=lambda xp, v: v[:, 1] * 2,
    ),
    H(
        "gradients of several examples of z[v>3]=c; z**2",
        lambda xp, v: written_where(v),
        ([[[1.0, 4.0], [-1.0, 2.0]], [[2.0, -3.0], [5.0, 1.0]]],),
        ([[[2.0, 0.0], [0.0, 0.0]], [[2.0, 2.0], [0.0, 2.0]]],),
        native=lambda xp, v: xp.where((v > 3) | (v[:, :, :1] < 0), 0 * v, 2 * v),
    ),
    H(
        "vmap of solve, a right-hand side with fewer axes",
        lambda xp, b: solved_in_examples(b),
        ([[[1.0], [1.0]], [[1.0], [1.0]]],),
        ([[[1.5], [1.5]], [[0.375], [0.375]]],),
        native=lambda xp, b: b * xp.asarray([[[1.5]], [[0.375]]]),
    ),
    H(
        "vmap of z[[0, 1], :, [0, 1]] = v",
        lambda xp, v: written_at_lists_apart(v),
        ([[[1.0], [1.0]], [[1.0], [1.0]]],),
        ([[[1.0], [4.0]], [[1.0], [4.0]]],),
        native=lambda xp, v: v * xp.asarray([[1.0], [4.0]]),
    ),
    H("x times the size of a set that grew", times_a_count, (1.0,), (2.0,)),
    H(
        "exp(x) where log was handed over before",
        lambda xp, x: (handed(xp.log, x), handed(xp.exp, x))[1],
        (2.0,),
        (math.exp(2.0),),
    ),
    H("maximum(-inf, inf)", lambda xp, x, y: xp.maximum(x, y), ([-inf], [inf]), ([0.0], [1.0])),
    H(
        "where(x > 0, sqrt(x), 0), taken and not",
        lambda xp, x: xp.where(x > 0, xp.sqrt(x), zero(xp, x)),
        ([0.0, -1.0, 4.0],),
        ([0.0, 0.0, 0.25],),
    ),
    H(
        "where(x > 0, log(x), 0), taken and not",
        lambda xp, x: xp.where(x > 0, xp.log(x), zero(xp, x)),
        ([0.0, 2.0],),
        ([0.0, 0.5],),
    ),
    H(
        "where(x != 0, 1/x, 0), taken and not",
        lambda xp, x: xp.where(x != 0, 1 / x, zero(xp, x)),
        ([0.0, 2.0],),
        ([0.0, -0.25],),
    ),
    H("var of empty", lambda xp, x: xp.var(x), ([],), ([],)),
    H("std of empty", lambda xp, x: xp.std(x), ([],), ([],)),
    H("(-2.0)**x", lambda xp, x: (-2.0) ** x, ([1.5],), ([nan],)),
    H("(-2.0)**z", lambda xp, z: xp.real((-2.0) ** z), ([1.5 + 0j],), ([8.885765876316732 + 1.960516286937096j],)),
    H(
        "(2j)**x, the real part",
        lambda xp, x: xp.real(2j**x),
        ([1.5, 0.5],),
        ([-4.527887014709685, -0.8776491462349512],),
    ),
    H("sqrt(x)[mask]", lambda xp, x: xp.sqrt(x)[x > 0], ([0.0, 4.0],), ([0.0, 0.25],)),
    H(
        "log(x**2) at 0",
        lambda xp, x: xp.log(x**2),
        ([0.0],),
        ([0.0],),
        note="the value is -inf; the same zero times the same infinity as in sqrt(x*x) at 0",
    ),
    H(
        "hypot(1e20, 1e20) in float32",
        lambda xp, x, y: xp.hypot(x, y),
        ([1e20], [1e20]),
        ([0.5**0.5], [0.5**0.5]),
        dtype="float32",
    ),
    H("real x * complex constant", lambda xp, x: xp.real(x * (2 + 3j)), ([1.0],), ([2.0],)),
    H(
        "a cast there and back",
        lambda xp, x: xp.astype(xp.astype(x, xp.float64), xp.float32),
        ([2.0],),
        ([1.0],),
        dtype="float32",
    ),
    H("pow(0.5, inf)", lambda xp, x, y: xp.pow(x, y), ([0.5], [inf]), ([0.0], [0.0])),
    H("x ** inf", lambda xp, x: x**inf, ([0.5],), ([0.0],)),
    H("nextafter(1, 2)", lambda xp, x, y: xp.nextafter(x, y), ([1.0], [2.0]), ([1.0], [0.0])),
    H("x / 0.0, a number", lambda xp, x: x / 0.0, ([1.0, -2.0],), ([inf, inf],)),
    H("z / 0j, a number", lambda xp, z: xp.real(z / 0j), ([1.0 + 1j],), ([complex(nan, nan)],)),
    H("remainder(5.5, y)", lambda xp, y: xp.remainder(5.5, y), ([2.0],), ([-2.0],)),
)


def signed(name: str, of_zero: Any) -> Hazard:
    """An op of a negative zero keeps its sign: seen by the side on which copysign puts x."""
    return H(
        f"copysign(x, -0.0), by {name}", lambda xp, x: xp.copysign(x, of_zero(xp, zero(xp, x))), ([2.0],), ([-1.0],)
    )


SIGNED = (
    signed("negative", lambda xp, z: xp.negative(z)),
    signed("multiply", lambda xp, z: xp.multiply(z, -xp.ones_like(z))),
    signed("divide", lambda xp, z: xp.divide(z, -xp.ones_like(z))),
    signed("where", lambda xp, z: xp.where(z == 0, -z, z)),
    signed("concat", lambda xp, z: xp.concat([-z])),
    signed("reshape", lambda xp, z: xp.reshape(-z, (1,))),
    signed("floor", lambda xp, z: xp.floor(-z)),
    signed("ceil", lambda xp, z: xp.ceil(-z)),
    signed("trunc", lambda xp, z: xp.trunc(-z)),
    signed("round", lambda xp, z: xp.round(-z)),
    signed("sqrt", lambda xp, z: xp.sqrt(-z)),
    signed("sin", lambda xp, z: xp.sin(-z)),
    signed("tan", lambda xp, z: xp.tan(-z)),
    signed("tanh", lambda xp, z: xp.tanh(-z)),
    signed("atan", lambda xp, z: xp.atan(-z)),
    signed("sinh", lambda xp, z: xp.sinh(-z)),
    signed("expm1", lambda xp, z: xp.expm1(-z)),
    signed("log1p", lambda xp, z: xp.log1p(-z)),
    signed("minimum", lambda xp, z: xp.minimum(-z, z + 1)),
    signed("max", lambda xp, z: xp.max(-z, axis=0, keepdims=True)),
    signed("sort", lambda xp, z: xp.sort(-z)),
    signed("broadcast_to", lambda xp, z: xp.broadcast_to(-z, (1,))),
    signed("permute_dims", lambda xp, z: xp.permute_dims(-z, (0,))),
    signed("flip", lambda xp, z: xp.flip(-z)),
)
