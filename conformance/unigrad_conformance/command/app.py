"""The options of ``unigrad conformance``, read by typer. Each has an environment variable too, which pytest reads as well."""

from enum import StrEnum
from typing import Annotated, Any

import typer

import unigrad as ug
from unigrad_conformance.command.conduct import conduct
from unigrad_conformance.command.exits import USAGE, Refused
from unigrad_conformance.command.request import request
from unigrad_conformance.command.screen import listing, refuse
from unigrad_conformance.workers import cores

EPILOG = (
    "Exit status: 0 all agree; 1 something disagrees; 2 an option asks for what is not there; 3 a backend is broken; "
    "130 interrupted, with the results so far in the reports."
)
app = typer.Typer(
    name="unigrad", no_args_is_help=True, add_completion=False, rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)  # fmt: skip


class Thoroughness(StrEnum):
    """How much is checked."""

    quick = "quick"
    full = "full"
    exhaustive = "exhaustive"


class Listed(StrEnum):
    """What can be listed."""

    ops = "ops"
    checks = "checks"
    dtypes = "dtypes"
    backends = "backends"


def option(*names: str, told: str, **more: Any) -> Any:
    """An option with its environment variable."""
    variable = "UNIGRAD_CONFORMANCE_" + names[0].lstrip("-").upper()
    return typer.Option(*names, help=told, envvar=variable, show_envvar=False, **more)


@app.callback(help=f"unigrad {ug.__version__}: one GradientTape for every array library.")
def unigrad() -> None:
    """A group, so that further commands find a place beside this one."""


@app.command(epilog=EPILOG)
def conformance(
    backend: Annotated[list[str], option("--backend", "-b", told="A backend, like numpy or torch:cuda:0; several times or a,b; 'all': those installed. Default: UNIGRAD_BACKEND, else numpy.")] = [],
    device: Annotated[str | None, option("--device", told="Where the backends make their arrays: cpu, cuda:0, gpu.")] = None,
    ops: Annotated[list[str], option("--ops", "-k", told="Only ops, expressions and points whose name holds this, or is this with * and ?; several times or a,b.")] = [],
    checks: Annotated[list[str], option("--checks", told="Only these checks, by name or a part of it.")] = [],
    dtypes: Annotated[list[str], option("--dtypes", told="Only these dtypes, like float32,bfloat16.")] = [],
    orders: Annotated[int, option("--orders", min=1, max=3, told="The highest order of derivatives.")] = 3,
    seed: Annotated[int, option("--seed", min=0, told="0: the samples that every run takes. Another number: others.")] = 0,
    thoroughness: Annotated[Thoroughness, option("--thoroughness", told="quick: under a minute for a backend. full: every shape in every dtype and order. exhaustive: every layout and size too.")] = Thoroughness.quick,
    thorough: Annotated[bool, typer.Option("--thorough", help="The same as --thoroughness full.")] = False,
    workers: Annotated[int, option("--workers", "-n", min=0, told="Processes that work side by side; 0: this one alone. Default: one for each core.", show_default=False)] = -1,
    json: Annotated[str, option("--json", metavar="FILE", told="Write the result for machines; '-': to standard output.")] = "",
    html: Annotated[str, option("--html", metavar="FILE", told="Write the result as one page to look at.")] = "",
    show: Annotated[int, typer.Option("--show", min=0, help="How many failing cells are shown on the screen.")] = 10,
    list_: Annotated[Listed | None, typer.Option("--list", help="Show what there is, and run nothing.")] = None,
) -> None:  # fmt: skip
    """Compare every derivative rule with native autodiff, with differences and with itself, and say what disagrees."""
    try:
        if list_:
            return listing(list_.value, ops)
        depth = "full" if thorough else thoroughness.value
        asked = request(
            backend, device, ops, checks, dtypes, orders, seed, depth, cores() if workers < 0 else workers, json, html
        )
        status = conduct(asked, show)
    except Refused as e:
        refuse(str(e))
        status = e.status
    raise typer.Exit(status)


def run_app(arguments: list[str]) -> int:
    """Read the arguments and run; the exit status."""
    try:
        app(arguments, prog_name="unigrad")
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else USAGE
    return 0
