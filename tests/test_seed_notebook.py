"""The notebook that unigrad began with: every cell through `import unigrad.tf as tf`, no other line changed.

In the notebook the model's cell had been run once before, so it prints ``dense_1``; here it is run twice as well.
"""

import ast
import re

import numpy as np
import pytest

from tests.helpers import BACKENDS, run_python

IMPORTS = """\
import numpy as np
import matplotlib as plt
import tensorflow as tf"""
SCALAR = """\
x = tf.Variable(3.0)

with tf.GradientTape() as tape:
    y = x**2"""
GRADIENT = """\
dy_dx = tape.gradient(y, x)
dy_dx.numpy()
print(dy_dx.numpy())"""
TENSORS = """\
w = tf.Variable(tf.random.normal((3,2)),name='w')
b = tf.Variable(tf.zeros(2,dtype=tf.float32),name = 'b')
x = [[1.,2.,3.]]
print(w)
print(b)

with tf.GradientTape(persistent=True) as tape:
    y = x @ w  + b 
    loss = tf.reduce_mean(y**2)
"""  # noqa: W291
MODEL = """\
layer = tf.keras.layers.Dense(2, activation='relu')
x = tf.constant([[1.,2.,3.,]])

with tf.GradientTape() as tape:
    y = layer(x)
    loss = tf.reduce_mean(y**2)

grad = tape.gradient(loss, layer.trainable_variables)"""
NAMES = """\
for var, g in zip(layer.trainable_variables, grad):
    print(f'{var.name}, shape: {g.shape}')"""

# What the test asks besides: it stands after the cells, and prints what they computed.
TENSORS_VALUES = "print([v.numpy().tolist() for v in (w, b, y, loss, *tape.gradient(loss, [w, b]))])"
MODEL_VALUES = "print([v.numpy().tolist() for v in (*layer.trainable_variables, y, loss, *grad)])"

CELLS = "\n".join(
    (
        IMPORTS.replace("import tensorflow as tf", "import unigrad.tf as tf"),
        SCALAR, GRADIENT, TENSORS, TENSORS_VALUES, MODEL, MODEL, NAMES, MODEL_VALUES,
    )
)  # fmt: skip

NUMBER = r"-?\d+\.\d*(?:e[+-]\d+)?"
ROW = rf"\[ *{NUMBER} *, +{NUMBER} *\]"
PRINTED_W = (
    r"<tf\.Variable 'w:0' shape=\(3, 2\) dtype=float32, numpy=\n"
    rf"array\(\[{ROW},\n       {ROW},\n       {ROW}\], dtype=float32\)>"
)


@pytest.fixture(scope="module", params=BACKENDS)
def printed(request):
    """What the cells print on one backend, chosen by UNIGRAD_BACKEND alone, with warnings as errors."""
    done = run_python(CELLS, UNIGRAD_BACKEND=request.param, PYTHONWARNINGS="error")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_only_the_import_differs():
    assert CELLS.count("unigrad") == 1


def test_scalar_gradient(printed):
    assert printed[0] == "6.0"


def test_variables_are_printed_as_tensorflow_prints_them(printed):
    assert re.fullmatch(PRINTED_W, "\n".join(printed[1:5]))
    assert printed[5] == "<tf.Variable 'b:0' shape=(2,) dtype=float32, numpy=array([0., 0.], dtype=float32)>"


def test_gradients_of_tensors(printed):
    w, b, y, loss, dw, db = (np.asarray(v) for v in ast.literal_eval(printed[6]))
    x = np.array([[1.0, 2.0, 3.0]])
    assert np.ptp(w) > 0
    np.testing.assert_allclose(y, x @ w + b, rtol=1e-5)
    np.testing.assert_allclose(loss, np.mean(y**2), rtol=1e-5)
    np.testing.assert_allclose(dw, x.T @ y, rtol=1e-5)  # d mean(y**2) / dy = 2 y / 2
    np.testing.assert_allclose(db, y[0], rtol=1e-5)


def test_model_names_and_shapes(printed):
    assert printed[7:9] == ["dense_1/kernel:0, shape: (3, 2)", "dense_1/bias:0, shape: (2,)"]
    assert len(printed) == 10


def test_model_gradients(printed):
    kernel, bias, y, loss, dk, db = (np.asarray(v) for v in ast.literal_eval(printed[9]))
    x = np.array([[1.0, 2.0, 3.0]])
    z = x @ kernel + bias
    assert np.all(np.abs(kernel) <= np.sqrt(6 / 5)), "glorot_uniform"
    assert not bias.any()
    np.testing.assert_allclose(y, np.maximum(z, 0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(loss, np.mean(y**2), rtol=1e-5)
    np.testing.assert_allclose(dk, x.T @ np.where(z > 0, y, 0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(db, np.where(z > 0, y, 0)[0], rtol=1e-5, atol=1e-6)
