"""A program in a process of its own, which is spoken to line by line (docs/formats/wire.md).

Nothing that it does can hold up whoever speaks to it: it is read and written to as it is ready, and
has a time for each answer. What it does that is no answer is told apart, in words that mend it.
"""

import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Literal
from uuid import uuid4

import attrs

from checkers.conform.written import Json, Unwritten, is_same, parse, shown
from checkers.lockstep.driver import NoAnswer

LINE = 2**20
"""Bytes of a line, at most."""
_MARK = "TALLYSTICK_PROGRAM"
"""What is in the environment of a program, and so of all that it starts: which one it is."""
_PIECE = 2**16
_MOMENT = 0.001  # seconds in which what is killed has ended
_TAIL = 2000  # bytes of standard error that are told

Fault = Literal["not started", "mute", "hung", "unread", "crashed", "babbled", "flooded", "failed"]
"""What a program does that is no answer."""
LATE: frozenset[Fault] = frozenset({"mute", "hung", "unread"})
"""What more patience might have told: it leaves undecided what was asked."""


class Faulty(NoAnswer):
    """A program did what is no answer; the message says what, and what mends it.

    Attributes:
        fault: which kind of that it is.
        tail: the end of what it wrote to standard error.
    """

    def __init__(self, fault: Fault, words: str, tail: str = "") -> None:
        super().__init__(words, is_overdue=fault in LATE)
        self.fault = fault
        self.tail = tail

    def asked(self, what: str) -> "Faulty":
        """The same, with what it was asked for."""
        return Faulty(self.fault, f"asked for {what}: {self}", self.tail)


@attrs.frozen
class Patience:
    """Seconds that a program has.

    Attributes:
        answer: for an answer.
        start: for the first one, while it starts.
    """

    answer: float = 2.0
    start: float = 10.0


