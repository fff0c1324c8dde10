"""Phrases: operators, public functions made of several rows, and linear algebra on matrices that are well conditioned."""

import re
from typing import Any

from unigrad.primitive import TABLE
from unigrad_conformance.programs.words import Shapes, Word

#: an interval in which most functions are tame
PLAIN = (-2.0, 2.0)
A = ((2, 3),)
M = ((3, 3),)
MS = ((2, 2, 2),)


def says(text: str, shapes: Shapes | None = None, **particular: Any) -> Word:
    """A phrase; `low` and `high` are the interval of each argument."""
    n = 1 + max((i for i in range(4) if f"{{{i}}}" in text), default=0)
    low, high = particular.pop("low", PLAIN[0]), particular.pop("high", PLAIN[1])
    if "{out} =" not in text:
        text = "{out} = " + text
    native = particular.pop("native", None)
    if native is not None and "{out} =" not in native:
        native = "{out} = " + native
    rows = tuple(sorted({name for name in re.findall(r"\w+", text) if name in TABLE}))
    return Word(text, text, shapes, ((low, high),) * n, native=native, rows=rows, **particular)


#: far from singular; with eigenvalues and singular values far apart; Hermitian; positive definite
REGULAR = "(0.2 * {0} + 2.0 * ug.eye(3))"
REGULAR_2 = "(0.2 * {0} + 2.0 * ug.eye(2))"
APART = "(0.2 * {0} + ug.asarray([[2.0, 0.0, 0.0], [0.0, 4.5, 0.0], [0.0, 0.0, 7.0]]))"
WIDE = "(0.2 * {0} + ug.asarray([[2.0, 0.0, 0.0], [0.0, 4.5, 0.0]]))"
HERMITIAN = "h{k} = " + APART + "\nh{k} = (h{k} + ug.conj(ug.matrix_transpose(h{k}))) / 2.0\n"
POSITIVE = "p{k} = " + REGULAR + "\np{k} = p{k} @ ug.conj(ug.matrix_transpose(p{k}))\n"

OPERATORS = [
    says("{0} + {1}", fresh=True),
    says("{0} * {1}", fresh=True),
    says("{0} - {1}", fresh=True),
    says("{0} / {1}", fresh=True, low=0.5),
    says("-{0} * 1.5", fresh=True),
    says("2.0 - {0}", fresh=True),
    says("2.0 / {0}", fresh=True, low=0.5),
    says("{0} ** 2", fresh=True),
    says("{0} ** 3", fresh=True),
    says("{0} ** -1", fresh=True, low=0.5),
    says("{0} ** 1.5", fresh=True, low=0.3),
    says("2.0 ** {0}", fresh=True),
    # torch 2.13's own forward mode of a real number to a complex power is wrong (its reverse mode is right)
    says("{0} ** {1}", fresh=True, low=0.3, native="ug.pow({0}, {1})"),
    says("{0} * {0} + ug.sin({0})", fresh=True),
    says("{0} % {1}", low=1.1, high=1.4, complex=False),
    says("abs({0})", low=0.2),
    says(
        "{0} @ {1}", ((2, 3), (3, 3)), native="ug.matmul({0}, {1})"
    ),  # torch multiplies no real matrix by a complex one
    says("{0} @ {0}", M),
    says("{0}.T", A),
    says("{0}.mT", ((2, 2, 3),)),
]

