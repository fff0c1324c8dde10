"""Newton's method with an exact Hessian, on Rosenbrock's valley in two dimensions, beside gradient descent."""

import numpy as np
from common import COOL, INK, SOFT, WARM

import unigrad.tf as tf


def rosenbrock(x):
    return tf.reduce_sum(100.0 * tf.square(x[1:] - tf.square(x[:-1])) + tf.square(1.0 - x[:-1]))


def derivatives(x):
    """The value, gradient and Hessian: the Jacobian of the gradient."""
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = rosenbrock(x)
        g = inner.gradient(y, x)
    return y, g, outer.jacobian(g, x)


def newton(x, steps):
    path, values = [x.numpy()], []
    for _ in range(steps):
        y, g, h = derivatives(x)
        step, rate = tf.linalg.solve(h, g[:, None])[:, 0], 1.0
        while float(rosenbrock(x - rate * step)) > float(y) - 1e-4 * rate * float(tf.reduce_sum(g * step)):
            rate /= 2  # Armijo's rule
        x = x - rate * step
        path.append(x.numpy())
        values.append(float(rosenbrock(x)))
    return np.stack(path), values


def descent(x, steps):
    path, values = [x.numpy()], []
    for _ in range(steps):
        _, g, _ = derivatives(x)
        x = x - 0.001 * g
        path.append(x.numpy())
        values.append(float(rosenbrock(x)))
    return np.stack(path), values


def run():
    start = tf.constant([-1.2, 1.0], dtype=tf.float64)
    path, values = newton(start, 21)
    slow_path, slow_values = descent(start, 21)
    _, _, hessian = derivatives(tf.constant([1.0, 1.0], dtype=tf.float64))
    return {
        "path": path, "slow_path": slow_path, "values": values[:18], "slow_values": slow_values,
        "hessian": hessian.numpy(), "last": values[-1] < 1e-20,
    }  # fmt: skip


def draw(axes, found):
    left, right = axes
    a, b = np.meshgrid(np.linspace(-1.6, 1.4, 200), np.linspace(-0.4, 1.5, 200))
    levels = np.geomspace(0.05, 500, 14)
    left.contour(a, b, 100 * (b - a**2) ** 2 + (1 - a) ** 2, levels=levels, colors=SOFT, linewidths=0.7)
    left.plot(*found["slow_path"].T, "o-", color=COOL, markersize=3, label="gradient descent")
    left.plot(*found["path"].T, "o-", color=WARM, markersize=3, label="Newton")
    left.plot(1, 1, "*", color=INK, markersize=12)
    left.set(title="Paths in the valley")
    left.legend(frameon=False)
    right.semilogy(found["slow_values"], color=COOL)
    right.semilogy(found["values"], color=WARM)
    right.set(xlabel="step", title="Value")