class Program:
    """A program that runs.

    Args:
        command: the program and its arguments.
        patience: what it has.

    Attributes:
        asked: how many requests wait for an answer.

    Raises:
        Faulty: it cannot be started.
    """

    def __init__(self, command: Sequence[str], patience: Patience) -> None:
        self.patience = patience
        self.asked = 0
        self._answers = 0
        self._lines: deque[bytes] = deque()
        self._half = b""
        self._tail = b""
        self._unsent = b""
        self._mark = uuid4().hex
        try:
            self._process = subprocess.Popen(
                [*command],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # so that all that it starts can be ended with it
                env={**os.environ, _MARK: self._mark},
            )
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise Faulty("not started", f"{command[0]} cannot be started: {why}") from None
        self._selector = selectors.DefaultSelector()
        for pipe in (self._process.stdout, self._process.stderr, self._process.stdin):
            os.set_blocking(_of(pipe).fileno(), False)
        for pipe in (self._process.stdout, self._process.stderr):
            self._selector.register(_of(pipe), selectors.EVENT_READ)

    def send(self, request: bytes) -> None:
        """Ask for one thing: a line without its end. It is written as the program reads.

        Raises Faulty if the program has said what nobody asked.
        """
        if not self.asked:
            self._pump(0)
        if not self._unsent:
            self._selector.register(_of(self._process.stdin), selectors.EVENT_WRITE)
        self._unsent += request + b"\n"
        self.asked += 1

    def receive(self) -> bytes:
        """The next answer, a line without its end.

        Raises:
            Faulty: none came in time, or something that cannot be one.
        """
        started, seconds = time.monotonic(), self._seconds
        while not self._lines:
            left = started + seconds - time.monotonic()
            if left <= 0:
                raise self._late()
            self._pump(left)
        self.asked -= 1
        self._answers += 1
        return self._lines.popleft()

    def answer(self, text: bytes, number: int) -> Mapping[str, Json]:
        """What a line says in answer to the request of a number, without that. Raises Faulty."""
        try:
            said = parse(text)
        except Unwritten as error:
            raise self.faulty("babbled", f"{_shown(text)} is no answer: {error}") from None
        if not is_same(said.pop("id", None), number):
            mend = f'repeat the "id" of the request as it came: the number {number}'
            raise self.faulty("babbled", f"{_shown(text)}: {mend}")
        if (failed := said.get("failed")) is not None:
            raise self.faulty("failed", f"it says that it failed: {shown(failed)}")
        return said

    def faulty(self, fault: Fault, words: str) -> Faulty:
        """What the program did wrong, with the end of what it wrote to standard error."""
        return Faulty(fault, words, self._tail.decode(errors="replace").strip())

    def kill(self) -> None:
        """End it at once, with all that it has started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        while others := [*self._others()]:  # which may have started more meanwhile
            for other in others:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(other, signal.SIGKILL)
            time.sleep(_MOMENT)
        self._selector.close()
        for pipe in (self._process.stdout, self._process.stderr, self._process.stdin):
            with suppress(OSError):
                _of(pipe).close()

    def _others(self) -> Iterator[int]:
        """What it has started that runs on in a session of its own, and in its environment.

        Known on Linux alone.
        """
        mark = f"{_MARK}={self._mark}".encode()
        for path in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):  # it has ended, or is somebody else's
                if mark in path.read_bytes().split(b"\0"):
                    yield int(path.parent.name)

    # What comes and goes

    @property
    def _seconds(self) -> float:
        return self.patience.answer if self._answers else self.patience.start

    def _pump(self, seconds: float) -> None:
        """Wait for the program to write or read, and let it. Raises Faulty."""
        for key, _ in self._selector.select(seconds):
            if key.fileobj is self._process.stdin:
                self._write()
            elif key.fileobj is self._process.stdout:
                self._read()
            else:
                self._read_errors()

    def _write(self) -> None:
        pipe = _of(self._process.stdin)
        try:
            done = os.write(pipe.fileno(), self._unsent[:_PIECE])
        except BlockingIOError:
            return
        except OSError:  # it ends, or reads no more; its output tells
            done = len(self._unsent)
        self._unsent = self._unsent[done:]
        if not self._unsent:
            self._selector.unregister(pipe)

    def _read(self) -> None:
        pipe = _of(self._process.stdout)
        data = os.read(pipe.fileno(), _PIECE)
        if not data:
            self._selector.unregister(pipe)
            raise self._ended()
        *lines, self._half = (self._half + data).split(b"\n")
        self._lines.extend(lines)
        if len(self._lines) > self.asked:
            said = _shown(self._lines[-1])
            mend = "write what is no answer to standard error"
            raise self.faulty("flooded", f"it says what nobody asked, {said}: {mend}")
        if max(map(len, [*lines, self._half])) > LINE:
            raise self.faulty("flooded", f"a line of more than {LINE:,} bytes: write less")

    def _read_errors(self) -> None:
        pipe = _of(self._process.stderr)
        data = os.read(pipe.fileno(), _PIECE)
        self._tail = (self._tail + data)[-_TAIL:]
        if not data:
            self._selector.unregister(pipe)

    def _ended(self) -> Faulty:
        """That it ended, and how."""
        try:
            status = self._process.wait(self.patience.answer)
        except subprocess.TimeoutExpired:
            return self.faulty("crashed", "it has closed its standard output, and runs on")
        with suppress(OSError):
            while data := os.read(_of(self._process.stderr).fileno(), _PIECE):
                self._tail = (self._tail + data)[-_TAIL:]
        how = f"status {status}" if status >= 0 else f"signal {signal.Signals(-status).name}"
        rest = f"; its last line has no end: {_shown(self._half)}" if self._half else ""
        return self.faulty("crashed", f"it ended with {how} before it answered{rest}")

    def _late(self) -> Faulty:
        """That no answer came, and what that may be for."""
        seconds = f"within {self._seconds:g} s"
        if self._half:
            mend = "end each answer with a newline, and flush it"
            return self.faulty("hung", f"{_shown(self._half)} has no end {seconds}: {mend}")
        if self._unsent:
            return self.faulty("unread", f"it does not read what it is sent {seconds}")
        if self._answers:
            return self.faulty("hung", f"no answer {seconds}")
        mend = "write one JSON object a line to standard output, and flush it"
        return self.faulty("mute", f"not one answer {seconds}: {mend}")


def _of(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None  # each of them was asked for
    return pipe


def _shown(data: bytes) -> str:
    text = data[:200].decode(errors="replace")
    return f"{text!r}{'...' if len(data) > 200 else ''}"
