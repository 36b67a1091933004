"""Standard output and error that decide nothing: a reader may go, a disk may be full, and a verdict
stays what it is.
"""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, TextIO

from checkers.cli.progress import Progress

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


@contextmanager
def steady_streams(progress: Progress) -> Iterator[None]:
    """Within this, nothing that is written to standard output or error fails, and progress is said
    on standard error.

    What can no longer be written is dropped; at the end, one line on standard error says so, unless
    it was a reader who went. Characters that a stream does not have are written by their numbers.
    """
    _open_missing()
    before = sys.stdout, sys.stderr
    output, errors = _Steady(sys.stdout, progress), _Steady(sys.stderr, progress)
    said = _text(_Steady(sys.stderr), sys.stderr)
    sys.stdout, sys.stderr = _text(output, sys.stdout), _text(errors, sys.stderr)
    try:
        with progress.on(said):
            yield
    finally:
        sys.stdout.flush()
        if output.failure and not isinstance(output.failure, BrokenPipeError):
            print(f"tallystick: standard output: {output.failure.strerror}", file=sys.stderr)
        sys.stderr.flush()
        sys.stdout, sys.stderr = before


def _open_missing() -> None:
    """Open what was closed before we began, lest a result's file take its number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free, which is this
        if getattr(sys, name) is None:
            stream = os.fdopen(number, mode, closefd=False)
            setattr(sys, name, stream)


class _Steady(io.RawIOBase):
    """Passes bytes on to a stream until that fails, and drops the rest.

    Args:
        to: the stream.
        progress: what makes way for the bytes on a terminal, if anything.

    Attributes:
        failure: why it failed; None if it did not.
    """

    def __init__(self, to: TextIO, progress: Progress | None = None) -> None:
        to.flush()
        self._to = getattr(to.buffer, "raw", to.buffer)  # no buffer is left to fail later
        self._progress = progress if self.isatty() else None
        self.failure: OSError | None = None

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return bool(self._to.isatty())

    def fileno(self) -> int:
        return int(self._to.fileno())

    def write(self, data: "ReadableBuffer") -> int:
        with self._progress.aside(data) if self._progress else nullcontext():
            return self._passed(data)

    def _passed(self, data: "ReadableBuffer") -> int:
        size = memoryview(data).nbytes
        if self.failure is None:
            try:
                written: int | None = self._to.write(data)
            except OSError as error:
                self.failure = error
                return size
            if written is not None:
                return written
            self.failure = BlockingIOError(0, "takes no more without waiting")
        return size


def _text(raw: _Steady, like: TextIO) -> TextIO:
    """A stream of text over bytes, in the encoding of another."""
    return io.TextIOWrapper(
        io.BufferedWriter(raw), like.encoding, errors="backslashreplace", line_buffering=True
    )
