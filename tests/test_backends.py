"""Choosing a backend: by name, by environment, in a block; and every way in which that can fail."""

import threading
from pathlib import Path

import pytest

import unigrad as ug
from tests.helpers import BACKENDS, run_python
from unigrad.backend import load


def python(code, *path, **env):
    """What a fresh interpreter prints."""
    done = run_python(code, *path, **env)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def plugin(where: Path, value: str, source: str = "") -> str:
    """A distribution that registers one backend, as somebody's `pip install` would leave it."""
    info = where / "somebodys_plugin-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: somebodys-plugin\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[unigrad.backends]\nsomebodys = {value}\n")
    (where / "somebodys_module.py").write_text(source)
    return str(where)


BLOCKED = """
    import sys
    class Blocked:
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] in {names!r}:
                raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
    sys.meta_path.insert(0, Blocked())
"""


class TestChoosing:
    def test_blocks_nest_and_end(self):
        before = ug.get_backend().name
        with ug.use_backend("torch") as outer:
            assert (outer.name, ug.zeros(1).backend.name) == ("torch", "torch")
            with ug.use_backend("jax"):
                assert ug.get_backend().name == "jax"
            with pytest.raises(KeyError), ug.use_backend("jax"):
                raise KeyError
            assert ug.get_backend().name == "torch"
            with pytest.raises(ug.BackendError), ug.use_backend("nothing"):
                pass
            assert ug.get_backend().name == "torch"
        assert ug.get_backend().name == before

    def test_a_block_is_one_threads(self):
        found = []
        with ug.use_backend("torch"):
            worker = threading.Thread(target=lambda: found.append(ug.get_backend().name))
            worker.start()
            worker.join()
        assert found == ["numpy"]

    def test_set_backend_is_the_whole_process(self):
        assert python("""
            import threading, unigrad as ug
            ug.set_backend("torch")
            worker = threading.Thread(target=lambda: print(ug.get_backend().name))
            worker.start()
            worker.join()
            print(ug.zeros(2).backend.name)
            with ug.use_backend("numpy"):
                print(ug.zeros(2).backend.name)
        """) == ["torch", "torch", "numpy"]

    @pytest.mark.parametrize("spec", ["numpy", "torch:cpu", "jax:cpu"])
    def test_the_environment(self, spec):
        code = "import unigrad as ug; t = ug.zeros(2); print(t.backend.name, t.device)"
        assert python(code, UNIGRAD_BACKEND=spec, JAX_PLATFORMS="cpu") == [spec.partition(":")[0], "cpu"]

    def test_an_op_runs_where_its_operands_are(self):
        with ug.use_backend("jax"):
            x = ug.ones(2)
        with ug.use_backend("torch"):
            assert (x * 2.0 + 1).backend.name == "jax"
            assert ug.zeros_like(x).backend.name == "jax"
            assert ug.stack([x, x]).backend.name == "jax"

    def test_what_is_there(self):
        found = {b.name: b for b in ug.backends()}
        assert set(BACKENDS) <= set(found)
        for name in BACKENDS:
            assert found[name].importable
            assert "cpu" in found[name].devices

    def test_the_default_dtype(self):
        code = "import unigrad as ug; x = ug.zeros(2); print(x.backend.name, ug.asarray(1.5).dtype, x.dtype)"
        for name, own in (("numpy", "float64"), ("torch", "float32"), ("jax", "float32")):
            assert python(code, UNIGRAD_BACKEND=name) == [name, own, own]
        assert python(code, UNIGRAD_BACKEND="torch", UNIGRAD_FLOAT="float64") == ["torch", "float64", "float64"]
        assert python(code, UNIGRAD_BACKEND="numpy", UNIGRAD_FLOAT="float32") == ["numpy", "float32", "float32"]
        done = run_python(code, UNIGRAD_FLOAT="int32")
        assert "the default dtype must be a real float, not int32" in done.stderr


