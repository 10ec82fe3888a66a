"""Recognition of arrays: whatever is waiting is scored together, with no delay to wait for more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from inkdigits.server.errors import Problem

Images = NDArray[np.uint8]
Rows = NDArray[np.float32]

MOST = 256
"""So many images go through the model at a time: more would keep those who wait waiting longer."""

MOST_WAITING = 8192


class Batcher:
    """Scores images uint8 `(N, 28, 28)` by `score`, which gives a row an image, in one thread.

    While the model works, requests pile up; as soon as it is free, all of them go in together. So
    one request alone waits for nothing, and many at a time cost little more than one. `report` is
    told the size of each batch, in images.
    """

    def __init__(self, score: Callable[[Images], Rows], report: Callable[[int], None]) -> None:
        self._score = score
        self._report = report
        self._waiting: list[tuple[Images, asyncio.Future[Rows]]] = []
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "inkdigits-model")

    def close(self) -> None:
        """Let the thread end; nothing may be scored afterwards."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def scores(self, images: Images) -> Rows:
        """The rows of `images`; raises `Problem` (`busy`) where too many are waiting already."""
        if sum(len(others) for others, _ in self._waiting) + len(images) > MOST_WAITING:
            raise Problem("busy", "too many images are waiting; try again", retry_after=1)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Rows] = loop.create_future()
        self._waiting.append((images, future))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._run())
        return await future

    async def _run(self) -> None:
        while batch := self._next():
            together = np.concatenate([images for images, _ in batch])
            self._report(len(together))
            try:
                rows = await asyncio.get_running_loop().run_in_executor(
                    self._thread, self._score, together
                )
            except Exception as error:  # each who waits is told
                for _, future in batch:
                    if not future.done():
                        future.set_exception(error)
                continue
            start = 0
            for images, future in batch:
                if not future.done():  # or its client is gone
                    future.set_result(rows[start : start + len(images)])
                start += len(images)

    def _next(self) -> list[tuple[Images, asyncio.Future[Rows]]]:
        """What is scored next: as much of what waits, in order, as fits; the first in any case."""
        self._waiting = [waiting for waiting in self._waiting if not waiting[1].done()]
        count, size = 0, 0
        for images, _ in self._waiting:
            size += len(images)
            if count and size > MOST:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch
