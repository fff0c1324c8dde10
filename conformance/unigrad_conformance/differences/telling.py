"""What is said of a row that is stale, and of a difference that has no row."""

from functools import cache
from importlib import metadata

from unigrad_conformance.differences.form import FILES, KINDS, NATIVES, order


@cache
def installed(native: str) -> str:
    """The version of a framework in this environment; "": it is not there."""
    for name in (native, f"{native}-cpu"):
        try:
            return metadata.version(name).partition("+")[0]  # "+cpu" is a build of the same version
        except metadata.PackageNotFoundError:
            continue
    return ""


def stale(native: str, name: str, where: str, line: str) -> str:
    """What to do with a row that a comparison no longer needs: `line` is what to take out of it."""
    here, seen = installed(native), FILES[native].seen if native in FILES else ""
    title = NATIVES.get(native, native)
    another = bool(seen) and order(here) != order(seen)
    told = (
        f"{title} {here} no longer differs at {where}: take {line} out of the row {name!r} in differences/{native}.toml"
    )
    if another:
        return (
            f"{told}, which was measured with {seen}. While {seen} is supported, give it a row of its own with "
            f'until = "{here}" instead.'
        )
    return f"{told}, and the row with its last line. The version is the one it was measured with: it never was so, or we changed."


def to_add(native: str, answer: str, *, point: str = "", group: str = "", respect: str = "", case: str = "") -> str:
    """The row for a difference that has none, ready to be put into the data: of a hazard point, or of a case of a group."""
    where = (
        f"points = [{quoted(point)}]"
        if point
        else f'cases = [{{ group = {quoted(group)}, respects = ["{respect}"], when = {quoted(case)} }}]'
    )
    row = [
        "[[difference]]",
        f"name = {quoted((point or f'{group} {respect}').lower().replace(' ', '-'))}",
        f'kind = "wrong"  # or {" or ".join(repr(k) for k in KINDS if k != "wrong")}',
        f"why = {quoted(f'say why; {NATIVES.get(native, native)} {installed(native)} says {answer}')}",
        where,
    ]
    return f"If unigrad is right, add to differences/{native}.toml, with an example:\n\n" + "\n".join(row) + "\n"


def quoted(text: str) -> str:
    """A basic string of TOML, in one line."""
    plain = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'
