"""Looking at a tape: its text, its table and its picture. Nothing in them is guessed."""

import contextlib
import re
import shutil
import subprocess

import numpy as np
import pytest

import unigrad as ug
from unigrad.looking import drawing
from unigrad.looking.records import records_of
from unigrad.looking.shapes import known

DOT = shutil.which("dot")
needs_dot = pytest.mark.skipif(DOT is None, reason="graphviz's program dot is not on the PATH")


def network(debug=False, persistent=True, profile=False):
    """A tape of two layers, its loss and its variables."""
    w1, b1 = ug.Variable(np.full((3, 4), 0.5), name="w1"), ug.Variable(np.zeros(4), name="b1")
    w2 = ug.Variable(np.ones((4, 2)), name="w2")
    x = ug.asarray(np.ones((16, 3)))
    with ug.debug(debug, profile=profile), ug.GradientTape(persistent=persistent) as tape:
        tape.watch(x)
        hidden = ug.relu(x @ w1 + b1)
        loss = ug.sum((hidden @ w2)[:, 0] * 2.0)
    return tape, loss, [w1, b1, w2]


def rows(tape):
    return [re.split(r" {2,}", line.strip()) for line in str(tape).splitlines()[1:]]


def test_the_program_of_a_network(double):
    tape, *_ = network()
    text = str(tape).splitlines()
    assert text[0] == "GradientTape, not recording: 7 ops, 4 sources"
    assert rows(tape)[:4] == [
        ["w1 : variable 'w1:0'", "f64[3, 4]"], ["b1 : variable 'b1:0'", "f64[4]"], ["w2 : variable 'w2:0'", "f64[4, 2]"],
        ["x3 : watched", "f64[16, 3]", rows(tape)[3][2]],
    ]  # fmt: skip
    assert "test_looking.py:" in text[4]
    assert rows(tape)[4:11] == [
        ["%0 = matmul(x3, w1)", "f64[16, 4]"], ["%1 = add(%0, b1)", "f64[16, 4]"], ["%2 = relu(%1)", "f64[16, 4]"],
        ["%3 = matmul(%2, w2)", "[16, 2]"], ["%4 = getitem(%3, index=[:, 0])", "[16]"], ["%5 = multiply(%4, 2.0)", "[16]"],
        ["%6 = sum(%5, axis=None, keepdims=False)"],
    ]  # fmt: skip
    assert "unigrad.debug()" in text[-1]
    assert repr(tape) == "<unigrad.GradientTape: 7 ops, 4 sources, not recording, persistent>"


def test_with_debug_all_shapes_and_lines_are_known(double):
    tape, *_ = network(debug=True)
    shapes = [r[1] for r in rows(tape)[4:]]
    assert shapes == ["f64[16, 4]"] * 3 + ["f64[16, 2]", "f64[16]", "f64[16]", "f64[]"]
    assert all(re.fullmatch(r"tests/test_looking\.py:\d+|.*[/\\]test_looking\.py:\d+", r[2]) for r in rows(tape)[4:])
    assert "unigrad.debug()" not in str(tape)


PROGRAMS = {
    "elementwise": lambda x, w: ug.where(x > 0.1, ug.exp(x) * w, ug.tanh(w) / (x + 3.0)) ** 2,
    "broadcast": lambda x, w: ug.sum(ug.atan2(x[:, None] * 1.5, w), axis=0) + ug.max(w),
    "matrices": lambda x, w: ug.linalg.solve(x[:, None] * w + ug.eye(3), ug.astype(w, ug.float32))[1:],
    "joined": lambda x, w: ug.concat([x, ug.stack([w, w])[0], ug.asarray([1.0])]),
    "casts": lambda x, w: ug.astype(x, ug.complex128) * w + ug.abs(ug.astype(w, ug.complex64)),
    "softmax": lambda x, w: (
        ug.logsumexp(x * w) - ug.cumulative_sum(ug.sort(ug.reshape(x, (1, 3)), axis=1), axis=1) * ug.floor(w)
    ),
    "written": lambda x, w: (lambda t: (t.__setitem__(0, w[1]), t)[1])(x * w),
}


