"""Whatever is waiting is scored together, and nobody waits for more to come."""

import asyncio
import threading
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.server import batching
from inkdigits.server.batching import Batcher
from inkdigits.server.errors import Problem


def images(count: int, value: int) -> NDArray[np.uint8]:
    return np.full((count, 28, 28), value, np.uint8)


class Model:
    """Scores by the value of the pixels; a closed gate keeps it busy."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.batches: list[int] = []

    def score(self, batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        assert self.gate.wait(60)
        if (batch == 13).any():
            raise ValueError("13")
        return batch[:, 0, :2].astype(np.float32)


def run(work: Callable[[Model, Batcher], object]) -> Model:
    model = Model()
    batcher = Batcher(model.score, model.batches.append)
    try:
        asyncio.run(work(model, batcher))  # type: ignore[arg-type]
    finally:
        batcher.close()
    return model


def test_one_request_is_scored_at_once() -> None:
    async def work(_: Model, batcher: Batcher) -> None:
        rows = await batcher.scores(images(2, 7))
        assert rows.tolist() == [[7, 7], [7, 7]]

    assert run(work).batches == [2]


def test_what_waits_while_the_model_works_goes_in_together() -> None:
    async def work(model: Model, batcher: Batcher) -> None:
        model.gate.clear()
        first = asyncio.create_task(batcher.scores(images(1, 1)))
        await asyncio.sleep(0.01)
        others = [asyncio.create_task(batcher.scores(images(n, n))) for n in range(2, 6)]
        await asyncio.sleep(0.01)
        model.gate.set()
        rows = await asyncio.gather(first, *others)
        assert [row.tolist() for row in rows] == [[[n, n]] * n for n in range(1, 6)]

    assert run(work).batches == [1, 14]


def test_a_batch_has_a_greatest_size_but_a_request_stays_whole() -> None:
    async def work(model: Model, batcher: Batcher) -> None:
        model.gate.clear()
        sizes = (1, 200, 50, 10, 300)
        tasks = [asyncio.create_task(batcher.scores(images(n, 1))) for n in sizes]
        await asyncio.sleep(0.01)
        model.gate.set()
        assert [len(rows) for rows in await asyncio.gather(*tasks)] == [*sizes]

    assert run(work).batches == [251, 10, 300]


def test_who_has_gone_is_not_scored() -> None:
    async def work(model: Model, batcher: Batcher) -> None:
        model.gate.clear()
        tasks = [asyncio.create_task(batcher.scores(images(n, n))) for n in (1, 2, 3)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        late = asyncio.create_task(batcher.scores(images(4, 4)))
        await asyncio.sleep(0.01)
        late.cancel()
        last = asyncio.create_task(batcher.scores(images(5, 5)))
        await asyncio.sleep(0.01)
        model.gate.set()
        await asyncio.gather(*tasks, last)

    assert run(work).batches == [6, 5]


def test_a_failure_reaches_those_it_concerns_and_no_others() -> None:
    async def work(_: Model, batcher: Batcher) -> None:
        with pytest.raises(ValueError, match="13"):
            await batcher.scores(images(1, 13))
        assert (await batcher.scores(images(1, 2))).tolist() == [[2, 2]]

    run(work)


def test_too_much_waiting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batching, "MOST_WAITING", 10)

    async def work(model: Model, batcher: Batcher) -> None:
        model.gate.clear()
        running = asyncio.create_task(batcher.scores(images(1, 1)))
        await asyncio.sleep(0.01)
        waiting = asyncio.create_task(batcher.scores(images(8, 1)))
        await asyncio.sleep(0)
        with pytest.raises(Problem) as caught:
            await batcher.scores(images(3, 1))
        assert caught.value.status == 503
        model.gate.set()
        await asyncio.gather(running, waiting)

    run(work)
