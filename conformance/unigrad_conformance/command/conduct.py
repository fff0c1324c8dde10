"""The run: backends are tried, units go to workers, and whatever happens, what was found is written and told."""

import contextlib
import json
import multiprocessing
import os
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from unigrad_conformance.catalogue import OF_AN_OP, checks
from unigrad_conformance.command.exits import AGREE, BROKEN, DISAGREE, INTERRUPTED, USAGE, Refused
from unigrad_conformance.command.request import Request
from unigrad_conformance.command.screen import Screen
from unigrad_conformance.facts import BackendFacts, ask, versions
from unigrad_conformance.page import write_page
from unigrad_conformance.plan import Plan
from unigrad_conformance.run import broken_off, check_unit
from unigrad_conformance.schema import Run, to_json, write_json
from unigrad_conformance.workers import Pool, environment


def conduct(request: Request, shown: int) -> int:
    """Run, write the reports, show the summary; the exit status."""
    run = Run(
        plan=request.plan, patterns=request.patterns, workers=request.workers, versions=versions(),
        ops={u.name: u.kind for u in request.units}, checks=checks() | OF_AN_OP,
        started=datetime.now(UTC).isoformat(timespec="seconds"), planned=len(request.units), shares=list(request.shares),
    )  # fmt: skip
    screen = Screen(to_stderr=request.json == "-")
    start = time.perf_counter()
    with stopping(screen):
        try:
            with environment(), quiet(), Pool(min(request.workers, len(request.units))) as pool:
                run.backends = tried(pool, request.backends, request.plan)
                with screen.progress(run) as advance:
                    for outcome in pool.map(check_unit, request.units, request.plan):
                        run.report.add(outcome.value or broken_off(outcome.item, request.plan, outcome.error))
                        run.done += 1
                        advance(outcome.item)
        except KeyboardInterrupt:
            run.interrupted = True
            screen.say("[bold]interrupted[/]: the results so far are kept; Ctrl-C again leaves at once")
        run.seconds = time.perf_counter() - start
        put_down(run, request)
        screen.summary(run, request, shown)
    return status_of(run)


def tried(pool: Pool, specs: tuple[str, ...], plan: Plan) -> list[BackendFacts]:
    """What each backend says of itself; `Refused` when one cannot be used."""
    found = {
        o.item: o.value or BackendFacts(o.item, trouble="broken", message=f"backend {o.item!r}: {o.error}")
        for o in pool.map(ask, specs)
    }
    if wrong := [f for f in found.values() if f.trouble]:
        status = BROKEN if any(f.trouble == "broken" for f in wrong) else USAGE
        raise Refused("\n".join(f.message for f in wrong), status)
    for facts in found.values():
        if plan.dtypes and not set(plan.dtypes) & set(facts.dtypes):
            raise Refused(f"backend {facts.name!r} has no {' or '.join(plan.dtypes)}; it has {', '.join(facts.dtypes)}")
    return [found[spec] for spec in specs]


def put_down(run: Run, request: Request) -> None:
    """The reports, in the files that were named."""
    if request.json == "-":
        json.dump(to_json(run), sys.stdout, indent=1, allow_nan=False)
        print(flush=True)
    elif request.json:
        write_json(run, Path(request.json))
    if request.html:
        write_page(run, Path(request.html))


def status_of(run: Run) -> int:
    """How the run ended."""
    if run.interrupted:
        return INTERRUPTED
    if run.report.failures:
        return DISAGREE
    return AGREE if run.report.comparisons else USAGE


@contextlib.contextmanager
def stopping(screen: Screen) -> Iterator[None]:
    """The first Ctrl-C ends the run and keeps what was found; a second one leaves at once."""
    heard = 0

    def hear(number: int, frame: FrameType | None) -> None:
        nonlocal heard
        heard += 1
        if heard == 1:
            raise KeyboardInterrupt
        for child in multiprocessing.active_children():
            child.kill()
        screen.leave("left at once: reports that were not yet written are missing")
        os._exit(INTERRUPTED)

    before = signal.signal(signal.SIGINT, hear)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No warnings of what hazards are made of; the checks that expect one listen themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