@pytest.mark.parametrize("case", PROGRAMS)
def test_what_is_shown_is_true(double, case):
    x, w = ug.asarray([0.1, 0.2, 0.3]), ug.Variable([1.0, -2.0, 3.0])
    with ug.debug() as look, ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        PROGRAMS[case](x, w)
    assert not look.found
    truth = {node: (step.shape, step.dtype) for node, step in tape._steps.items()}
    assert all(step.shape is not None or step.name == "setitem" for step in tape._steps.values())
    tape._steps = None  # what is known without
    found = known(tape, records_of(tape))
    learnt = 0
    for node, (shape, dtype) in truth.items():
        guess = found.get(node)
        if guess is not None:
            assert None in (guess.shape, shape) or guess.shape == shape
            assert None in (guess.dtype, dtype) or guess.dtype == dtype
            learnt += guess.shape is not None
    assert learnt or case == "joined"


def test_a_long_tape_is_cut(double):
    x = ug.asarray(1.0)
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = x
        for _ in range(1000):
            y = y * 1.001
    text = str(tape).splitlines()
    assert len(text) == 1 + 1 + 61 + 1
    assert any(line.split() == ["...", "940", "more"] for line in text)
    assert text[2].split()[0] == "%0"
    assert text[-2].split()[0] == "%999"
    count = tape.draw(limit=10).count("<b>multiply</b>")
    assert count == 10
    assert "990 ops not drawn" in tape.draw(limit=10)


def test_of_a_tape_in_every_state(double):
    tape = ug.GradientTape()
    assert str(tape) == "GradientTape, never entered: 0 ops, 0 sources"
    assert repr(tape) == "<unigrad.GradientTape: 0 ops, 0 sources, never entered>"
    x = ug.asarray([1.0, 2.0])
    with tape:
        tape.watch(x)
        assert str(tape).startswith("GradientTape, recording: 0 ops, 1 source")
        y = x * x
        ug.exp(x)
        z = ug.sum(y)
        assert "(not used again)" in next(line for line in str(tape).splitlines() if "exp(x)" in line)
        assert str(tape).count("(not used again)") == 1
    tape.gradient(z, x)
    assert str(tape).splitlines()[-1] == "  its ops are gone: gradient was asked, and the tape is not persistent"
    assert "used up" in str(tape.summary())
    assert tape.draw().startswith("digraph tape {")


def test_the_table_counts_each_array_once(double):
    x = ug.asarray(np.ones(1000))
    with ug.GradientTape() as tape:
        tape.watch(x)
        y = ug.exp(x)  # keeps its result
        z = y * x + x * y  # the same two arrays, twice
        part = y[10:20] * 2.0
        ug.sum(ug.sin(part)), ug.cos(x[:500])
    summary = tape.summary()
    lines = {line.op: line for line in summary.lines}
    views = 4000 if z.backend.name == "jax" else 0  # JAX has no views
    assert {op: line.count for op, line in lines.items()} == {
        "exp": 1, "multiply": 3, "add": 1, "getitem": 2, "sin": 1, "sum": 1, "cos": 1
    }  # fmt: skip
    assert {op: line.bytes for op, line in lines.items() if line.bytes} == {
        "exp": 8000, "multiply": 8000, "sin": 80, **({"cos": views} if views else {})
    }  # fmt: skip
    assert summary.total.bytes == 16080 + views
    assert summary.total.forward is None
    assert str(summary).splitlines()[0].startswith("GradientTape, not recording: 10 ops, ")
    assert "forward" not in str(summary)


