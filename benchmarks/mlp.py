"""A training step of a multi-layer perceptron: relu, softmax cross entropy, SGD, float32, in three sizes.

In the small one (64 x 784 -> 256 -> 128 -> 10) a step takes torch less than a millisecond, so what an engine adds to every op
shows; the middle one is 128 x 784 -> 512 -> 512 -> 10, the wide one 256 x 784 -> 1024 -> 512 -> 10.

Each step starts from the parameters that the step before it left, as in training, and returns the new ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

import unigrad as ug
from benchmarks.report import Row, against
from benchmarks.timing import Run, agree, interleave
from unigrad.nn import SGD
from unigrad.nn import functional as f
from unigrad.nn.layers import Dense
from unigrad.nn.losses import SparseCategoricalCrossentropy
from unigrad.nn.models import Sequential

SMALL = (64, 784, 256, 128, 10)
MIDDLE = (128, 784, 512, 512, 10)
WIDE = (256, 784, 1024, 512, 10)
RATE = np.float32(1e-3).item()


class Problem:
    """The same data and first parameters for everybody: w1, b1, w2, b2, w3, b3."""

    def __init__(self, shape: Sequence[int] = SMALL) -> None:
        self.batch, *sizes = shape
        random = np.random.default_rng(0)
        self.inputs = random.normal(size=(self.batch, sizes[0])).astype(np.float32)
        self.labels = random.integers(0, sizes[-1], self.batch)
        self.one_hot = np.eye(sizes[-1], dtype=np.float32)[self.labels]
        self.parameters: list[np.ndarray] = []
        for fan_in, fan_out in pairwise(sizes):
            self.parameters.append((random.normal(size=(fan_in, fan_out)) * fan_in**-0.5).astype(np.float32))
            self.parameters.append(np.zeros(fan_out, np.float32))


def cross_entropy(xp: Any, parameters: Sequence[Any], inputs: Any, one_hot: Any, relu: Any = None) -> Any:
    """The loss in array API terms: `xp` is unigrad's namespace or JAX's; relu by `maximum` where none is given."""
    relu = relu or (lambda x: xp.maximum(x, 0.0))
    w1, b1, w2, b2, w3, b3 = parameters
    hidden = relu(inputs @ w1 + b1)
    hidden = relu(hidden @ w2 + b2)
    logits = hidden @ w3 + b3
    logits = logits - xp.max(logits, axis=-1, keepdims=True)
    log_sum = xp.log(xp.sum(xp.exp(logits), axis=-1, keepdims=True))
    return -xp.mean(xp.sum(one_hot * (logits - log_sum), axis=-1))


def tape_step(parameters: Sequence[Any], inputs: Any, one_hot: Any) -> list[Any]:
    """A step of ours from raw arrays to raw arrays, for a compiler to trace."""
    tensors = [ug.asarray(raw) for raw in parameters]
    with ug.GradientTape() as tape:
        for tensor in tensors:
            tape.watch(tensor)
        loss = cross_entropy(ug, tensors, inputs, one_hot)
    gradients = tape.gradient(loss, tensors)
    return [(t - RATE * g).raw for t, g in zip(tensors, gradients, strict=True)]


def layers_loss(parameters: Sequence[Any], inputs: Any, labels: Any) -> Any:
    """The same loss by the functions that layers and losses are made of."""
    w1, b1, w2, b2, w3, b3 = parameters
    hidden = f.relu(f.affine(inputs, w1, b1))
    hidden = f.relu(f.affine(hidden, w2, b2))
    return f.sparse_softmax_cross_entropy(labels, f.affine(hidden, w3, b3), mean=True)


def ours(backend: str, problem: Problem, layers: bool = False) -> Run:
    """Our step: with the loss written out as a formula, or by `layers_loss`."""
    with ug.use_backend(backend):
        variables = [ug.Variable(array) for array in problem.parameters]
        inputs, one_hot = ug.asarray(problem.inputs), ug.asarray(problem.one_hot)
        labels = ug.asarray(problem.labels.astype(np.int32) if backend == "jax" else problem.labels)
    descent = SGD(RATE)

    def run() -> list[Any]:
        with ug.GradientTape() as tape:
            if layers:
                loss = layers_loss(variables, inputs, labels)
            else:
                loss = cross_entropy(ug, variables, inputs, one_hot, f.relu)
        descent.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return variables

    if backend != "jax":
        return run

    import jax

    return lambda: jax.block_until_ready([variable.raw for variable in run()])


def handwritten(problem: Problem) -> Run:
    """NumPy with the derivative worked out by hand."""
    w1, b1, w2, b2, w3, b3 = parameters = [array.copy() for array in problem.parameters]
    inputs, one_hot = problem.inputs, problem.one_hot

    def run() -> list[np.ndarray]:
        h1 = np.maximum(inputs @ w1 + b1, 0.0)
        h2 = np.maximum(h1 @ w2 + b2, 0.0)
        logits = h2 @ w3 + b3
        logits = logits - np.max(logits, axis=-1, keepdims=True)
        e = np.exp(logits)
        total = np.sum(e, axis=-1, keepdims=True)
        -np.mean(np.sum(one_hot * (logits - np.log(total)), axis=-1))
        g3 = (e / total - one_hot) * np.float32(1 / problem.batch)
        g2 = (g3 @ w3.T) * (h2 > 0)
        g1 = (g2 @ w2.T) * (h1 > 0)
        gradients = inputs.T @ g1, g1.sum(0), h1.T @ g2, g2.sum(0), h2.T @ g3, g3.sum(0)
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter -= RATE * gradient
        return parameters

    return run


def torch_logits(parameters: Sequence[Any], inputs: Any) -> Any:
    """The network as torch's users write it."""
    import torch

    w1, b1, w2, b2, w3, b3 = parameters
    hidden = torch.relu(torch.addmm(b1, inputs, w1))
    hidden = torch.relu(torch.addmm(b2, hidden, w2))
    return torch.addmm(b3, hidden, w3)


