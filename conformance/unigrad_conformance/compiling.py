"""A function run once, by one program that is compiled as cheaply as the library can: it runs for less time than it compiles."""

from collections.abc import Callable
from functools import cache
from typing import Any

#: options of XLA: no optimiser, one thread, and the older emitter of its two for the CPU, which takes half as long
CHEAPLY: dict[str, int | bool] = {
    "xla_backend_optimization_level": 0,
    "xla_llvm_disable_expensive_passes": True,
    "xla_cpu_parallel_codegen_split_count": 1,
    "xla_cpu_use_fusion_emitters": False,
}


def compiled(function: Callable[..., Any], *args: Any) -> Any:
    """function(*args), by a program of its own: trees of arrays in, and a tree of arrays out."""
    import jax

    return jax.jit(function).lower(*args).compile(compiler_options=known())(*args)


def dtype_of(function: Callable[..., Any], *args: Any) -> Any:
    """The dtype of function(*args), without compiling it."""
    import jax

    return jax.jit(function).lower(*args).out_info.dtype


@cache
def known() -> dict[str, int | bool]:
    """The options that this version of JAX has."""
    import jax

    found, program = {}, jax.jit(lambda: 0).lower()
    for name, value in CHEAPLY.items():
        try:
            program.compile(compiler_options={name: value})
        except Exception:  # noqa: BLE001  (an option that is not there: any error says so)
            continue
        found[name] = value
    return found