def test_times_under_a_profile(double):
    tape, loss, variables = network(debug=True, persistent=False, profile=True)
    before = {line.op: line.bytes for line in tape.summary().lines}
    assert all(line.forward > 0 and line.backward == 0 for line in tape.summary().lines)
    with ug.debug(profile=True):
        gradients = tape.gradient(loss, variables)
    plain, again, same = network()
    for g, h in zip(gradients, plain.gradient(again, same), strict=True):
        np.testing.assert_array_equal(g.numpy(), h.numpy())
    summary = tape.summary()
    assert all(line.forward > 0 and line.backward > 0 for line in summary.lines)
    assert {line.op: line.bytes for line in summary.lines} == before  # what it kept before it let go
    assert sum(line.count for line in summary.lines) == 7
    assert re.search(r"\n  total +7 +[\d.]+ kB +[\d.]+ ms +[\d.]+ ms$", str(summary))
    assert "test_looking.py:" in str(summary)


def test_the_picture_of_a_network(double, tmp_path):
    tape, loss, _ = network(debug=True)  # its name is shown
    assert loss is not None
    assert tape.draw(tmp_path / "tape.dot") == (tmp_path / "tape.dot").read_text(encoding="utf-8") == tape.draw()
    text = tape.draw()
    assert len(re.findall(r"^  s\d \[", text, re.MULTILINE)) == 4
    assert len(re.findall(r"^  r\d \[", text, re.MULTILINE)) == 7
    assert "<i>loss</i> = <b>sum</b>" in text
    assert "<b>getitem[:, 0]</b>" in text
    assert "f64[16, 4]" in text
    assert re.search(r"test_looking\.py:\d+<", text)
    edges = set(re.findall(r"^  (\w+ -> \w+)", text, re.MULTILINE))
    assert edges == {
        "s3 -> r0", "s0 -> r0", "r0 -> r1", "s1 -> r1", "r1 -> r2", "r2 -> r3", "s2 -> r3", "r3 -> r4", "r4 -> r5", "c1 -> r5",
        "r5 -> r6",
    }  # fmt: skip


def test_edges_say_how_the_gradient_goes(double):
    x, w = ug.asarray([1.5, 2.5]), ug.Variable([1.0, 2.0])
    with ug.GradientTape() as tape:
        tape.watch(x)
        ug.floor(x) * w * 3.0
    lines = tape.draw().splitlines()
    assert [line.partition("style=")[2].strip("];") for line in lines if "->" in line] == [
        "dashed", "solid", "solid", "solid", 'dotted, color="#6b6b6b"',
    ]  # fmt: skip


