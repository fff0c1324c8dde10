"""Branches of rules that no case and no hazard point can take, each with the reason: by function, condition and truth."""

NO_SHORTCUT = "NumPy has no such kernel: torch has"
ROW_ALONE = (
    "the public function hands its factors over wherever a recorder listens; only a call of the row itself does not"
)
UNKNOWN_MASK = "the values of a mask are unknown to a compiler, and inside of vmap, alone, as in tests/test_compile.py"

UNREACHABLE: dict[tuple[str, str, bool], str] = {
    ("_prod_vjp", "quick is not None", True): NO_SHORTCUT,
    ("_cumprod_vjp", "quick is not None", True): NO_SHORTCUT,
    ("_cholesky_vjp", "quick is not None", True): NO_SHORTCUT,
    ("_svd_vjp", "quick is not None", True): NO_SHORTCUT,
    ("_decomposed", "known is None", True): ROW_ALONE,
    ("_written", "mask is not None", True): UNKNOWN_MASK,
    ("_written", "v_shape", True): UNKNOWN_MASK,
    ("_written", "v_shape", False): UNKNOWN_MASK,
}
