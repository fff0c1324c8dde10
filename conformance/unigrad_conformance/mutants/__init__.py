"""Who tests the tester: wrong rules, a wrong engine, broken backends and broken oracles, and whether the suite notices.

`python -m unigrad_conformance.mutants --backend numpy --count 300 --seed 0`. A mutant is one small mistake of the kind that people
make. Where the mistakes are made: `wraps` (in what a rule is given and gives), `slips` (inside the source of a rule or of the
engine), `kernels` and `oracles` (a backend's). `judge` says whether the quick run of the suite kills one.
"""
