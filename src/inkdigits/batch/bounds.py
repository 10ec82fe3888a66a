"""Bounds on what a reading process may use, set by the kernel."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa

MIN_BYTES = 500_000_000
"""With less, a reader could not even read a large photo."""

_MARGIN = 0.9
"""The part of its memory that a process may ask for, so that nobody has to kill it."""


def bound_memory(memory_bytes: int) -> None:
    """Let allocations of this process fail before it takes `memory_bytes` of physical memory.

    A file that asks for too much is then an error like others. On Linux, by `RLIMIT_DATA` (4.7 and
    later), which counts what is asked for, used or not; elsewhere this does nothing.
    """
    if sys.platform != "linux":
        return
    import resource

    # Arrow's usual allocator asks for a gigabyte at once, which it may never use.
    pa.set_memory_pool(pa.system_memory_pool())
    pages = [int(field) for field in Path("/proc/self/statm").read_text().split()]
    resident, data = (pages[i] * resource.getpagesize() for i in (1, 5))
    limit = data + max(0, round(_MARGIN * memory_bytes) - resident)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
