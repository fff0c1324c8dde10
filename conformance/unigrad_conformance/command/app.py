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

#: of each option, by its first name
TOLD = {
    "--backend": "A backend, like numpy or torch:cuda:0; several times or a,b; 'all': those installed. "
    "Default: UNIGRAD_BACKEND, else numpy.",
    "--subject": "unigrad, or a framework whose own autodiff is to be tested: jax, torch.",
    "--device": "Where the backends make their arrays: cpu, cuda:0, gpu.",
    "--ops": "Only ops, expressions and points whose name holds this; with * or ?, whose name is this. Several times or a,b.",
    "--checks": "Only these checks, by name or a part of it.",
    "--dtypes": "Only these dtypes, like float32,bfloat16.",
    "--orders": "The highest order of derivatives.",
    "--seed": "0: the samples that every run takes. Another number: others.",
    "--thoroughness": "quick: about a minute of two cores; on jax of shares that the seed draws, and it says so. "
    "full: every shape in every dtype and order. "
    "exhaustive: every layout and size too.",
    "--thorough": "The same as --thoroughness full.",
    "--programs": "How many random programs. Default: 200; 2000 when it is full or exhaustive.",
    "--workers": "Processes that work side by side; 0: this one alone. Default: one for each core.",
    "--json": "Write the result for machines; '-': to standard output.",
    "--html": "Write the result as one page to look at.",
    "--show": "How many failing cells are shown on the screen.",
    "--list": "Show what there is, and run nothing.",
}
EPILOG = (
    "Exit status: 0 all agree; 1 something disagrees; 2 an option asks for what is not there; 3 a backend is broken; "
    "130 interrupted, with the results so far in the reports. "
    "The environment variable of --ops is UNIGRAD_CONFORMANCE_OPS, and so on."
)
app = typer.Typer(
    name="unigrad", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
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


def option(*names: str, **more: Any) -> Any:
    """An option with its environment variable."""
    variable = "UNIGRAD_CONFORMANCE_" + names[0].lstrip("-").upper()
    return typer.Option(*names, help=TOLD[names[0]], envvar=variable, show_envvar=False, **more)


@app.callback(help=f"unigrad {ug.__version__}: one GradientTape for every array library.")
def unigrad() -> None:
    """A group, so that further commands find a place beside this one."""


@app.command(epilog=EPILOG)
def conformance(
    backend: Annotated[list[str] | None, option("--backend", "-b", show_default=False)] = None,
    subject: Annotated[list[str] | None, option("--subject", show_default=False)] = None,
    device: Annotated[str, option("--device", show_default=False)] = "",
    ops: Annotated[list[str] | None, option("--ops", "-k", show_default=False)] = None,
    checks: Annotated[list[str] | None, option("--checks", show_default=False)] = None,
    dtypes: Annotated[list[str] | None, option("--dtypes", show_default=False)] = None,
    orders: Annotated[int, option("--orders", min=1, max=3)] = 3,
    seed: Annotated[int, option("--seed", min=0)] = 0,
    thoroughness: Annotated[Thoroughness, option("--thoroughness")] = Thoroughness.quick,
    thorough: Annotated[bool, typer.Option("--thorough", help=TOLD["--thorough"])] = False,
    programs: Annotated[int | None, option("--programs", min=0, show_default=False)] = None,
    workers: Annotated[int | None, option("--workers", "-n", min=0, show_default=False)] = None,
    json: Annotated[str, option("--json", metavar="FILE", show_default=False)] = "",
    html: Annotated[str, option("--html", metavar="FILE", show_default=False)] = "",
    show: Annotated[int, option("--show", min=0)] = 10,
    list_: Annotated[Listed | None, typer.Option("--list", help=TOLD["--list"], show_default=False)] = None,
) -> None:
    """Compare every derivative rule with native autodiff, with differences and with itself, and say what disagrees."""
    try:
        if list_:
            return listing(list_.value, ops or [])
        depth = "full" if thorough else thoroughness.value
        asked = request(
            subject or [], backend or [], device, ops or [], checks or [], dtypes or [], orders, seed, depth,
            cores() if workers is None else workers, json, html, programs,
        )  # fmt: skip
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
