"""Batching: how each row of the table computes many examples at once.

* `rules`: one function for each way of doing it; `table` says which row has which. An elementwise row needs no entry.
* `indexing`: reading and writing at indices, `products`: matmul and its like, `networks`: convolution and pooling.
* `loop`: what a row without a rule gets: one example after the other, with a warning.
* `crossing`: the rows by which values get into a `vmap` and out of it, on and off a tape.

A rule makes the kernel of a row for `unigrad.batched.Batched` arrays out of the row itself, called on what they hold. So the
derivatives of the row, on whatever tape, are computed by the same rules as everywhere.
"""

from unigrad.batched import above
from unigrad.batching.crossing import enter, leave
from unigrad.batching.indexing import gathered
from unigrad.batching.table import kernel_of
from unigrad.primitive import TABLE

above.rows, above.kernel = TABLE, kernel_of
above.enter, above.leave = enter, leave
above.gathered = gathered
