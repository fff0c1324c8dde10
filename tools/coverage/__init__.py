"""Writes `docs/coverage.md` and `docs/coverage-numpy.md` from the table of primitives and the public names: ``make docs``.

Nothing on the pages is written by hand: what a function is made of is seen by running it under a tape.

* `standard`: the names of the array API standard, by version.
* `calls`: a call of every public function that is no row itself.
* `tracing`: runs a call, and says which rows it recorded and what became of the derivative.
* `natives`: where the conformance suite knows that JAX and PyTorch answer otherwise.
* `chapters`: every public name, in its chapter.
* `page`, `numpy_page`: the two pages.
"""
