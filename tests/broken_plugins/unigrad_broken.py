"""Backends that are wrong, each in one way. All stand on array-api-strict."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import array_api_strict as xp
from unigrad_strict import StrictBackend

NOTHING = "no backend"


class Flat(StrictBackend):
    """Every array has lost its shape."""

    name = "flat"

    def asarray(self, obj: Any, dtype: Any, device: Any, copy: bool) -> Any:
        return xp.reshape(super().asarray(obj, dtype, device, copy), (-1,))


class Cut(StrictBackend):
    """Arrays come back in another dtype."""

    name = "cut"

    def to_numpy(self, raw: Any) -> Any:
        return super().to_numpy(raw)[..., :1]


class Cosh(StrictBackend):
    """One function returns a wrong shape."""

    name = "cosh"
    kernels = StrictBackend.kernels | {"cosh": lambda x: xp.stack([xp.cosh(x), xp.cosh(x)])}


def kill(x: Any) -> Any:
    """What a fault in a library's own code does."""
    os.kill(os.getpid(), signal.SIGSEGV)


class Fatal(StrictBackend):
    """One function ends the process."""

    name = "fatal"
    kernels = StrictBackend.kernels | {"cosh": kill}


def wait(x: Any) -> Any:
    """Say that we are here, and stay; deaf to a polite request to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path(os.environ["UNIGRAD_TEST_MARK"]).write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(120)


class Slow(StrictBackend):
    """One function takes very long."""

    name = "slow"
    kernels = StrictBackend.kernels | {"cosh": wait}
