"""One program and its derivatives: our run on a backend, and a library's own autodiff.

JAX compiles every op for every shape, which costs a program of 40 ops ten seconds and more; traced and compiled as a
whole it takes one. While a program is traced its conditions cannot ask the data: they are told what they heard when it
ran on NumPy, and what they would have heard is compared afterwards.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import numpy as np

import unigrad as ug
from unigrad import kinds
from unigrad.backend import Backend, load
from unigrad.primitive import TABLE
from unigrad_conformance.programs.natives import Face, tapes
from unigrad_conformance.programs.text import Program
from unigrad_conformance.subjects import NativeSubject, spec_of

Array = np.ndarray[Any, Any]
OURS = {"ug": ug, "np": np, "TABLE": TABLE}


def _jax(f: Callable[..., Any]) -> Callable[..., Any]:
    import jax

    # at level 0 XLA compiles now and then a program that computes wrong numbers (jaxlib 0.10); level 1 takes no longer
    return jax.jit(f, compiler_options={"xla_backend_optimization_level": 1})


#: libraries whose programs are compiled as a whole
COMPILERS: dict[str, Callable[[Callable[..., Any]], Callable[..., Any]]] = {"jax": _jax}


@contextmanager
def doubles(backend: Backend) -> Iterator[None]:
    """The backend makes new arrays, in float64."""
    kept = ug.dtypes.default_float_override()
    ug.set_default_dtype(ug.float64)
    try:
        with ug.use_backend(spec_of(backend)):
            yield
    finally:
        ug.set_default_dtype(kept)


def heard(program: Program, reading: str) -> list[float]:
    """What the conditions of a program ask of its data, in the order in which they ask it on NumPy."""
    if "float(" not in program.source(reading):
        return []
    found: list[float] = []

    def note(x: Any) -> float:
        found.append(float(x))
        return found[-1]

    numpy = load("numpy")
    names = OURS if reading == "ours" else Face(numpy, tapes).names()
    inputs = [np.asarray(x) for x in program.inputs.values()]
    with doubles(numpy):
        program.function(reading, {**names, "float": note})(*(map(ug.asarray, inputs) if reading == "ours" else inputs))
    return found


class Ours:
    """Our run of a program on a backend: value, cotangents of the inputs, tangent of the result, as NumPy arrays.

    Attributes:
        like: for each input whether its gradient has its shape and dtype.
        told: what conditions were told, where the program was compiled; and what they would have heard.
    """

    def __init__(self, program: Program, backend: Backend, reached: Counter[str] | None = None) -> None:
        compiler = COMPILERS.get(backend.name)
        self.told = heard(program, "ours") if compiler else []
        names: dict[str, Any] = dict(OURS)
        asked: list[Any] = []
        if compiler:
            answers = cycle(self.told)

            def tell(x: Any) -> float:
                asked.append(x.raw)
                return next(answers)

            names["float"] = tell
        f = program.function("ours", names)

        def derivatives(*arrays: Sequence[Any]) -> Any:
            inputs, tangents, (ct,) = ([ug.asarray(x) for x in xs] for xs in arrays)
            if program.variables:
                inputs = [ug.Variable(x) for x in inputs]
            with ug.GradientTape() as tape:
                if not program.variables:
                    tape.watch(inputs)
                out = f(*map(read, inputs))
            if reached is not None:
                reached.update({r.primitive.name for r in tape._records if isinstance(r, kinds.Rule)})
            grads = tape.gradient(out, inputs, ct, unconnected_gradients="zero")
            with ug.ForwardAccumulator(inputs, tangents) as accumulator:
                again = f(*map(read, inputs))
            tangent = accumulator.jvp(again, unconnected_gradients="zero")
            self.like = [(g.shape, g.dtype) == (x.shape, x.dtype) for g, x in zip(grads, inputs, strict=True)]
            return out.raw, tangent.raw, [g.raw for g in grads], asked

        def arrays(values: Sequence[Any]) -> list[Any]:
            return [backend.asarray(np.asarray(v), None, backend.device, True) for v in values]

        given = [arrays(xs) for xs in (list(program.inputs.values()), program.tangents, [program.cotangent])]
        with doubles(backend):
            value, tangent, grads, asked = (compiler(derivatives) if compiler else derivatives)(*given)
        self.value, self.tangent = backend.to_numpy(value), backend.to_numpy(tangent)
        self.grads = [backend.to_numpy(g) for g in grads]
        self.heard = [float(backend.to_numpy(x)) for x in asked[: len(self.told)]]


def read(x: Any) -> Any:
    """The value of a variable, or the tensor itself."""
    return x.value() if isinstance(x, ug.Variable) else x


def native(program: Program, peer: Backend, respects: Sequence[str]) -> dict[str, Any]:
    """What a library's own autodiff says: with "first" among the respects "value" and "gradient", with "jvp" the "tangent"."""
    compiler, subject = COMPILERS.get(peer.name), NativeSubject(peer)
    names = Face(peer).names()
    if compiler:
        answers = cycle(heard(program, "native"))
        names["float"] = lambda x: next(answers)
    f = program.function("native", names)

    def derivatives(*arrays: Sequence[Any]) -> dict[str, Any]:
        inputs, tangents, (ct,) = arrays
        found: dict[str, Any] = {}
        if "first" in respects:
            recording = subject.record(f, inputs)
            found = {"value": [recording.value], "gradient": [subject.raw(g) for g in recording.pull(ct)]}
        if "jvp" in respects:
            found["tangent"] = [subject.raw(subject.tangent(f, inputs, tangents))]
        return found

    values: list[Sequence[Any]] = [list(program.inputs.values()), program.tangents, [program.cotangent]]
    given = [[subject.array(np.asarray(x)) for x in xs] for xs in values]
    with doubles(peer):
        found = (compiler(derivatives) if compiler else derivatives)(*given)
    arrays = {what: [peer.to_numpy(x) for x in xs] for what, xs in found.items()}
    return {what: xs if what == "gradient" else xs[0] for what, xs in arrays.items()}
