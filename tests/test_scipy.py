"""SciPy's functions on tensors: it takes them when it is told to, and an error says how."""

import numpy as np
import pytest

import unigrad as ug
from tests.helpers import assert_values, run_python


def test_it_takes_tensors_when_it_is_told_to():
    done = run_python(
        """
        import numpy as np, scipy.optimize, scipy.special, unigrad as ug
        x = np.array([0.5, 1.5])
        value, gradient = ug.value_and_grad(scipy.optimize.rosen)(x)
        np.testing.assert_allclose(value, scipy.optimize.rosen(x), rtol=1e-14)
        np.testing.assert_allclose(gradient, scipy.optimize.rosen_der(x), rtol=1e-13)
        found = ug.grad(lambda x: scipy.special.softmax(x)[0])(x)
        p = scipy.special.softmax(x)
        np.testing.assert_allclose(found, [p[0] * p[1], -p[0] * p[1]], rtol=1e-13)
        best = scipy.optimize.minimize(ug.value_and_grad(scipy.optimize.rosen), x, jac=True)
        np.testing.assert_allclose(best.x, [1.0, 1.0], rtol=1e-5)
        try:
            ug.grad(lambda x: scipy.special.exp1(x[0]))(x)
        except ug.GradientLostError as e:
            assert "not here: it wants an ndarray" in str(e), e
        else:
            raise AssertionError
        """,
        SCIPY_ARRAY_API="1",
    )
    assert done.returncode == 0, done.stderr


def test_it_says_how_when_it_is_not():
    done = run_python("""
        import numpy as np, scipy.optimize, scipy.special, unigrad as ug
        x = np.array([0.5, 1.5])
        for f in (scipy.optimize.rosen, scipy.special.logsumexp):
            try:
                ug.grad(f)(x)
            except ug.GradientLostError as e:
                assert "with SCIPY_ARRAY_API=1 set before it is imported" in str(e), e
            else:
                raise AssertionError(f)
        try:
            ug.grad(lambda t: np.asarray(t)[0])(x)
        except ug.GradientLostError as e:
            assert "SCIPY" not in str(e), e
    """)
    assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("double")
def test_its_ufuncs_by_numpys_names_have_numpys_rules():
    special = pytest.importorskip("scipy.special")
    t = ug.asarray([0.5, 1.5])
    for name in ("log1p", "expm1", "cbrt", "exp2"):
        assert_values(getattr(special, name)(t), getattr(np, name)(t.numpy()))
    assert_values(ug.grad(lambda t: ug.sum(special.log1p(t)))(t), [1 / 1.5, 1 / 2.5])