def torch_eager(problem: Problem, fused: bool) -> Run:
    """torch's own eager step: by its linear layers and its fused loss, or with the loss written out as a formula."""
    import torch

    parameters = [torch.tensor(array, requires_grad=True) for array in problem.parameters]
    inputs, labels, one_hot = map(torch.tensor, (problem.inputs, problem.labels, problem.one_hot))

    def formula() -> Any:
        w1, b1, w2, b2, w3, b3 = parameters
        hidden = torch.relu(inputs @ w1 + b1)
        hidden = torch.relu(hidden @ w2 + b2)
        logits = hidden @ w3 + b3
        logits = logits - torch.amax(logits, dim=-1, keepdim=True)
        log_sum = torch.log(torch.sum(torch.exp(logits), dim=-1, keepdim=True))
        return -torch.mean(torch.sum(one_hot * (logits - log_sum), dim=-1))

    def run() -> list[Any]:
        loss = torch.nn.functional.cross_entropy(torch_logits(parameters, inputs), labels) if fused else formula()
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.sub_(gradient, alpha=RATE)
        return parameters

    return run


def our_modules(backend: str, problem: Problem) -> Run:
    """A model of layers, a loss and an optimizer, as a user of unigrad.nn writes the step."""
    *sizes, last = [array.shape[1] for array in problem.parameters[::2]]
    with ug.use_backend(backend):
        inputs, labels = ug.asarray(problem.inputs), ug.asarray(problem.labels)
        model = Sequential(
            [*(Dense(n, activation="relu", dtype=ug.float32) for n in sizes), Dense(last, dtype=ug.float32)]
        )
        model(inputs)
    for variable, array in zip(model.trainable_variables, problem.parameters, strict=True):
        variable.assign(array)
    criterion, descent = SparseCategoricalCrossentropy(from_logits=True), SGD(RATE)

    def run() -> Sequence[Any]:
        with ug.GradientTape() as tape:
            loss = criterion(labels, model(inputs))
        variables = model.trainable_variables
        descent.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return variables

    return run


