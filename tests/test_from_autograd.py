"""docs/from-autograd.md: its code runs as it stands, on every backend, and gives what HIPS autograd gives."""

import contextlib
import io
import re
from pathlib import Path

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values

PAGE = Path(__file__).parent.parent / "docs" / "from-autograd.md"

AUTOGRAD = (
    "grad", "value_and_grad", "grad_and_aux", "grad_named", "multigrad_dict", "elementwise_grad", "deriv", "make_jvp",
    "make_vjp", "jacobian", "hessian", "hessian_vector_product", "hessian_tensor_product", "tensor_jacobian_product",
    "vector_jacobian_product", "make_hvp", "make_ggnvp", "holomorphic_grad", "checkpoint", "primitive",
    "notrace_primitive", "defvjp", "defjvp", "defvjp_argnum", "Box", "VSpace", "builtins", "check_grads", "flatten",
    "optimizers", "fixed_points", "special", "stats", "signal", "odeint", "tracer",
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("double")


@pytest.fixture
def page():
    """What the page's code, run from the top, has defined; and what it printed."""
    names: dict = {}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
            exec(compile(block, str(PAGE), "exec"), names)
    return names, printed.getvalue()


def test_the_code_runs(page):
    names, printed = page
    assert "0.41997434" in printed  # 1 - tanh(1)**2
    assert_values(names["first"], 1 - np.tanh(np.linspace(-3, 3, 7)) ** 2)
    t = np.tanh(np.linspace(-3, 3, 7))
    assert_values(names["second"], -2 * t * (1 - t * t))
    assert_values(names["jacobian"](lambda x: x * x, ug.asarray([1.0, 2.0])), [[2.0, 0.0], [0.0, 4.0]])
    assert_values(names["hessian"](lambda x: x[0] * x[1] ** 2, ug.asarray([3.0, 2.0])), [[0.0, 4.0], [4.0, 6.0]])
    assert_values(
        names["hessian_vector_product"](lambda x: x[0] * x[1] ** 2, ug.asarray([3.0, 2.0]), ug.asarray([1.0, 0.0])),
        [0.0, 4.0],
    )


def test_every_public_name_of_autograd_is_on_the_page():
    text = PAGE.read_text(encoding="utf-8")
    for name in AUTOGRAD:
        assert re.search(rf"\b{name}\b", text), name
