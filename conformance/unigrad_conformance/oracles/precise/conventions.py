"""Hazards whose answer no limit gives, each with the reason. Strict: one that limits prove is a failure."""

STEP = "the value jumps: a step has gradient 0 by convention, as everywhere else"
ABSORBS = "a zero factor absorbs the infinite derivative of the other, by design; the limit is another"
GUARD = "the value is patched at one point and jumps there; the branch that is taken is constant"
SPREAD = "several infinities: what the limit is depends on how they grow, so NaN by design"
OVERFLOW = "the value overflows in 64 bits, which mpmath's does not; there a zero factor absorbs"
NAN_VALUE = "the value is NaN, which has no differences: the answer is the rule's formula continued, by design"
SORTED_NAN = "NaN elements are moved, not computed with: each element's gradient follows it to its place"
POISON = "a window with NaN in it does not spoil the others"
GAUGE = "equal eigenvalues: NaN by design, even where the choice of the basis happens to cancel out"
POLE = "the value is infinite and stays so: the answer is the limit of the derivative from the inside"
SHARE = "a tie is split evenly among all equal elements; moving one alone shows nothing or a part of it"
RANK = "the pseudo-inverse jumps where the rank does; of zeros its gradient is 0 by convention"

CONVENTIONS: dict[str, str] = {
    "A sign at [-1,0,1]": STEP,
    "A abs(x)*sign(x) at 0": ABSORBS,
    "B sqrt(x)**2 at 0": ABSORBS,
    "B pow(0,0) arrays": STEP,
    "B pow(0,-1)": POLE + "; of the exponent there is none",
    "B 0**x (scalar base) at [0,1]": STEP,
    "B x*log(x) at 0": NAN_VALUE + "; log(x) + 1 is -inf",
    "B divide_no_nan/0 (tf only)": GUARD,
    "B logsumexp [-inf,-inf]": SPREAD,
    "B logsumexp [inf,0]": SPREAD,
    "B logaddexp(-inf,-inf)": SPREAD,
    "B logaddexp(inf,inf)": SPREAD,
    "B log(1+exp(x)) at 1000": OVERFLOW,
    "C where(x!=0,1/x,0) at 0": GUARD,
    "C sign(nan)": STEP,
    "C sort([nan,1,2]) w=[1,10,100]": SORTED_NAN,
    "D eigh(I2) sum of vectors": GAUGE,
    "D eigh(I2) sum(V**2) gauge-inv": GAUGE,
    "D svd(I2) U@diag(s)@Vh sum": GAUGE,
    "D svd(I2) sum(U**2)": GAUGE,
    "J log at -1 (value nan)": NAN_VALUE,
    "J log1p at -2 (value nan)": NAN_VALUE,
    "J atanh at 2 (value nan)": NAN_VALUE,
    "J remainder(1,0)": NAN_VALUE,
    "J floor(nan), floor(inf)": STEP,
    "J 1/z at tiny 1e-200": OVERFLOW,
    "J pinv zeros": RANK,
    "J exp at 1000 then log": OVERFLOW,
    "where(x != 0, 1/x, 0), taken and not": GUARD,
    "x / 0.0, a number": "the slope 1 / y is the infinity that arrays have for it",
    "xlogy(2, 0)": POLE,
    "median [2, 2, 2]": SHARE,
    "quantile 0.3 with ties": SHARE,
    "max_pool with nan": POISON,
}

#: hazards that the numbers or words of this package cannot say, by the beginning of their names, and why
UNSAID: dict[str, str] = {
    "copysign(x, -0.0), by ": "mpmath has no negative zero",
    "gradients of several examples": "vmap has no meaning there",
    "vmap of": "vmap has no meaning there",
    "third derivative of ": "its expression is a gradient itself",
    "nextafter(1, 2)": "there is no next number among real ones",
    "(-2.0)**z": "a Python number to the power of an array of mpmath's",
    "svd of I on 0, values": "a matrix of three by two of singular values",
    "eig of I, values": "no eigenvectors of general matrices",
    "|V[0, 1]|**2 of eig": "no eigenvectors of general matrices",
    "xlogy of numbers": "a point of Python numbers alone",
    "gammainc(": "no incomplete gamma functions among the words",
}
