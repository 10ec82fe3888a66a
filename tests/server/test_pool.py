"""The processes that read: what they answer, and what becomes of those that cannot."""

import asyncio
import io
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inkdigits import Reader
from inkdigits.errors import ImageTooLarge, UnreadableImage, UnsupportedFormat
from inkdigits.imaging.decode import Limits
from inkdigits.recognition.models import Models
from inkdigits.server import pool as pools
from inkdigits.server import worker as workers
from inkdigits.server.errors import Problem
from inkdigits.server.pool import InternalError, Job, Pool, Worker
from inkdigits.server.settings import Settings

SAMPLE = Path(__file__).parents[2] / "samples" / "mnist-size.png"


def job(body: bytes | None = None, **head: Any) -> Job:
    asked = {"kind": "image", "file": "x.png", "request": {"layout": "auto"}, "include": []}
    return Job({**asked, **head}, SAMPLE.read_bytes() if body is None else body)


Work = Callable[[Pool], Awaitable[None]]


def run(work: Work, **settings: Any) -> list[str]:
    """Do `work` with one process; returns why processes were replaced."""
    replaced: list[str] = []

    async def main() -> None:
        pool = Pool(Settings(**{"workers": 1, **settings}), replaced.append)
        await pool.start()
        try:
            await work(pool)
        finally:
            await pool.stop()
        assert pool.pids == []

    asyncio.run(main())
    return replaced


async def is_replaced(pool: Pool, pid: int) -> None:
    while pid in pool.pids or not pool.pids:
        await asyncio.sleep(0.01)


def test_errors_of_images_come_back_as_they_were_raised() -> None:
    async def work(pool: Pool) -> None:
        pid = pool.pids[0]
        for body, error, said in (
            (b"", UnreadableImage, "x.png: there is nothing"),
            (b"hello", UnsupportedFormat, "x.png: not a format"),
            (b"x" * 101_000, ImageTooLarge, "x.png: over the limit"),
        ):
            with pytest.raises(error, match=said):
                await pool.read(job(body))
        assert await pool.read(job())
        assert pool.pids == [pid]

    assert run(work, limits=Limits(max_bytes=100_000)) == []


def test_a_fault_of_ours_comes_back_as_one_and_the_process_goes_on() -> None:
    async def work(pool: Pool) -> None:
        with pytest.raises(InternalError, match="KeyError"):
            await pool.read(Job({"kind": "image"}, b""))
        assert await pool.read(job())

    assert run(work) == []


def test_a_process_that_dies_is_replaced_and_its_job_done_again() -> None:
    async def work(pool: Pool) -> None:
        pid = pool.pids[0]
        os.kill(pid, signal.SIGSTOP)
        reading = asyncio.create_task(pool.read(job()))
        await asyncio.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
        assert b'"text": "3"' in await reading
        assert pid not in pool.pids

    assert run(work) == ["death"]


def test_processes_that_die_idle_are_no_fault_of_an_image() -> None:
    async def work(pool: Pool) -> None:
        pids = pool.pids
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        while pool.pids:
            await asyncio.sleep(0.01)
        assert b'"text": "3"' in await pool.read(job())
        while len(pool.pids) < len(pids):
            await asyncio.sleep(0.01)

    assert run(work, workers=3) == ["death"] * 3


def test_an_image_that_kills_every_process_is_to_blame(monkeypatch: pytest.MonkeyPatch) -> None:
    start = Worker.start

    async def start_stopped(settings: Settings) -> Worker:
        worker = await start(settings)
        os.kill(worker.pid, signal.SIGSTOP)  # it takes the job and never answers
        return worker

    monkeypatch.setattr(Worker, "start", start_stopped)

    async def work(pool: Pool) -> None:
        async def kill_all() -> None:
            while True:
                await asyncio.sleep(0.05)
                for pid in pool.pids:
                    os.kill(pid, signal.SIGKILL)

        first = pool.pids[0]
        killer = asyncio.create_task(kill_all())
        with pytest.raises(UnreadableImage, match=r"x\.png: reading it ended the process"):
            await pool.read(job())
        killer.cancel()
        assert first not in pool.pids

    assert run(work)[:2] == ["death", "death"]


