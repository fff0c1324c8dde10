"""docs/write-a-backend.md and docs/testing.md: the code of the pages is the code that runs."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

import unigrad as ug
from unigrad.backend import Backend

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "backend_strict"
PAGE = (ROOT / "docs" / "write-a-backend.md").read_text(encoding="utf-8")
TESTING = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["unigrad_strict.py", "pyproject.toml"])
def test_the_page_shows_the_file(name):
    shown = re.search(rf"```\w+ file=examples/backend_strict/{re.escape(name)}\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    assert shown.group(1) == (EXAMPLE / name).read_text(encoding="utf-8")


def test_it_is_short_and_uses_public_names_alone():
    lines = (EXAMPLE / "unigrad_strict.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 50
    assert [line for line in lines if "import" in line and "unigrad" in line] == ["from unigrad import Backend"]


def test_the_tests_install_it_as_its_pyproject_says():
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (entry,) = (ROOT / "tests" / "strict_plugin").glob("*.dist-info/entry_points.txt")
    lines = [
        f"[{g}]\n" + "".join(f"{k} = {v}\n" for k, v in rows.items()) for g, rows in project["entry-points"].items()
    ]
    assert entry.read_text(encoding="utf-8").strip() == "".join(lines).strip()
    assert entry.parent.name == f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    assert ug.ones(2).backend.name == "numpy"
    with ug.use_backend("strict"):
        assert ug.ones(2).backend.name == "strict"


def test_gradients_inside_vmap_where_an_array_is_the_same_for_all_examples():
    """float64. The operators of array-api-strict raise for operands that are not its own."""
    with ug.use_backend("strict"):
        same, xs = ug.asarray([1.0, 2.0]), ug.asarray([[1.0, 2.0], [0.5, -1.0], [3.0, 0.0]])

        def gradients(x):
            with ug.GradientTape() as tape:
                tape.watch([x, same])
                y = ug.atan2(x, same) * ug.sin(x)
            return tape.gradient(y, [x, same], same)

        found = ug.vmap(gradients)(xs)
        wants = [gradients(xs[i, ...]) for i in range(3)]
    for k in range(2):
        assert found[k].backend.name == "strict"
        np.testing.assert_allclose(found[k].numpy(), np.stack([w[k].numpy() for w in wants]), rtol=1e-14)


def test_a_block_that_is_run_again():
    """float64. The cotangents of such a block are tensors."""
    with ug.use_backend("strict"):
        x = ug.asarray([0.5, -1.0])
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = x * x
            z = ug.checkpoint(lambda a: a + ug.sin(a))(y) * 2.0
        np.testing.assert_allclose(
            tape.gradient(z, x).numpy(), [4 * v * (1 + np.cos(v * v)) for v in (0.5, -1.0)], rtol=1e-14
        )


def test_the_page_names_every_method_that_may_be_overridden():
    public = {
        n
        for n in vars(Backend)
        if not n.startswith("_") and n not in ("kernel", "owns", "default_float", "default_int")
    }
    public -= {"default_uint", "default_device", "adopt", "can_look", "all_finite", "memory_of"}  # made of the others
    assert [n for n in sorted(public) if f"`{n}`" not in PAGE] == []


def test_the_programs_of_the_page_on_testing():
    first, second, third = re.findall(r"```python\n(.*?)```", TESTING, re.DOTALL)
    names: dict[str, object] = {}
    exec(first, names)
    with pytest.raises(ug.GradientCheckError) as caught:
        exec(second, names)
    (shown,) = re.findall(r"```text\n(.*?)```", TESTING, re.DOTALL)
    assert str(caught.value) == shown.strip()
    with pytest.raises(ug.GradientCheckError, match="softplus on numpy, sample 0"):
        exec(third, names)
    exec("check_primitive('sin', samples=[(np.ones(3),)], backends=['numpy'])", names)
