"""Where a market lives that nobody needs afterwards: in memory, if the system has files there."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # a new folder is made in it


@contextmanager
def scratch() -> Iterator[Path]:
    """A new folder, which is gone afterwards."""
    place = MEMORY if MEMORY.is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="tallystick-", dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
