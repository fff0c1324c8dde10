"""Central differences of one order: how far the steps are, and the weight of each."""

from unigrad_conformance.oracles.differences import STENCILS

STEP = STENCILS[1].step


def both_ways(weights: tuple[float, ...]) -> tuple[tuple[int, float], ...]:
    """(steps, weight) for each point, of the weights of those ahead."""
    return tuple((way * k, way * w) for k, w in enumerate(weights) if w for way in (-1, 1))


STENCIL, FOURTH = both_ways(STENCILS[1].sixth), both_ways(STENCILS[1].fourth)