def test_an_image_that_takes_too_long_is_given_up_and_its_process_ended() -> None:
    async def work(pool: Pool) -> None:
        pid = pool.pids[0]
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(Problem) as caught:
            await pool.read(job())
        assert caught.value.status == 504
        await is_replaced(pool, pid)
        assert await pool.read(job())

    # Not less: an ordinary image has to be read within it, on a busy machine as well.
    assert run(work, read_timeout=5.0) == ["timeout"]


def test_who_waits_too_long_for_a_process_is_told_to_come_again() -> None:
    async def work(pool: Pool) -> None:
        os.kill(pool.pids[0], signal.SIGSTOP)
        reads = (pool.read(job()) for _ in range(2))
        answers = await asyncio.gather(*reads, return_exceptions=True)
        assert sorted(a.status for a in answers if isinstance(a, Problem)) == [503, 504]

    run(work, read_timeout=0.5)


def test_a_job_that_nobody_waits_for_any_longer_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "_PATIENCE", 0.05)

    async def work(pool: Pool) -> None:
        pid = pool.pids[0]
        os.kill(pid, signal.SIGSTOP)
        reading = asyncio.create_task(pool.read(job()))
        waiting = asyncio.create_task(pool.read(job()))
        await asyncio.sleep(0.05)
        waiting.cancel()
        reading.cancel()
        await is_replaced(pool, pid)
        assert await pool.read(job())

    assert run(work) == ["timeout"]


def test_a_job_dropped_in_time_costs_no_process() -> None:
    async def work(pool: Pool) -> None:
        pid = pool.pids[0]
        reading = asyncio.create_task(pool.read(job()))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        reading.cancel()
        assert await pool.read(job())
        assert pool.pids == [pid]

    assert run(work) == []


def test_a_service_that_cannot_read_does_not_start() -> None:
    async def main() -> None:
        pool = Pool(Settings(workers=2, models=Models("/nowhere")), lambda _: None)
        with pytest.raises(RuntimeError, match="no reading process"):
            await pool.start()
        assert pool.pids == []

    asyncio.run(main())


def limits_of(pid: int) -> str:
    return Path(f"/proc/{pid}/limits").read_text(encoding="ascii")


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="needs /proc")
def test_a_process_is_confined() -> None:
    async def work(pool: Pool) -> None:
        lines = limits_of(pool.pids[0]).splitlines()
        rows = {line[:25].strip(): line[26:].split() for line in lines}
        assert rows["Max file size"][0] == "0"
        assert rows["Max core file size"][0] == "0"
        assert int(rows["Max address space"][0]) < 16 * 2**30
        environment = Path(f"/proc/{pool.pids[0]}/environ").read_bytes()
        assert b"OPENBLAS_NUM_THREADS=1" in environment
        assert b"s3cret" not in environment

    os.environ["INKDIGITS_API_KEY"] = "s3cret"
    try:
        run(work)
    finally:
        del os.environ["INKDIGITS_API_KEY"]


def test_the_largest_image_allowed_fits_into_the_memory_allowed() -> None:
    async def work(pool: Pool) -> None:
        content = io.BytesIO()
        Image.new("L", (7200, 7200), 255).save(content, "PNG")
        assert b'"width": 7200' in await pool.read(job(content.getvalue()))

    assert run(work, read_timeout=60.0) == []


def test_too_little_memory_is_an_error_of_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhaust(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(workers, "read", exhaust)
    head, body = workers.answer(Reader(threads=1), {"file": "x.png"}, b"")
    assert head["error"] == "ImageTooLarge"
    assert head["message"].startswith("x.png: ")
    assert body == b""
