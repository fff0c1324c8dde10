"""Processes that work side by side, one item each at a time. One that dies costs its item, and a new one takes its place."""

import contextlib
import gc
import multiprocessing
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")

#: for every process that checks. JAX's oracle computes in 64 bits, and its many small programs are not worth an optimiser;
#: workers fill the cores already, so each library gets one thread
ENVIRONMENT = {
    "JAX_ENABLE_X64": "1", "JAX_DISABLE_MOST_OPTIMIZATIONS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1", "TF_CPP_MIN_LOG_LEVEL": "3",
}  # fmt: skip
#: bytes of memory from which on a worker is replaced after its item: JAX keeps what it compiled
MUCH = 3 * 1024**3
#: when the collector runs: a traced program is so many objects that it took a tenth of the time to look for what is dead
SELDOM = (50_000, 20, 1000)
#: seconds after which a worker that does not end is killed
PATIENCE = 2


@dataclass(frozen=True)
class Outcome(Generic[Item]):
    """What became of an item: a value, or the words that say why there is none."""

    item: Item
    value: Any = None
    error: str = ""


@contextlib.contextmanager
def environment() -> Iterator[None]:
    """What the libraries read when they are imported, for the processes started inside; what the user has set stays."""
    added = {name: value for name, value in ENVIRONMENT.items() if name not in os.environ}
    os.environ.update(added)
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


def work(pipe: Connection) -> None:
    """A worker: a function and an argument come in, its value or its error goes out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends the workers
    warnings.simplefilter("ignore")  # 0 / 0 is what hazards are made of
    gc.set_threshold(*SELDOM)
    with contextlib.suppress(EOFError, BrokenPipeError):  # the parent has gone
        while (call := pipe.recv()) is not None:
            function, args = call
            try:
                answer = (function(*args), "")
            except Exception as e:  # noqa: BLE001  (told to the parent, whatever it is)
                answer = (None, f"{type(e).__name__}: {e}")
            pipe.send((*answer, resident() > MUCH))


def resident() -> int:
    """Bytes of memory that this process holds; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


class Worker:
    """One process and the item that it works on."""

    def __init__(self) -> None:
        self.item: Any = None
        self.busy = False
        self.pipe, theirs = multiprocessing.get_context("spawn").Pipe()
        self.process = multiprocessing.get_context("spawn").Process(target=work, args=(theirs,), daemon=True)
        with environment():
            self.process.start()
        theirs.close()

    def give(self, function: Callable[..., Any], item: Any, args: tuple[Any, ...]) -> None:
        """Let it work on an item."""
        self.item, self.busy = item, True
        with contextlib.suppress(BrokenPipeError):  # it died: its answer says so
            self.pipe.send((function, (item, *args)))

    def answer(self) -> tuple[Outcome[Any], bool]:
        """What it says, and whether it should be replaced: it died, or holds much memory."""
        self.busy = False
        try:
            value, error, large = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            return Outcome(self.item, error=died(self.process.exitcode)), True
        return Outcome(self.item, value, error), large

    def end(self) -> None:
        """Leave nothing behind."""
        self.pipe.close()
        self.process.terminate()
        self.process.join(PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def died(code: int | None) -> str:
    """How a process ended, in words."""
    if code is not None and code < 0:
        return f"the worker process died of signal {signal.Signals(-code).name}"
    return f"the worker process ended with status {code}"


class Pool:
    """Some workers; a context, which ends them however it is left."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.workers: list[Worker] = []

    def __enter__(self) -> "Pool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            worker.process.terminate()
        for worker in self.workers:
            worker.end()

    def map(self, function: Callable[..., Any], items: Iterable[Item], *args: Any) -> Iterator[Outcome[Item]]:
        """``function(item, *args)`` of each item, in the order in which they are done."""
        waiting = iter(items)
        if not self.count:
            yield from (here(function, item, args) for item in waiting)
            return
        idle = list(self.workers)
        left = True
        while True:
            while left and (idle or len(self.workers) < self.count):
                try:
                    item = next(waiting)
                except StopIteration:
                    left = False
                    break
                if not idle:
                    idle.append(Worker())
                    self.workers.append(idle[-1])
                idle.pop().give(function, item, args)
            busy = {w.pipe: w for w in self.workers if w.busy}
            if not busy:
                return
            for pipe in wait(list(busy)):
                worker = busy[pipe]  # type: ignore[index]
                outcome, replaced = worker.answer()
                if replaced:
                    self.workers.remove(worker)
                    worker.end()
                else:
                    idle.append(worker)
                yield outcome


def here(function: Callable[..., Any], item: Item, args: tuple[Any, ...]) -> Outcome[Item]:
    """The same in this process."""
    try:
        return Outcome(item, function(item, *args))
    except Exception as e:  # noqa: BLE001  (told like a worker's)
        return Outcome(item, error=f"{type(e).__name__}: {e}")


def cores() -> int:
    """How many workers fill the cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
