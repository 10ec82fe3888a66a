"""Taking from a process what it needs not, before it meets what strangers made."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def confine(memory_bytes: int) -> None:
    """Keep this process from writing files, and from taking much more memory than it has now.

    `memory_bytes` is how much more address space it may take. Where the system knows no such
    limits (Windows; memory also where there is no /proc) the others hold. A limit that is lower
    already stays.
    """
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError):  # no /proc, or a system that does not limit addresses
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = pages * resource.getpagesize() + memory_bytes
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        if hard != resource.RLIM_INFINITY:
            limit = min(limit, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