def torch_modules(problem: Problem) -> Run:
    """The same by torch.nn and torch.optim."""
    import torch

    layers: list[Any] = []
    for weight, bias in zip(problem.parameters[::2], problem.parameters[1::2], strict=True):
        linear = torch.nn.Linear(*weight.shape)
        linear.weight.data, linear.bias.data = torch.tensor(weight.T.copy()), torch.tensor(bias)
        layers += [linear, torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1])
    inputs, labels = torch.tensor(problem.inputs), torch.tensor(problem.labels)
    criterion, descent = torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=RATE)

    def run() -> list[Any]:
        descent.zero_grad()
        criterion(model(inputs), labels).backward()
        descent.step()
        return [p.mT if p.ndim == 2 else p for p in model.parameters()]

    return run


def jax_native(problem: Problem, jit: bool) -> Run:
    import jax
    import jax.numpy as jnp

    inputs, one_hot = jnp.asarray(problem.inputs), jnp.asarray(problem.one_hot)

    def native(parameters: list[Any]) -> list[Any]:
        _, gradients = jax.value_and_grad(lambda each: cross_entropy(jnp, each, inputs, one_hot))(parameters)
        return [parameter - RATE * gradient for parameter, gradient in zip(parameters, gradients, strict=True)]

    return _jax_run(jax.jit(native) if jit else native, problem)


def jax_ours_jitted(problem: Problem) -> Run:
    import jax
    import jax.numpy as jnp

    inputs, one_hot = jnp.asarray(problem.inputs), jnp.asarray(problem.one_hot)
    step = jax.jit(lambda parameters: tape_step(parameters, ug.asarray(inputs), ug.asarray(one_hot)))
    return _jax_run(step, problem)


def _jax_run(step: Any, problem: Problem) -> Run:
    import jax
    import jax.numpy as jnp

    parameters = [jnp.asarray(array) for array in problem.parameters]

    def run() -> list[Any]:
        parameters[:] = jax.block_until_ready(step(parameters))
        return parameters

    return run


def rows(quick: bool) -> Iterator[Row]:
    for name, shape in (("small", SMALL), ("middle", MIDDLE), ("wide", WIDE)):
        yield from _rows(name, Problem(shape), 5 if quick else 15)


def _rows(size: str, problem: Problem, rounds: int) -> Iterator[Row]:
    modules = {"torch.nn and torch.optim": torch_modules(problem), "unigrad": our_modules("torch", problem)}
    yield from _row(f"{size}, torch, modules", modules, {"torch.nn and torch.optim": 1.15}, rounds)
    for layers, written in ((True, "layers"), (False, "formula")):
        numpy_runs = {"hand-written NumPy": handwritten(problem), "unigrad": ours("numpy", problem, layers)}
        yield from _row(f"{size}, NumPy, {written}", numpy_runs, {}, rounds)
        torch_runs = {"torch eager": torch_eager(problem, layers), "unigrad": ours("torch", problem, layers)}
        yield from _row(f"{size}, torch, {written}", torch_runs, {"torch eager": 1.15}, rounds)
    jax_runs = {"jax.value_and_grad, no jit": jax_native(problem, False), "unigrad": ours("jax", problem)}
    yield from _row(f"{size}, JAX, no jit", jax_runs, {}, rounds)
    jitted = {"jax.jit(value_and_grad)": jax_native(problem, True), "unigrad": jax_ours_jitted(problem)}
    yield from _row(f"{size}, JAX, jit", jitted, {"jax.jit(value_and_grad)": 1.05}, rounds)


def _row(where: str, runs: dict[str, Run], bounds: dict[str, float], rounds: int) -> Iterator[Row]:
    agree(runs, rtol=1e-4, atol=1e-5)
    timing = interleave(runs, rounds, seconds=0.1)
    for peer in runs:
        if peer != "unigrad":
            what = f"perceptron step, {where}"
            yield against(timing, "mlp", what, "unigrad", peer, unit="us/step", bound=bounds.get(peer))
