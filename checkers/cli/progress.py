"""How far long work is, on standard error."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, RLock, Thread
from typing import TYPE_CHECKING, TextIO

from checkers.results.words import printable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_BEAT = 0.25  # seconds, as all that follow
_SHORT = 1  # a command that takes no longer says nothing, and a stage not for how long
_NOW_AND_THEN, _RARELY = 10, 60  # between two lines of a log: in the first minute, and after it
_COLUMNS = 80  # of a terminal that does not say

# Nobody forks in the middle of a line: the other process could never end it.
_writing = RLock()
os.register_at_fork(
    before=_writing.acquire, after_in_parent=_writing.release, after_in_child=_writing.release
)


class Progress:
    """Says what is under way, from a thread of its own: so it does however silent the work is.

    Where somebody is looking it keeps a line up to date, which makes way for whatever else is
    written; elsewhere, as in a log, it writes a line now and then.

    Args:
        clock: seconds since some time.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._under_way = "", 0.0
        self._shown = ""
        self._at_line_start = True

    def __call__(self, line: str) -> None:
        """From now on this is under way; or nothing that is worth a line, if it is empty."""
        line = printable(line)
        if line != self._under_way[0]:
            self._under_way = line, self._clock()  # in one piece, for the thread that reads it

    def done(self) -> None:
        """Nothing is under way: the line goes, and none comes."""
        self("")
        with _writing:
            self._take_away()

    @contextmanager
    def on(self, stream: TextIO) -> Iterator[None]:
        """Within this, say it on a stream."""
        self._stream = stream
        self._watched = stream.isatty() and os.environ.get("TERM") != "dumb"
        self._began = self._clock()
        self._due = self._began + _NOW_AND_THEN
        ended = Event()
        thread = Thread(target=self._beat_until, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
            self.done()

    @contextmanager
    def aside(self, data: "ReadableBuffer") -> Iterator[None]:
        """Make way for what is written within this, which is given."""
        with _writing:
            self._take_away()
            yield
            self._at_line_start = bytes(data).endswith(b"\n")

    def beat(self) -> None:
        """Say what is under way, if it is time to."""
        with _writing:
            line, since = self._under_way
            now = self._clock()
            so_far = f", {now - since:.0f} s" if now >= since + _SHORT else ""
            if line and self._watched:
                self._keep_up(line, so_far, now)
            elif line:
                self._note(line + so_far, now)

    def _keep_up(self, line: str, so_far: str, now: float) -> None:
        """Have the terminal show a line, unless somebody else's is not complete."""
        room = _columns(self._stream) - 1
        shown = (line[: max(0, room - len(so_far))] + so_far)[:room]
        if now >= self._began + _SHORT and shown != self._shown and self._at_line_start:
            self._write(f"\r\x1b[K{shown}")
            self._shown = shown

    def _note(self, line: str, now: float) -> None:
        """Write a line into a log, if the last one is long ago."""
        if now >= self._due:
            self._write(f"{line}\n")
            self._due = now + (_NOW_AND_THEN if now < self._began + _RARELY else _RARELY)

    def _take_away(self) -> None:
        if self._shown:
            self._write("\r\x1b[K")
            self._shown = ""

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def _beat_until(self, ended: Event) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # those are the work's
        while not ended.wait(_BEAT):
            self.beat()


def _columns(terminal: TextIO) -> int:
    """How wide a terminal is, which it may not know, or be gone."""
    try:
        return os.get_terminal_size(terminal.fileno()).columns or _COLUMNS
    except OSError:
        return _COLUMNS


progress = Progress()
"""Of the command."""