class TestErrors:
    def test_an_unknown_name(self):
        with pytest.raises(ug.BackendError, match=r"unknown backend 'tensorflow'; registered are .*jax.*numpy.*torch"):
            load("tensorflow")
        done = run_python("import unigrad as ug; ug.zeros(2)", UNIGRAD_BACKEND="cupy")
        assert "BackendError: unknown backend 'cupy'; registered are jax, numpy" in done.stderr

    @pytest.mark.parametrize("wrong", [None, 3, ["numpy"]])
    def test_a_name_that_is_none(self, wrong):
        with pytest.raises(ug.BackendError, match="chosen by its name"):
            load(wrong)

    @pytest.mark.parametrize("spec", ["numpy:gpu", "torch:cuda:99", "jax:tpu", "torch:nonsense"])
    def test_an_unknown_device(self, spec):
        name, _, device = spec.partition(":")
        with pytest.raises(ug.BackendError, match=f"backend '{name}' has no device '{device}'; there is .*cpu"):
            load(spec)
        load(name)

    @pytest.mark.parametrize(("name", "library"), [("jax", {"jax", "jaxlib"}), ("torch", {"torch"})])
    def test_a_missing_library(self, name, library):
        code = (
            BLOCKED.format(names=library)
            + f"""
    import unigrad as ug
    try:
        ug.set_backend({name!r})
    except ug.BackendError as e:
        assert "is registered, but its library cannot be imported" in str(e), e
        assert "pip install unigrad[{name}]" in str(e), e
    else:
        raise AssertionError
    info = {{b.name: b for b in ug.backends()}}[{name!r}]
    assert not info.importable and "pip install" in info.error, info
    assert {{b.name: b for b in ug.backends()}}["numpy"].importable
    assert ug.zeros(2).backend.name == "numpy"
    """
        )
        assert python(code) == []

    def test_a_plugin_that_raises(self, tmp_path):
        path = plugin(tmp_path, "somebodys_module:Backend", "raise ZeroDivisionError('by me')")
        assert python("""
            import unigrad as ug
            for _ in range(2):
                try:
                    ug.set_backend("somebodys")
                except ug.BackendError as e:
                    assert "Backend of somebodys-plugin 1.0) raised ZeroDivisionError on import: by me" in str(e), e
                    assert type(e.__cause__) is ZeroDivisionError
                else:
                    raise AssertionError
            assert not {b.name: b for b in ug.backends()}["somebodys"].importable
            print(ug.zeros(2).backend.name)
        """, path) == ["numpy"]  # fmt: skip

    @pytest.mark.parametrize(
        ("value", "source", "says"),
        [
            ("somebodys_module:Backend", "Backend = 3", "no subclass of unigrad.Backend"),
            ("somebodys_module:Backend", "class Backend: pass", "no subclass of unigrad.Backend"),
            ("somebodys_module:Missing", "", "raised AttributeError on import"),
            ("not_a_module:Backend", "", "cannot be imported"),
            (
                "somebodys_module:B",
                "from unigrad import Backend\nclass B(Backend): name = 'somebodys'",
                "lacks xp, the array API namespace of its library; array_types, a tuple of the types of its arrays",
            ),
            (
                "somebodys_module:B",
                "from unigrad_numpy import NumpyBackend\nclass B(NumpyBackend): name = 'b'",
                "calls itself 'b': its `name` must be that of the entry point",
            ),
            (
                "somebodys_module:B",
                "from unigrad_numpy import NumpyBackend\nclass B(NumpyBackend):\n    name = 'somebodys'\n"
                "    def __init__(self, device): raise OSError('no driver')",
                "could not start: OSError: no driver",
            ),
        ],
    )
    def test_a_plugin_that_is_none(self, tmp_path, value, source, says):
        done = run_python("import unigrad as ug; ug.set_backend('somebodys')", plugin(tmp_path, value, source))
        assert "BackendError" in done.stderr
        assert says in done.stderr
        assert f"({value} of somebodys-plugin 1.0)" in done.stderr or "cannot be imported" in says

    @pytest.mark.parametrize(
        ("method", "says"),
        [
            (
                "asarray(self, *a): return 3",
                "owns is wrong: is no array of its array_types",
            ),
            (
                "asarray(self, *a): raise KeyError('mine')",
                "asarray raised KeyError for an array of float64[1, 3]: 'mine'",
            ),
            (
                "asarray(self, x, *a): return np.asarray(x, np.float32)",
                "dtype_of is wrong: float32",
            ),
            ("asarray(self, x, *a): return np.ravel(x)", "shape is wrong: (3,)"),
            (
                "asarray(self, x, *a): return np.array(x) + 1",
                "to_numpy is wrong: [[2.5, -1.0, 1.0]]",
            ),
            (
                "to_numpy(self, x): return x.tolist()",
                "to_numpy is wrong: a list and no ndarray",
            ),
            (
                "to_numpy(self, x): return x.astype('f4')",
                "to_numpy is wrong: float32[1, 3], expected",
            ),
            (
                "create(self, *a): return np.zeros(7)",
                "create is wrong: float64[7], expected",
            ),
            ("like(self, *a): return np.zeros(7)", "like is wrong: float64[7], expected"),
            (
                "native_default_float(self): return 'f8'",
                "native_default_float gives 'f8', which is no real float of NumPy's",
            ),
        ],
    )
    def test_a_plugin_whose_arrays_are_wrong(self, tmp_path, method, says):
        source = "import numpy as np\nfrom unigrad_numpy import NumpyBackend\nclass B(NumpyBackend):\n    name = 'somebodys'\n"
        source += f"    def {method}"
        says = says.replace(" is wrong: ", " is wrong for an array of float64[1, 3]: ")
        path = plugin(tmp_path, "somebodys_module:B", source)
        done = run_python("import unigrad as ug; print(ug.ones(2)); ug.set_backend('somebodys')", path)
        assert done.stdout
        assert f"the plugin of backend 'somebodys' (somebodys_module:B of somebodys-plugin 1.0): {says}" in done.stderr

    def test_two_plugins_of_one_name(self, tmp_path):
        paths = [plugin(tmp_path / d, f"somebodys_module:{d}") for d in "AB"]
        other = tmp_path / "B" / "somebodys_plugin-1.0.dist-info"
        (other / "METADATA").write_text("Metadata-Version: 2.1\nName: another-plugin\nVersion: 2.0\n")
        other.rename(tmp_path / "B" / "another_plugin-2.0.dist-info")
        done = run_python("import unigrad as ug; ug.set_backend('somebodys')", *paths)
        assert "two plugins register a backend 'somebodys', somebodys_module:A of somebodys-plugin 1.0" in done.stderr
        assert "somebodys_module:B of another-plugin 2.0: uninstall one of them" in done.stderr

    def test_a_plugin_of_somebody_elses_is_found(self, tmp_path):
        source = """
            from unigrad_numpy import NumpyBackend
            class Mine(NumpyBackend):
                name = "somebodys"
        """
        import textwrap

        path = plugin(tmp_path, "somebodys_module:Mine", textwrap.dedent(source))
        assert python("import unigrad as ug; print(ug.use_backend('somebodys').__enter__().name)", path) == [
            "somebodys"
        ]

    def test_a_checkout_that_is_not_installed(self):
        done = run_python("""
            import importlib.metadata as m
            whole = m.entry_points
            m.entry_points = lambda **k: () if k.get("group") == "unigrad.backends" else whole(**k)
            import unigrad as ug
            ug.zeros(2)
        """)
        assert "BackendError: no backend is registered" in done.stderr
        assert "pip install -e ." in done.stderr

    def test_an_array_that_nobody_owns(self):
        class Array:
            dtype, shape = "float64", (2,)

        with pytest.raises(ug.DTypeError, match="cannot use Array object"):
            ug.sin(Array())
