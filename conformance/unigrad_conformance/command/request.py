"""What is asked for, checked before anything runs."""

import difflib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from unigrad_conformance.catalogue import checks, chosen, names, programs
from unigrad_conformance.command.exits import Refused
from unigrad_conformance.facts import REAL, registered
from unigrad_conformance.plan import Plan, Thoroughness
from unigrad_conformance.run import RANDOM, Unit, kinds_to_draw, units
from unigrad_conformance.shares import NATIVE, Taken, taken


@dataclass(frozen=True)
class Request:
    """A run that can start, as far as can be told without importing a backend."""

    plan: Plan
    backends: tuple[str, ...]
    patterns: tuple[str, ...]
    units: tuple[Unit, ...]
    workers: int
    json: str = ""
    html: str = ""
    shares: tuple[Taken, ...] = ()


def parts(given: Iterable[str]) -> tuple[str, ...]:
    """The values of an option that may be given several times, or once with commas."""
    return tuple(dict.fromkeys(p for text in given for part in text.split(",") if (p := part.strip())))


def backends_of(given: Sequence[str], device: str | None) -> tuple[str, ...]:
    """Backends as in UNIGRAD_BACKEND; none given: that one, else numpy. `device` goes to each that names none."""
    known = registered()
    wanted = parts(given) or (os.environ.get("UNIGRAD_BACKEND") or "numpy",)
    if wanted == ("all",):
        wanted = tuple(known)
    for spec in wanted:
        name = spec.partition(":")[0]
        if name not in known:
            raise Refused(f"unknown backend {name!r}{near(name, known)} Installed are {', '.join(known) or 'none'}")
    return tuple(spec if ":" in spec or not device else f"{spec}:{device}" for spec in wanted)


def subjects_of(given: Sequence[str], backends: Sequence[str], device: str) -> tuple[str, ...]:
    """What is under test: unigrad on backends, or frameworks' own autodiff, each under its backend's name."""
    wanted = parts(given) or ("unigrad",)
    frameworks = [name for name in wanted if name != "unigrad"]
    if frameworks and "unigrad" not in wanted and parts(backends):
        raise Refused("--backend is where unigrad is tested; add 'unigrad' to --subject, or leave --backend out")
    ours = backends_of(backends, device) if "unigrad" in wanted else ()
    return (*ours, *(spec + NATIVE for spec in (backends_of(frameworks, device) if frameworks else ())))


def patterns_of(given: Sequence[str], random_programs: int) -> tuple[str, ...]:
    """Patterns of ops, each of which matches something."""
    there = [*names(), *programs(random_programs)]
    for pattern in (found := parts(given)):
        if not chosen([pattern], there):
            raise Refused(
                f"no op, expression or hazard point is meant by {pattern!r}{near(pattern, there)} "
                "`unigrad conformance --list ops` shows all"
            )
    return found


def some_of(what: str, given: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Names, each of them known."""
    for name in (found := parts(given)):
        if name not in known:
            raise Refused(f"unknown {what} {name!r}{near(name, known)} There are: {', '.join(known)}")
    return found


def checks_of(given: Sequence[str]) -> tuple[str, ...]:
    """Checks by name, or by a pattern as of ops."""
    known = list(checks())
    found: dict[str, None] = {}
    for pattern in parts(given):
        meant = [pattern] if pattern in known else chosen([pattern], known)
        if not meant:
            raise Refused(f"unknown check {pattern!r}{near(pattern, known)} There are: {', '.join(known)}")
        found |= dict.fromkeys(meant)
    return tuple(found)


def number(option: str, text: str, least: int, most: int | None = None) -> int:
    """A whole number within its bounds."""
    if not text.isdecimal() or int(text) < least or (most is not None and int(text) > most):
        bounds = f"from {least} to {most}" if most is not None else f"of at least {least}"
        raise Refused(f"{option} is a whole number {bounds}, not {text!r}")
    return int(text)


def near(name: str, known: Sequence[str]) -> str:
    """The names that may have been meant, as the middle of a sentence."""
    lower = {k.lower(): k for k in known}
    found = difflib.get_close_matches(name.lower(), list(lower), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(repr(lower[f]) for f in found)}?" if found else "."


def writable(option: str, path: str) -> str:
    """A path that a report can be written to; checked by writing beside it, since permissions alone do not tell."""
    if path in ("", "-"):
        return path
    target = Path(path)
    if target.is_dir():
        raise Refused(f"{option} {path}: this is a folder; name a file in it")
    if not target.parent.is_dir():
        raise Refused(f"{option} {path}: there is no folder {str(target.parent)!r}; make it first")
    probe = target.parent / f".{target.name}.{os.getpid()}"
    try:
        probe.write_text("", encoding="utf-8")
        probe.unlink()
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError(13, "the file is read-only")
    except OSError as e:
        raise Refused(f"{option} {path}: cannot be written ({e.strerror})") from e
    return path


def request(
    subject: Sequence[str], backend: Sequence[str], device: str, ops: Sequence[str], checks: Sequence[str], dtypes: Sequence[str],
    orders: int, seed: int, thoroughness: str, workers: int, json: str, html: str,
    random_programs: int | None = None,
) -> Request:  # fmt: skip
    """All options, checked; `Refused` for the first that asks for what is not there."""
    if json and json == html and json != "-":
        raise Refused(f"--json and --html name the same file {json}")
    if html == "-":
        raise Refused("--html needs a file: only --json may be '-', for standard output")
    for option, path in (("--json", json), ("--html", html)):
        writable(option, path)
    if thoroughness not in get_args(Thoroughness):
        raise Refused(f"unknown thoroughness {thoroughness!r}. There are: {', '.join(get_args(Thoroughness))}")
    specs = subjects_of(subject, backend, device)
    patterns = patterns_of(ops, RANDOM[thoroughness] if random_programs is None else random_programs)
    plan = Plan(thoroughness, checks_of(checks), some_of("dtype", dtypes, REAL), orders, seed)  # type: ignore[arg-type]
    found = tuple(units(specs, patterns, plan, random_programs))
    shares = taken(specs, plan, kinds_to_draw(patterns, random_programs))
    return Request(plan, specs, patterns, found, workers, json, html, tuple(shares))
