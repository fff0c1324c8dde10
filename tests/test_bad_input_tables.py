"""Bad input, family by family: the same error of ours or the same value on each backend, without and with a tape."""

import inspect

import numpy as np
import pytest

import unigrad as ug
from tests.bad_input_tables import TABLES
from tests.helpers import assert_library_well
from tools.coverage.chapters import TRANSFORMS

pytestmark = [pytest.mark.usefixtures("double"), pytest.mark.filterwarnings("ignore::RuntimeWarning")]

X = np.array([[0.5, 1.5, 2.5], [1.0, 2.0, 3.0]])
#: no operands to be bad: they choose backends and dtypes, and have tests of their own
OTHERS = {"backends", "get_backend", "set_backend", "use_backend", "set_default_dtype", "numpy_rules", *TRANSFORMS}


def faults(rows, x):
    """What every row of a table got that it should not have."""
    for name, what, call, expected in rows:
        case = f"{name}, {what}: "
        try:
            found = call(ug, x)
        except Exception as e:  # noqa: BLE001 - what leaks out of a library is what is looked for
            if not (isinstance(expected, tuple) and isinstance(expected[0], type | tuple)):
                yield f"{case}raised {e!r}"
            elif not isinstance(e, expected[0]) or not isinstance(e, ug.UnigradError):
                yield f"{case}raised {type(e).__name__}, {e}"
            elif expected[1] not in str(e):
                yield f"{case}says {e}"
            continue
        if isinstance(expected, tuple):
            yield f"{case}no error"
            continue
        values = np.asarray(found.numpy())
        if not (np.allclose(values, expected, equal_nan=True) if values.size else np.size(expected) == 0):
            yield f"{case}gave {values}"


@pytest.mark.parametrize("family", TABLES)
def test_a_family(family):
    assert list(faults(TABLES[family], ug.asarray(X))) == []


@pytest.mark.parametrize("family", TABLES)
def test_a_family_on_the_tape_which_goes_on(family):
    x = ug.asarray(X)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        assert list(faults(TABLES[family], y)) == []
        z = ug.sum(y * x)
    np.testing.assert_allclose(tape.gradient(z, x).numpy(), 3 * X**2)
    assert_library_well()


def test_every_public_function_is_in_a_row():
    names = {name for rows in TABLES.values() for name, *_ in rows}
    rooms = {"": ug, "linalg.": ug.linalg, "fft.": ug.fft, "special.": ug.special}
    public = {
        prefix + n
        for prefix, room in rooms.items()
        for n in (getattr(room, "__all__", None) or dir(room))
        if not n.startswith("_") and callable(getattr(room, n)) and not inspect.isclass(getattr(room, n))
    }
    assert len(public) > 200
    assert sorted(public - names - OTHERS) == []