FUNCTIONS = [
    says("ug.clip({0}, -0.7, 0.8)", complex=False),
    says("ug.where({0} > 0.1, {0} * {1}, ug.sin({1}))", complex=False, fresh=True),
    says("ug.where({0} > {1}, {0}, 0.5)", complex=False),
    says("ug.var({0}, axis=0, correction=1, keepdims=True)", A, complex=False),
    says("ug.stack([{0}, {1}], axis=1)", A * 2),
    says("ug.concat([{0}, {1}], axis=None)", ((2, 3), (3,))),
    says("ug.unstack({0}, axis=1)[1] * ug.unstack({0}, axis=1)[0]", A),
    says("ug.split({0}, 2, axis=1)[1] * ug.split({0}, [1], axis=1)[0]", ((2, 4),)),
    says("ug.tile({0}, (2, 1))", A),
    says("ug.repeat({0}, 2)", ((3,),)),
    says("ug.roll({0}, 2) * {0}", A),
    says("ug.flip({0}) * {0}", A),
    says("ug.expand_dims({0}, axis=1) * {0}", A),
    says("ug.squeeze({0}, axis=1)", ((2, 1, 3),)),
    says("ug.moveaxis({0}, 0, -1)", ((2, 2, 3),)),
    says("ug.reshape({0}, (3, -1))", A),
    says("ug.broadcast_arrays({0}, {1})[0] * {1}", ((2, 1), (3,))),
    says("ug.tensordot({0}, {1}, axes=((1, 2), (0, 1)))", ((2, 3, 2), (3, 2, 2))),
    says("ug.vecdot({0}, {1}, axis=-1)", ((2, 3), (3,))),
    says('ug.einsum("ij,kj->ik", {0}, {1})', ((2, 3), (3, 3))),
    says('ug.einsum("ii->i", {0})', M),
    says('ug.einsum("i,ij,j", {0}, {1}, {2})', ((2,), (2, 3), (3,))),
    says("ug.cumulative_sum({0}, axis=1, include_initial=True)", A),
    says("ug.diff({0}, axis=1)", A),
    says("ug.pad({0}, ((1, 0), (0, 1)))", A),
    says('ug.pad({0}, ((1, 1),), mode="reflect")', ((3,),)),
    says("ug.median({0}, axis=1)", A, complex=False),
    says("ug.quantile({0}, 0.3)", A, complex=False),
    says("ug.segment_sum({0}, [1, 0, 1], 2)", M),
    says("ug.segment_max({0}, [1, 0, 1], 2)", M, complex=False),
    says("ug.top_k({0}, 2)[0]", A, complex=False),
    says("ug.interp({0}, ug.asarray([-2.0, 0.1, 2.0]), ug.asarray([0.3, 1.0, -0.5]))", A, complex=False),
    says("ug.meshgrid({0}, {1})[0] * ug.meshgrid({0}, {1})[1]", ((2,), (3,)), complex=False),
    says("ug.sum(ug.stack([{0}[i] * (i + 1.0) for i in range(3)]), axis=0)", ((3, 2),)),
    says("{0}[..., 1:] * {0}[..., :-1] + {0}[0, :-1]", A),
    says("{0}[[0, 1, 0], [2, 0, 2]]", A),
    says("ug.real({0}) * ug.imag({0})"),
    says('TABLE["from_parts"](ug.sin({0}), {0})', A, complex=False),
    says("ug.astype({0}, ug.complex128) * (0.5 + 0.5j)", complex=False),
    says("ug.fft.fft({0})", A),
    says("ug.fft.rfft({0})", A, complex=False),
    says("ug.fft.irfft({0}, n=4)", A),
    says("ug.special.xlogy({0}, {1})", complex=False, low=0.3, high=3.0),
    says("ug.special.gammainc(ug.full_like({0}, 1.3), {0})", complex=False, low=0.3, high=3.0),
    says("ug.special.gammaincc(ug.full_like({0}, 1.3), {0})", complex=False, low=0.3, high=3.0),
    says("ug.sort({0}, axis=-1, descending=True)", A, complex=False),
    says('TABLE["sort"]({0}, axis=1, descending=False, stable=True)', A, complex=False),
    says("ug.take({0}, ug.argsort({0}[0]), axis=1)", A, complex=False),
    says("ug.linalg.outer({0}, {1})", ((2,), (3,)), native="{0}[:, None] * {1}[None, :]"),
    says('TABLE["absorbing_multiply"]({0}, {1})', fresh=True),
    says("{0} + ug.zeros_like({1})", fresh=True),
    says("{0} * ug.ones_like({0})", fresh=True),
]

MATRICES = [
    says("ug.linalg.inv(" + REGULAR + ")", M),
    says("ug.linalg.solve((0.2 * {0} + 2.0 * ug.eye(3)), {1})", ((3, 3), (3, 2))),
    says(
        "ug.linalg.solve_triangular(" + REGULAR + ", {1}, lower=True)",
        ((3, 3), (3, 2)),
        native="ug.linalg.solve(ug.tril(" + REGULAR + "), {1})",
    ),
    says("ug.linalg.det(" + REGULAR + ") * 0.125", M),
    says("ug.linalg.det(" + REGULAR_2 + ")", MS),
    says(
        'TABLE["adjugate"](' + REGULAR + ")",
        M,
        native="r{k} = " + REGULAR + "\n{out} = ug.linalg.det(r{k}) * ug.linalg.inv(r{k})",
    ),
    says("s{k}, l{k} = ug.linalg.slogdet(" + REGULAR + ")\n{out} = s{k} * l{k}", M),
    says("ug.linalg.pinv(" + WIDE + ")", A),
    says(POSITIVE + "{out} = ug.linalg.cholesky(p{k})", M),
    says(
        HERMITIAN
        + "w{k}, v{k} = ug.linalg.eigh(h{k})\n{out} = (v{k} * ug.sin(w{k})) @ ug.conj(ug.matrix_transpose(v{k}))",
        M,
    ),
    says(HERMITIAN + "{out} = ug.linalg.eigvalsh(h{k})", M),
    says("w{k}, v{k} = ug.linalg.eig(" + APART + ")\n{out} = (v{k} * ug.sin(w{k})) @ ug.linalg.inv(v{k})", M),
    says("{out} = ug.sum(ug.linalg.eigvals(" + APART + ") ** 2)", M),
    says(
        "u{k}, s{k}, h{k} = ug.linalg.svd(" + WIDE + ", full_matrices=False)\n{out} = (u{k} * ug.sin(s{k})) @ h{k}", A
    ),
    says("ug.linalg.svdvals(" + WIDE + ")", A),
    says("q{k}, r{k} = ug.linalg.qr(" + APART + ")\n{out} = (q{k} * q{k}) @ (r{k} * r{k})", M, complex=False),
    says("ug.linalg.matrix_norm(" + WIDE + ', ord="nuc")', A),
    says("ug.linalg.vector_norm({0})", A, low=0.3),
    says("ug.linalg.matrix_power({0}, 3)", ((2, 2),)),
    says("ug.linalg.trace({0}, offset=1) * ug.linalg.diagonal({0})", A),
    says("ug.linalg.cross({0}, {1})", ((3,), (3,))),
]

PHRASES: list[Word] = [*OPERATORS, *FUNCTIONS, *MATRICES]
