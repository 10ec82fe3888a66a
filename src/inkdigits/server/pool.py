"""The processes that read images: kept ready, given one job each, ended and replaced when need be.

Reading is done whole in these processes, the model included. The symbols of one image are one batch
already; to score those of several together, in one place, was measured and is slower: a symbol's
way there and back takes longer than the model (docs/experiments.md).
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from inkdigits import errors
from inkdigits.errors import FieldError, ImageError, TemplateError, UnreadableImage
from inkdigits.server import wire
from inkdigits.server.errors import ENDED_BY_IMAGE, Problem
from inkdigits.server.settings import API_KEY_VARIABLE, Settings

# OpenBLAS and others start a thread a core in each process; those of many processes wait for each
# other, and reading takes six times as long.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_START_TIMEOUT = 60.0
_PATIENCE = 0.5
"""So long a job may still take whose client is gone, in seconds: less than a new process does."""

_PAUSES = (0.1, 1.0, 5.0)
"""Seconds before another try where a process does not start; then the last, over and over."""

Result = TypeVar("Result")
Report = Callable[[str], None]
"""Told why a process was replaced: `"timeout"`, `"death"` or `"start"`."""


@dataclass(frozen=True, slots=True)
class Job:
    """An image or a drawing to read: `head` as `worker` takes it, and its bytes."""

    head: dict[str, Any]
    body: bytes

    @property
    def name(self) -> str:
        return self.head.get("file") or "image"


class InternalError(Exception):
    """A reading process met a fault of ours; the message is its traceback."""


class Worker:
    """One reading process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("the process has to be started with pipes")
        self._process = process
        self._sink, self._source = process.stdin, process.stdout
        self.deadline: asyncio.Timeout | None = None

    @classmethod
    async def start(cls, settings: Settings) -> Worker:
        """A process that is ready to read; raises `OSError`, `EOFError` or `TimeoutError`."""
        process = await asyncio.create_subprocess_exec(
            # -P: nothing of the folder in which the service runs is ever imported.
            *(sys.executable, "-P", "-m", "inkdigits.server.worker"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # libtiff complains there of every broken file; faults of ours come as answers.
            stderr=asyncio.subprocess.DEVNULL,
            env=_environment(),
        )
        worker = cls(process)
        try:
            async with asyncio.timeout(_START_TIMEOUT):
                await worker.ask(
                    {
                        "models": asdict(settings.models),
                        "limits": asdict(settings.limits),
                        "min_accuracy": settings.min_accuracy,
                    }
                )
        except BaseException:
            await worker.end()
            raise
        return worker

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, head: dict[str, Any], body: bytes = b"") -> wire.Message:
        """The answer to one message; raises `EOFError` or `OSError` where the process is gone."""
        for part in wire.pack(head, body):  # `writelines` would copy a large body
            self._sink.write(part)
        await self._sink.drain()
        return await wire.receive(self._source)

    async def read(self, job: Job, timeout: float) -> wire.Message:
        """The answer to a job; raises `TimeoutError` past the deadline, and what `ask` does."""
        async with asyncio.timeout(timeout) as self.deadline:
            return await self.ask(job.head, job.body)

    def hurry(self) -> None:
        """Let a job whose client is gone go on for a little while only."""
        if self.deadline is not None and (when := self.deadline.when()) is not None:
            with suppress(RuntimeError):  # it has just ended
                soon = asyncio.get_running_loop().time() + _PATIENCE
                self.deadline.reschedule(min(when, soon))

    async def end(self) -> None:
        """Kill the process, whatever it does, and wait until it is gone."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._sink.close()  # before any wait: who waits may be cancelled
        await self._process.wait()
        with suppress(OSError):
            await self._sink.wait_closed()


def _environment() -> dict[str, str]:
    """Ours, without what a process that meets hostile images had better not know."""
    environment = {name: text for name, text in os.environ.items() if name != API_KEY_VARIABLE}
    return environment | _ONE_THREAD | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


class Pool:
    """As many reading processes as the settings ask for, from `start` to `stop`."""

    def __init__(self, settings: Settings, report: Report) -> None:
        self._settings = settings
        self._report = report
        self._idle: asyncio.Queue[Worker] = asyncio.Queue()
        self._workers: set[Worker] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def pids(self) -> list[int]:
        """The processes that are alive."""
        return [worker.pid for worker in self._workers if worker.is_alive]

    @property
    def idle(self) -> int:
        """How many processes have nothing to do."""
        return self._idle.qsize()

    async def start(self) -> None:
        """Start all processes; raises `RuntimeError` where none can be started."""
        # Each comes to its own end: one that is cancelled while it ends leaves its process behind.
        starts = (self._add() for _ in range(self._settings.workers))
        outcomes = await asyncio.gather(*starts, return_exceptions=True)
        failures = [outcome for outcome in outcomes if outcome is not None]
        if failures:
            await self.stop()
            raise RuntimeError("no reading process could be started") from failures[0]

    async def stop(self) -> None:
        """End all processes, at once."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._workers))
        self._workers.clear()

    async def read(self, job: Job) -> bytes:
        """The readings of an image, one a page, as JSON with a comma between them.

        Raises `ImageError`, `FieldError`, `TemplateError`, `Problem` (`busy`, `timed_out`) and
        `InternalError`. If it is cancelled, the job is dropped, or its process ended where it does
        not come to an end soon.
        """
        # A process may die by another's hand; the image is to blame only if that happens again.
        for _ in range(2):
            with suppress(EOFError):
                return await self._read_once(job)
        raise UnreadableImage(f"{job.name}: {ENDED_BY_IMAGE}")

    async def _read_once(self, job: Job) -> bytes:
        worker = await self._take()
        work = self._spawn(self._work(worker, job))
        try:
            head, body = await asyncio.shield(work)
        except asyncio.CancelledError:
            worker.hurry()
            raise
        if "error" not in head:
            return body
        kind = getattr(errors, head["error"] or "-", None)
        if isinstance(kind, type) and issubclass(kind, ImageError | FieldError | TemplateError):
            raise kind(head["message"])
        raise InternalError(head["message"])

    async def _take(self) -> Worker:
        try:
            async with asyncio.timeout(self._settings.read_timeout):
                while not (worker := await self._idle.get()).is_alive:
                    self._replace(worker, "death")  # it died with nothing to do
                return worker
        except TimeoutError:
            message = "all reading processes are busy; try again a little later"
            raise Problem("busy", message, retry_after=self._settings.read_timeout) from None

    async def _work(self, worker: Worker, job: Job) -> wire.Message:
        """Ask a process, and see to it that another is ready where it cannot go on."""
        timeout = self._settings.read_timeout
        started = time.monotonic()
        try:
            answer = await worker.read(job, timeout)
        except TimeoutError:
            self._replace(worker, "timeout")
            spent = time.monotonic() - started
            message = (
                f"{job.name}: not read within {spent:.0f} s; shrink it, or ask for fewer pages"
            )
            raise Problem("timed_out", message) from None
        except Exception as error:  # the pipe is closed, or what came through it is no message
            self._replace(worker, "death")
            raise EOFError("a reading process is gone") from error
        self._idle.put_nowait(worker)
        return answer

    def _replace(self, worker: Worker, why: str) -> None:
        self._report(why)
        self._spawn(self._renew(worker))

    async def _renew(self, worker: Worker) -> None:
        await worker.end()
        self._workers.discard(worker)
        pauses = iter(_PAUSES)
        pause = 0.0
        while True:
            try:
                return await self._add()
            except (OSError, EOFError, TimeoutError):
                self._report("start")
                pause = next(pauses, pause)
                await asyncio.sleep(pause)

    async def _add(self) -> None:
        worker = await Worker.start(self._settings)
        self._workers.add(worker)
        self._idle.put_nowait(worker)

    def _spawn(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """Run `work` to its end, whoever waits for it or no longer does."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # seen: whoever waited for it is told, or gone
