"""What this process has of its host, and may still have."""

import os
from pathlib import Path


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_memory() -> int:
    """Bytes of memory that can be had now, the page cache's included where the system says."""
    try:
        with open("/proc/meminfo") as lines:
            kilobytes = dict(line.split(":", 1) for line in lines)["MemAvailable"]
        return int(kilobytes.split()[0]) << 10
    except (OSError, KeyError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")


def used_memory() -> int:
    """Bytes of memory that this process holds."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
