"""Who tests the tester: wrong rules, a wrong engine, broken backends and broken oracles, and whether the suite notices.

`python -m unigrad_conformance.mutants --backend numpy --count 300 --seed 0`. A mutant is one small mistake of the kind that
people make: around a rule (`wraps`), inside the source of a rule or of the engine (`slips`, `engine`), in a backend (`kernels`)
or its autodiff (`natives`). `judge` says whether the quick run of the suite kills it.
"""