@needs_dot
@pytest.mark.parametrize(("suffix", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_graphviz_renders_it(double, tmp_path, suffix, start):
    tape, *_ = network(debug=True)
    file = tmp_path / f"tape.{suffix}"
    tape.draw(str(file))
    assert file.read_bytes().startswith(start)
    assert len(file.read_bytes()) > 4000


@needs_dot
def test_names_that_graphviz_would_stumble_over():
    v = ug.Variable([1.0], name='a<b>&"c\\')
    with ug.GradientTape() as tape:
        [v][0] * 2.0
    del v
    done = subprocess.run([DOT, "-Tsvg"], input=tape.draw().encode(), capture_output=True)
    assert done.returncode == 0, done.stderr
    assert b"a&lt;b&gt;&amp;&quot;c\\" in done.stdout


def test_without_graphviz(double, tmp_path, monkeypatch):
    tape, *_ = network()
    monkeypatch.setattr(drawing.shutil, "which", lambda name: None)
    with pytest.raises(ug.DrawingError, match="install graphviz"):
        tape.draw(tmp_path / "tape.svg")
    assert not list(tmp_path.iterdir())
    tape.draw(tmp_path / "tape.gv")


@pytest.mark.parametrize(("file", "limit", "message"), [
    ("tape.bmp", 60, r"\.svg, \.png, \.pdf, \.dot, \.gv; 'tape\.bmp' has none"), ("tape", 60, "has none of them"),
    (None, 1, "2 or more, not 1"), (None, 2.5, "not 2.5"), (None, True, "not True"),
])  # fmt: skip
def test_what_draw_refuses(file, limit, message):
    with pytest.raises(ug.DrawingError, match=message):
        ug.GradientTape().draw(file, limit=limit)


def test_higher_orders_and_compilers_can_be_looked_at():
    import jax

    with ug.use_backend("jax"):
        texts = []

        def step(raw):
            x = ug.asarray(raw)
            with ug.debug(), ug.GradientTape() as outer:
                outer.watch(x)
                with ug.GradientTape() as tape:
                    tape.watch(x)
                    y = ug.sum(ug.sin(x) * 2.0)
                    texts.append((str(tape), str(tape.summary()), tape.draw()))
                g = tape.gradient(y, x)
            texts.append((str(outer), str(outer.summary()), outer.draw()))
            return outer.gradient(g, x).raw

        out = jax.jit(step)(np.ones(3))
    np.testing.assert_allclose(np.asarray(out), -2 * np.sin(np.ones(3)), rtol=1e-6)
    assert "sin(x)" in texts[0][0]
    assert "[3]" in texts[0][0]
    assert texts[1][0].count("test_looking.py") > 4


@pytest.mark.parametrize("debugged", [False, True])
def test_functions_with_a_pullback_of_their_own_and_examples(debugged, tmp_path):
    """What is shown of them: names, shapes of one example, lines; nothing of it is an error."""

    @ug.custom_gradient
    def two(a, b):
        return (a * b, ug.sum(a)), lambda u, v: (u * b + v, u * a)

    def scaled(a, b):
        return ug.sin(a) * b

    x = ug.asarray([1.2, 2.0], dtype=ug.float32)
    with ug.debug() if debugged else contextlib.nullcontext(), ug.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y, z = two(ug.grad_pass_through(ug.round)(x), x)
        rows = ug.vmap(lambda a: ug.round(a) * z)(ug.recompute_grad(scaled)(y, z))
    text = re.sub(r"level=\d+, ", "", " ".join(str(tape).split()))
    for op in (
        "two(%1, x)", "%4[0] f32[2]", "%4[1] f32[]", "scaled(%5, %6) f32[2]", "enter(%7, size=2) f32[]", "round(%8) f32[]",
        "multiply(%9, %6) f32[]", "leave(%10, size=2) f32[2]",
    ):  # fmt: skip
        assert op in text, f"{op} in {tape}"
    assert "scaled" in str(tape.summary())
    assert "is not None" in str(tape.explain(rows, x))
    tape.draw(tmp_path / "tape.dot")
    assert "scaled" in (tmp_path / "tape.dot").read_text()


def test_a_nan_from_before_is_known_inside_vmap():
    x = ug.asarray([-1.0, 2.0])
    with ug.debug(nonfinite="collect") as look:
        ug.vmap(lambda a: ug.sin(a))(ug.sqrt(x))
    assert [(found.kind, found.op) for found in look.found] == [("value", "sqrt")]


def test_a_call_with_two_results_is_one_op() -> None:
    """Its results are handed on by records of their own, which are no ops."""

    @ug.custom_gradient
    def both(x):
        return (x + 1, 2 * x), lambda a, b: a + 2 * b

    @ug.recompute_grad
    def again(x):
        return ug.sin(x), ug.cos(x)

    x = ug.asarray([1.0, 2.0])
    for f, inside in ((both, 2), (again, 0)):
        for debug in (False, True):
            with ug.debug(enabled=debug), ug.GradientTape() as tape:
                tape.watch(x)
                first, second = f(x)
                y = first * second
            name = f.__name__
            ops = f"{inside + 2} ops"
            assert all(ops in text for text in (repr(tape), str(tape), tape.draw()))
            assert f"= %{inside}[1] " in str(tape)
            lines = {line.op: line.count for line in tape.summary().lines}
            assert lines[name] == 1
            assert sum(lines.values()) == tape.summary().total.count == inside + 2
            assert [op for op, _ in tape.explain(y, x).path] == [name, "multiply"]
            tape.gradient(y, x)
            if debug:
                assert tape.summary().total.count == inside + 2
