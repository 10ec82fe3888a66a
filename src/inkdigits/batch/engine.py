"""Shards to the workers of a Dask cluster, their answers to whoever commits them.

The cluster is made here, of processes on this machine, or is any that answers at an address. A
worker that dies gives its shards back; they are read again in `quarantine`.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from queue import Empty, Queue
from uuid import uuid4

import cv2
import dask
from dask.system import CPU_COUNT
from distributed import Client, Future, LocalCluster, Worker
from distributed.comm import CommClosedError
from distributed.scheduler import KilledWorker

from inkdigits.batch.bounds import bound_memory
from inkdigits.batch.quarantine import read_guarded
from inkdigits.batch.rows import encode
from inkdigits.batch.sources import File
from inkdigits.batch.work import Work, read_shard
from inkdigits.errors import InkdigitsError

CONNECT_S = 15
"""How long a scheduler may take to answer."""

DEATHS = 10
"""A shard whose worker dies this often, though it is read in child processes, ends the batch."""

_STARTS = 3
"""How often the processes of this machine are started, if one of them ends at once."""

_AHEAD = 2
"""Shards in flight for each thread of the cluster: one is read, the next waits beside it."""

_PATIENCE_S = 10

_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has but the one

_SETTINGS = {
    # Whatever a worker died of, its shards are read with more care: see `_Flight.land`.
    "distributed.scheduler.allowed-failures": 0,
    # Nothing of a batch stays in a worker, so only its end by force is of use.
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": 0.95,
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",  # by itself each process wakes 50 times a second
    # Dask's value has malloc give every large buffer back to the system at once, and get it again
    # page by page for the next picture: of reading a photo that was more than a third.
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.admin.log-format": "%(message)s",
}


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard to read: its number, and its files."""

    number: int
    files: list[File]


def dask_setup(worker: Worker) -> None:
    """What Dask calls in a process that `local_cluster` starts, before it reads anything.

    It makes it a reader: one thread, bounded memory, and silent.
    """
    cv2.setNumThreads(1)
    bound_memory(worker.memory_manager.memory_limit)
    # What libtiff says of broken files belongs to no terminal.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


@contextmanager
def local_cluster(workers: int, memory_bytes: int) -> Iterator[Client]:
    """A cluster of `workers` processes of this machine, on loopback only, while the block runs."""
    with dask.config.set(_SETTINGS), _quiet():
        cluster = _start_processes(workers, memory_bytes)
        try:
            with Client(cluster, set_as_default=False) as client:
                yield client
        finally:
            # At once: whoever waits has what it wants, or wants nothing more.
            for nanny in cluster.workers.values():
                with suppress(ProcessLookupError, TypeError):
                    os.kill(nanny.pid, _KILL)
            cluster.close()


def _start_processes(workers: int, memory_bytes: int, tries: int = _STARTS) -> LocalCluster:
    """Start the processes, again if one ends before it is ready: from then on Dask sees to that."""
    try:
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=memory_bytes,
            preload=__name__,  # for `dask_setup`
            dashboard_address=None,
            # It would take port 8787 else, whether or not there is a dashboard.
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.CRITICAL,
        )
    except RuntimeError as error:
        if tries == 1:
            raise InkdigitsError(
                f"the processes that read cannot be started ({error}): try fewer --workers"
            ) from error
        return _start_processes(workers, memory_bytes, tries - 1)


@contextmanager
def cluster_at(address: str) -> Iterator[Client]:
    """The cluster whose scheduler answers at `address`; raises `InkdigitsError` if none does."""
    with _quiet():
        try:
            client = Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise InkdigitsError(f"{address}: no Dask scheduler answers there") from error
        with client:
            yield client


@contextmanager
def _quiet() -> Iterator[None]:
    logger = logging.getLogger("distributed")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def usable_cores() -> int:
    """How many cores this process may use, in a container too."""
    return int(CPU_COUNT)


def threads_of(client: Client) -> int:
    """How many shards the cluster reads at a time now."""
    return sum(client.nthreads().values())


def read_shards(
    client: Client,
    work: Work,
    shards: Iterator[Shard],
    commit: Callable[[Shard, bytes], None],
    say: Callable[[str], None],
) -> None:
    """Read all `shards` on the cluster; `commit` gets each with the content of its file.

    Few are in flight at a time, however many there are. `say` is told once if no worker is there.
    Raises `InkdigitsError` if the scheduler goes away, if workers cannot read (no inkdigits,
    another model) or if they keep dying, and whatever `commit` raises.
    """
    flight = _Flight(client, work)
    try:
        flight.fill(shards)
        while flight.shards:
            shard, content = flight.land(say)
            if content is not None:
                commit(shard, content)
                flight.fill(shards)
    except (CancelledError, CommClosedError, TimeoutError) as error:
        raise InkdigitsError(
            "the Dask scheduler went away: start it and give the same command again"
        ) from error
    except ModuleNotFoundError as error:
        raise InkdigitsError(
            f"the workers of the cluster lack a module, {error.name}: "
            "run  pip install 'inkdigits[batch]'  for them"
        ) from error


class _Flight:
    """The shards that are with the cluster."""

    def __init__(self, client: Client, work: Work) -> None:
        self.shards: dict[Future, tuple[Shard, int]] = {}
        self._client = client
        self._work = work
        self._landed: Queue[Future] = Queue()
        self._warned = False

    def fill(self, shards: Iterator[Shard]) -> None:
        """Submit shards until every thread of the cluster has `_AHEAD`."""
        room = _AHEAD * max(1, threads_of(self._client)) - len(self.shards)
        for shard in islice(shards, max(0, room)):
            self._submit(shard, deaths=0)

    def land(self, say: Callable[[str], None]) -> tuple[Shard, bytes | None]:
        """Wait for any shard: it with its content, or with None if it has to be read again."""
        while True:
            try:
                future = self._landed.get(timeout=_PATIENCE_S)
                break
            except Empty:
                if not self._warned and not threads_of(self._client):
                    say("the cluster has no workers yet: waiting for them")
                    self._warned = True
        shard, deaths = self.shards.pop(future)
        try:
            return shard, future.result()
        except KilledWorker as error:
            if deaths == DEATHS:
                raise InkdigitsError(
                    f"workers keep dying ({deaths + 1} times in shard {shard.number}): "
                    "is there enough memory for so many? Try fewer --workers"
                ) from error
            self._submit(shard, deaths + 1)
            return shard, None
        finally:
            future.release()

    def _submit(self, shard: Shard, deaths: int) -> None:
        future = self._client.submit(
            _read_and_encode,
            self._work,
            shard,
            deaths > 0,
            key=f"shard-{shard.number}-{uuid4().hex}",
        )
        self.shards[future] = shard, deaths
        future.add_done_callback(self._landed.put)


def _read_and_encode(work: Work, shard: Shard, guarded: bool) -> bytes:
    """What a worker does: the content of the shard's file."""
    read = read_guarded if guarded else read_shard
    return encode(read(work, shard.files), work.format)
