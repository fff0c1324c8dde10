"""What bad input gets, a table for each family of functions.

A row is (name, what is bad, call, expected): the call takes the namespace `xp` and a tensor `x` of shape (2, 3); `expected` is an
error with a phrase that it must say, or a value.
"""

from tests.bad_input_tables import (
    creation,
    elementwise,
    fourier,
    indexing,
    linear,
    manipulation,
    ordering,
    reductions,
    special,
)

TABLES = {
    table.__name__.rpartition(".")[2]: table.ROWS
    for table in (creation, elementwise, fourier, indexing, linear, manipulation, ordering, reductions, special)
}
