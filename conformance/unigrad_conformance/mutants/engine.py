"""Mutants of the engine: every slip in the functions that carry derivatives from op to op, whatever the op."""

from collections.abc import Iterator
from typing import Any

from unigrad import appending, cotangents, forward, slices, sweeps, tape
from unigrad.kinds import Constant, General, Linear, Multilinear, Rule
from unigrad.kinds.elementwise import Elementwise
from unigrad.kinds.rule import lifter, lifts_of, tensor_of
from unigrad.primitive import Primitive
from unigrad_conformance.mutants.mutant import Mutant
from unigrad_conformance.mutants.slips import slips_in

#: functions of the engine, and the rows that are tried first; then everything that reaches the function
ENGINE: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (sweeps.fast, ("multiply", "divide", "where", "matmul", "sum")),
    (sweeps.recorded, ("multiply", "divide", "exp", "where", "matmul", "sum")),
    (appending._products_on, ("multiply", "exp", "sin")),
    (appending._totals_on, ("multiply", "exp", "sin")),
    (sweeps.careful, ("multiply", "divide", "where", "matmul", "sum")),
    (sweeps.hand_out, ("multiply", "where", "matmul")),
    (sweeps.collect, ("multiply", "getitem", "where")),
    (sweeps.spread_zero, ("astype", "where")),
    (cotangents.Pieces.whole, ("getitem", "scatter")),
    (cotangents.gather, ("getitem", "scatter")),
    (cotangents.add, ("getitem", "multiply")),
    (cotangents.unbroadcast, ("add", "multiply", "where")),
    (cotangents._summed, ("add", "multiply", "where")),
    (cotangents.absorb, ("multiply", "divide", "pow")),
    (cotangents.scale, ("max", "std", "prod")),
    (cotangents.contract, ("matmul", "vecdot", "einsum_pair")),
    (cotangents._parted, ("matmul",)),
    (Elementwise.jvp, ("multiply", "divide", "abs", "add")),
    (Linear.jvp, ("where", "concat", "sum")),
    (Multilinear.jvp, ("matmul", "vecdot")),
    (General.jvp, ("max", "solve", "prod")),
    (Constant.jvp, ("floor", "sign")),
    (Rule.as_tensors, ("multiply", "divide", "matmul", "exp")),
    (lifter, ("multiply", "divide", "matmul", "exp")),
    (lifts_of, ("multiply", "divide", "exp")),
    (tensor_of, ("multiply", "matmul", "exp", "concat")),
    (Primitive.spread, ("add", "where", "from_parts")),
    (Primitive.note, ("multiply", "where", "matmul")),
    (Primitive.tell, ("where", "matmul")),
    (forward.ForwardAccumulator.push_forward, ("multiply", "exp", "sum")),
    (forward.ForwardAccumulator.tangent_of, ("multiply", "exp")),
    (tape.GradientTape._sweep, ("multiply", "divide")),
    (tape.GradientTape._walk, ("multiply", "divide")),
    (slices.in_rows, ("getitem", "scatter")),
    (slices.slices_of, ("getitem", "scatter")),
    (slices._rows_of, ("getitem", "scatter")),
)  # fmt: skip


def of_engine() -> Iterator[Mutant]:
    """Every slip in the engine."""
    for function, ops in ENGINE:
        yield from slips_in(function, ops, "engine")
