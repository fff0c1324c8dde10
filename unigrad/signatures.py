"""The call signatures of rows, for `inspect.signature` and whoever asks it: code that looks at a namespace does."""

from typing import Any


class Signature:
    """The arrays of a row, by position alone; a row of the standard takes nothing else."""

    def __get__(self, row: Any, owner: Any) -> Any:
        if row is None:
            return None
        import inspect  # 4 ms, and not every program needs it

        kinds = inspect.Parameter
        if row.variadic:
            parameters = [kinds(row.args[0], kinds.VAR_POSITIONAL)]
        else:
            names = row.args if len(row.args) == 1 else [f"x{i}" for i in range(1, len(row.args) + 1)]
            parameters = [kinds(name, kinds.POSITIONAL_ONLY) for name in names]
        if any(sample.params for sample in row.domain.samples):
            parameters.append(kinds("params", kinds.VAR_KEYWORD))
        return inspect.Signature(parameters)
