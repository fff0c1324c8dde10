"""Every row of the table under vmap: values, cotangents and tangents, against a Python loop over the examples."""

from itertools import product
from zlib import crc32

import numpy as np
import pytest

import unigrad as ug
from unigrad.batching.loop import _said
from unigrad.batching.table import LOOPS, RULES
from unigrad.ops import load_all
from unigrad.primitive import TABLE
from unigrad_conformance.cases import Case, cases_of

load_all()

EXAMPLES = 3

#: rows whose result has a shape that depends on the values
REFUSED = {"nonzero"}


def samples(row):
    return [case for case in cases_of(row) if not case.thorough]


def choices(case: Case):
    """Which arguments have examples: every choice of at least one."""
    free = [not isinstance(a, int | float | complex) for a in case.args]
    for bits in product((True, False), repeat=sum(free)):
        if any(bits):
            chosen = iter(bits)
            yield tuple(f and next(chosen) for f in free)


def with_examples(case: Case, mask, rng):
    """The arguments, those of the mask with several examples: the elements of the sample in several orders."""
    args = []
    for a, several in zip(case.args, mask, strict=True):
        if several:
            a = np.stack([rng.permutation(np.ravel(a)).reshape(np.shape(a)) if k else a for k in range(EXAMPLES)])
        args.append(a if isinstance(a, int | float | complex) else ug.asarray(a))
    return args


def like(x, rng):
    values = rng.standard_normal(x.shape)
    if x.dtype.kind == "c":
        values = values + 1j * rng.standard_normal(x.shape)
    return ug.asarray(values, dtype=x.dtype)


def assert_same(actual, expected, what):
    assert (actual.shape, actual.dtype) == (expected.shape, expected.dtype), what
    np.testing.assert_allclose(actual.numpy(), expected.numpy(), rtol=1e-9, atol=1e-9, err_msg=what)


def check(case: Case, mask) -> None:
    rng = np.random.default_rng(crc32(case.name.encode()))
    args = with_examples(case, mask, rng)
    axes = tuple(0 if several else None for several in mask)

    def example(k):
        return [a[k] if several else a for a, several in zip(args, mask, strict=True)]

    def at_once(*xs):
        return ug.vmap(case.ours, axes)(*xs)

    def one_by_one():
        return ug.stack([case.ours(*example(k)) for k in range(EXAMPLES)])

    out = at_once(*args)
    assert_same(out, one_by_one(), "values")
    wrt = [i for i in case.wrt if isinstance(args[i], ug.Tensor)]
    if not wrt or out.dtype.kind not in "fc":
        return
    sources = [args[i] for i in wrt]
    ct = like(out, rng)

    with ug.GradientTape() as a, ug.GradientTape() as b:
        a.watch(sources)
        b.watch(sources)
        y, z = at_once(*args), one_by_one()
    found = a.gradient(y, sources, output_gradients=ct)
    for g, h in zip(found, b.gradient(z, sources, output_gradients=ct), strict=True):
        assert_same(g, h, "a tape outside")

    def pull(ct, *xs):
        watched = [xs[i] for i in wrt]
        with ug.GradientTape() as tape:
            tape.watch(watched)
            y = case.ours(*xs)
        return tape.gradient(y, watched, output_gradients=ct)

    inside = ug.vmap(pull, (0, *axes))(ct, *args)
    apart = [pull(ct[k], *example(k)) for k in range(EXAMPLES)]
    for j, g in enumerate(inside):
        assert_same(g, ug.stack([each[j] for each in apart]), "a tape inside")

    tangents = [like(s, rng) for s in sources]
    with ug.ForwardAccumulator(sources, tangents) as acc:
        y, z = at_once(*args), one_by_one()
    assert_same(acc.jvp(y), acc.jvp(z), "an accumulator outside")


@pytest.mark.parametrize("name", [n for n in TABLE if n not in {*REFUSED, "through_numpy"}])
def test_rows(name):
    for case in samples(TABLE[name]):
        for mask in choices(case):
            check(case, mask)


@pytest.mark.parametrize("name", [n for n in TABLE if n not in {*REFUSED, "through_numpy"}])
def test_rows_of_no_examples(name):
    """The shapes and dtypes are those of one example, the results' and the gradients'."""
    for case in samples(TABLE[name]):
        for mask in choices(case):
            args = [a if isinstance(a, int | float | complex) else ug.asarray(a) for a in case.args]
            none = [a[None][:0] if several else a for a, several in zip(args, mask, strict=True)]
            axes = tuple(0 if several else None for several in mask)
            one, out = case.ours(*args), ug.vmap(case.ours, axes)(*none)
            assert (out.shape, out.dtype) == ((0, *one.shape), one.dtype)
            wrt = [i for i in case.wrt if isinstance(args[i], ug.Tensor)]
            if wrt and out.dtype.kind == "f":
                sources = [none[i] for i in wrt]
                with ug.GradientTape() as tape:
                    tape.watch(sources)
                    loss = ug.sum(ug.vmap(case.ours, axes)(*none))
                for source, g in zip(sources, tape.gradient(loss, sources), strict=True):
                    assert g is None or (g.shape, g.dtype, np.count_nonzero(g.numpy())) == (
                        source.shape,
                        source.dtype,
                        0,
                    )


