"""A whole step, tape included, traced by torch's `make_fx` into one graph and compiled by inductor, against native
`torch.compile` of the same step with `torch.func`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import unigrad as ug
from benchmarks import mlp
from benchmarks.peers import Chain, chain, tape_gradient
from benchmarks.report import Row, against
from benchmarks.timing import agree, interleave

NATIVE = "torch.compile"
SAME_ROAD = "native by make_fx too"
Step = Callable[..., Any]


def rows(quick: bool) -> Iterator[Row]:
    rounds = 7 if quick else 21
    # a short chain: inductor itself needs minutes to compile 200 ops that feed each other, ours or native
    for size in (10, 100_000):
        yield from _chain(Chain(10, size), rounds)
    yield from _perceptron(rounds)


def _chain(problem: Chain, rounds: int) -> Iterator[Row]:
    import torch

    c, d = problem.constants(torch.tensor)

    def ours(x: Any) -> tuple[Any, Any]:
        loss, gradient = tape_gradient(ug.asarray(x), c, d, problem.steps)
        return gradient.raw, loss.raw

    native = torch.func.grad_and_value(lambda x: chain(x, c, d, torch.sin, problem.steps).sum())
    what = f"inductor, {problem.ops} ops on {problem.size:,} elements"
    yield from _compiled(what, ours, native, [torch.tensor(problem.x)], rounds, rtol=1e-9)


def _perceptron(rounds: int) -> Iterator[Row]:
    import torch

    problem = mlp.Problem()
    inputs, labels, one_hot = map(torch.tensor, (problem.inputs, problem.labels, problem.one_hot))
    parameters = [torch.tensor(array) for array in problem.parameters]

    def ours(*raws: Any) -> list[Any]:
        return mlp.tape_step(raws, ug.asarray(inputs), ug.asarray(one_hot))

    def loss(arrays: Sequence[Any]) -> Any:
        return torch.nn.functional.cross_entropy(mlp.torch_logits(arrays, inputs), labels)

    def native(*arrays: Any) -> list[Any]:
        gradients = torch.func.grad(loss)(list(arrays))
        return [array - mlp.RATE * gradient for array, gradient in zip(arrays, gradients, strict=True)]

    yield from _compiled("inductor, step of a multi-layer perceptron", ours, native, parameters, rounds, rtol=1e-4)


def _compiled(what: str, ours: Step, native: Step, arguments: list[Any], rounds: int, rtol: float) -> Iterator[Row]:
    import torch
    from torch._dynamo.utils import counters
    from torch.fx.experimental.proxy_tensor import make_fx

    torch._dynamo.reset()
    counters.clear()
    native_compiled = torch.compile(native)
    native_compiled(*arguments)
    native_graphs = counters["stats"]["unique_graphs"]
    graph, native_graph = make_fx(ours)(*arguments), make_fx(native)(*arguments)
    compiled = torch._inductor.compile(graph, arguments)
    native_traced = torch._inductor.compile(native_graph, arguments)
    runs = {
        NATIVE: lambda: native_compiled(*arguments),
        "unigrad": lambda: compiled(*arguments),
        SAME_ROAD: lambda: native_traced(*arguments),
    }
    agree(runs, rtol=rtol, atol=rtol)
    nodes, native_nodes = len(graph.graph.nodes), len(native_graph.graph.nodes)
    note = f"{what}: ours traced is 1 graph of {nodes} nodes; native {native_graphs} graph(s) of {native_nodes} nodes"
    timing = interleave(runs, rounds)
    yield against(timing, "inductor", what, "unigrad", NATIVE, unit="us/step", bound=1.10, note=note)
    # without torch.compile's guards, which cost a small step more than its kernel: code against code
    yield against(timing, "inductor", what, "unigrad", SAME_ROAD, unit="us/step")
