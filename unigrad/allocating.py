"""Freed memory stays with the process for the next step, as it does in any program that has once freed a large array.

A gradient frees what its tape held all at once. The C library of GNU gives free memory at the end of the heap back to the
system from 128 KiB on, and the next gradient waits for the system to hand it over again, page by page: for arrays of some 10,000
elements that takes as long as the arithmetic. Once a larger block was allocated and freed, the bound is twice its size
(mallopt(3), on M_MMAP_THRESHOLD). A bound that the user has set by ``MALLOC_TRIM_THRESHOLD_`` or ``GLIBC_TUNABLES`` stays as it
is; another C library takes no notice.
"""

import numpy as np

#: bytes; up to twice as many stay. Nothing is written there, so the block itself takes up no memory
BLOCK = 16 * 2**20


def keep_what_is_freed() -> None:
    """Allocate a large block, and free it."""
    np.empty(BLOCK, dtype=np.uint8)