@pytest.mark.parametrize(
    "name", ["matmul", "getitem", "sum", "conv", "solve", "concat", "setitem", "take_along_axis", "max"]
)
@pytest.mark.parametrize("library", ["torch", "jax"])
def test_some_rows_elsewhere(name, library):
    with ug.use_backend(library):
        case = [c for c in samples(TABLE[name]) if not c.is_complex][1]
        check(case, next(choices(case)))


def test_a_row_without_a_rule_runs_in_a_loop_and_says_so_once():
    _said.discard("through_numpy")
    x = ug.asarray([[1.0, 2.0], [3.0, 4.0]])
    row = TABLE["through_numpy"]
    with pytest.warns(ug.BatchingWarning, match="'through_numpy' has no batching rule"):
        out = ug.vmap(lambda x: row(x, function="spacing"))(x)
    assert_same(out, row(x, function="spacing"), "values")
    ug.vmap(lambda x: row(x, function="spacing"))(x)  # a warning would be an error


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_rows_whose_shape_depends_on_values(name):
    with pytest.raises(ug.ShapeError, match="depends on the values"):
        ug.vmap(TABLE[name])(ug.asarray([[1.0, 0.0], [3.0, 4.0]]))


def test_the_table_is_of_rows():
    assert set(RULES) <= set(TABLE)
    assert set(LOOPS) <= set(TABLE)


@pytest.mark.parametrize("name", [n for n in TABLE if n not in {*REFUSED, "through_numpy"}])
def test_jacobians_of_rows(name):
    """Batched cotangents against records that hold plain arrays, and batched tangents next to plain primals."""
    for case in samples(TABLE[name])[:6]:
        args = [a if isinstance(a, int | float | complex) else ug.asarray(a) for a in case.args]
        sources = [args[i] for i in case.wrt if isinstance(args[i], ug.Tensor)]
        if not sources or not any(s.size for s in sources):
            continue
        with ug.GradientTape(persistent=True) as tape:
            tape.watch(sources)
            y = case.ours(*args)
        if y.dtype.kind not in "fc" or not y.size:
            continue
        found = tape.jacobian(y, sources)
        for source, jacobian in zip(sources, found, strict=True):
            rows = []
            for k in range(y.size):
                unit = np.zeros(y.size, y.dtype)
                unit[k] = 1
                rows.append(tape.gradient(y, source, output_gradients=ug.asarray(unit.reshape(y.shape))))
            assert_same(jacobian, ug.reshape(ug.stack(rows), (*y.shape, *source.shape)), "reverse mode")
        if len(sources) == 1 and y.dtype.kind == "f" and sources[0].dtype.kind == "f":
            source, function = sources[0], case.ours

            def f(x, source=source, args=args, function=function):
                return function(*[x if a is source else a for a in args])

            forward = ug.jacfwd(f)(source)  # of the result's dtype, where reverse mode has the source's
            assert_same(ug.astype(forward, source.dtype), found[0], "forward mode")


def test_a_row_of_ones_own_brings_its_rule():
    from unigrad.kinds import linear
    from unigrad.primitive import Domain, Sample

    def rule(call):
        return call.run(call.xs[0], shift=call.params["shift"], axis=1)

    try:
        row = linear(
            "of_a_test", lambda ct, shift, axis: row(ct, shift=-shift, axis=axis), promotes="as is", batch=rule,
            domain=Domain(samples=(Sample(((3,),), {"shift": 1, "axis": 0}),)), doc="Rolled.",
        )  # fmt: skip
        row.kernels[np.ndarray] = lambda x, shift, axis: np.roll(x, shift, axis)
        x = ug.asarray([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        with ug.GradientTape() as tape:
            tape.watch(x)
            y = ug.vmap(lambda x: row(x, shift=1, axis=0))(x)
        assert y.tolist() == [[3, 1, 2], [6, 4, 5]]
        ct = ug.asarray([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        assert tape.gradient(y, x, output_gradients=ct).tolist() == [[2, 3, 1], [5, 6, 4]]
    finally:
        TABLE.pop("of_a_test", None)
