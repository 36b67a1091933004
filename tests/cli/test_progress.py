"""How far long work is, as it is said on standard error."""

import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from checkers.cli import OK
from checkers.cli.progress import Progress
from checkers.cli.streams import steady_streams
from checkers.explore.explorer import explore
from checkers.explore.simulate import simulate
from checkers.host.telling import Tell
from checkers.lockstep.fuzz import fuzz
from checkers.lockstep.walk import walk
from checkers.market.subjects import reference
from checkers.prove.prover import prove
from spec.ledger import ledger
from spec.textbook.die_hard import die_hard
from spec.textbook.lock_server import lock_server
from spec.textbook.two_phase import two_phase
from tests.support.command import ROOT

CLEAR = "\r\x1b[K"


class Clock:
    """A time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Stream(io.StringIO):
    """A terminal, or none; says when it was written to."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal
        self.written = threading.Event()

    def isatty(self) -> bool:
        return self.terminal

    def write(self, text: str) -> int:
        size = super().write(text)
        self.written.set()
        return size


@contextmanager
def saying(terminal: bool) -> Iterator[tuple[Progress, Clock, Stream]]:
    clock, stream = Clock(), Stream(terminal)
    progress = Progress(clock)
    with progress.on(stream):
        yield progress, clock, stream


@pytest.mark.parametrize("terminal", [True, False])
def test_it_is_said_while_the_work_is_silent(terminal: bool) -> None:
    with saying(terminal) as (progress, clock, stream):
        progress("a long sort")
        clock.now += 12
        assert stream.written.wait(60)
        assert (
            stream.getvalue() == f"{CLEAR}a long sort, 12 s" if terminal else "a long sort, 12 s\n"
        )


def test_a_terminal_shows_what_is_new_and_for_how_long_else() -> None:
    with saying(True) as (progress, clock, stream):
        for line, seconds in (("a", 0.5), ("b", 0.9), ("b", 1), ("b", 0.1), ("c", 0), ("", 0)):
            progress(line)
            clock.now += seconds
            progress.beat()
        shown = [f"{CLEAR}{line}" for line in ("b", "b, 2 s", "c")]
        assert stream.getvalue() == "".join(shown)
        progress.done()
        assert stream.getvalue() == "".join([*shown, CLEAR])


def test_a_log_has_a_line_now_and_then() -> None:
    with saying(False) as (progress, clock, stream):
        for second in range(1, 600):
            progress(f"level {second}")
            clock.now += 1
            progress.beat()
        at = [int(line.split()[1].strip(",")) for line in stream.getvalue().splitlines()]
        assert at == [10, 20, 30, 40, 50, *range(60, 600, 60)]


@pytest.mark.parametrize("terminal", [True, False])
def test_what_is_short_says_nothing(terminal: bool) -> None:
    with saying(terminal) as (progress, clock, stream):
        progress("a")
        clock.now += 0.9
        progress.beat()
    assert stream.getvalue() == ""


@pytest.mark.parametrize("terminal", [True, False])
def test_it_ends_with_the_work_however_that_ends(terminal: bool) -> None:
    before = threading.enumerate()
    with suppress(KeyboardInterrupt), saying(terminal) as (progress, clock, stream):
        progress("a")
        clock.now += 30
        progress.beat()
        assert len(threading.enumerate()) > len(before)
        raise KeyboardInterrupt
    assert threading.enumerate() == before
    said = stream.getvalue()
    assert said == (f"{CLEAR}a, 30 s{CLEAR}" if terminal else "a, 30 s\n")
    progress.beat()
    assert stream.getvalue() == said


def test_a_line_makes_way_for_whatever_else_is_written() -> None:
    with saying(True) as (progress, clock, stream):
        progress("a")
        clock.now += 1
        progress("b")
        progress.beat()
        for data, text in ((b"half a ", "half a "), (b"line\n", "line\n")):
            with progress.aside(data):
                stream.write(text)
            progress.beat()
        assert stream.getvalue() == f"{CLEAR}b{CLEAR}half a line\n{CLEAR}b"


def test_a_line_is_no_wider_than_the_terminal() -> None:
    """For how long is told all the same."""
    with saying(True) as (progress, clock, stream):
        progress("a" * 200)
        clock.now += 5
        progress.beat()
        assert stream.getvalue() == f"{CLEAR}{'a' * 74}, 5 s"


def test_whoever_does_not_listen_harms_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    clock = Clock()
    progress = Progress(clock)
    with open(writer, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        with steady_streams(progress):
            for _ in range(3):
                clock.now += 70
                progress("a")
                progress.beat()


# Engines


@pytest.mark.parametrize(
    ("run", "stages"),
    [
        (
            lambda tell: explore(die_hard, None, tell, certified=True),
            ["compiling", "level 1:", "what allows", "a digest of 16 states"],
        ),
        (
            lambda tell: explore(two_phase, None, tell),
            ["level 11:", "a shortest way to", "what allows", "where each premise holds"],
        ),
        (
            lambda tell: prove(lock_server, None, tell),
            ["init: ", "cvc5: 0/36", "sizes to enumerate", "every step of"],
        ),
        (
            lambda tell: fuzz(ledger, reference("ledger"), examples=2, steps=2, progress=tell),
            ["trials that are kept of ledger", "3 of 5 runs", "4 of 5 runs"],
        ),
        (
            lambda tell: walk(ledger, reference("ledger"), runs=2, steps=2, progress=tell),
            ["0 of 2 runs", "1 of 2 runs"],
        ),
        (
            lambda tell: simulate(die_hard, progress=tell),
            ["compiling", "0 of 10,000 runs", "10,000 of"],
        ),
    ],
)
def test_each_stage_of_an_engine_is_told(run: Callable[[Tell], object], stages: list[str]) -> None:
    told: list[str] = []
    run(told.append)
    first = [next(i for i, t in enumerate(told) if t.startswith(stage)) for stage in stages]
    assert first == sorted(first)


# The command line


class Terminal:
    """A command whose standard error is a terminal, and whose standard output is a file."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.output = folder / "output"
        self._reader, errors = pty.openpty()
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "checkers.cli", *arguments],
                cwd=folder,
                env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"},
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        os.close(errors)
        self.errors = ""

    def read_until(self, pattern: str) -> None:
        while not re.search(pattern, self.errors):
            assert select.select([self._reader], [], [], 60)[0], f"not said: {pattern}"
            self.errors += os.read(self._reader, 4096).decode()

    def end(self) -> int:
        """The exit status, once all is read."""
        try:
            while data := os.read(self._reader, 4096):
                self.errors += data.decode()
        except OSError:  # nobody is left who could write
            os.close(self._reader)
        return self.process.wait(60)


WAITS = """
import os
from spec.textbook.die_hard import die_hard
open("open").read()  # until somebody writes
"""


@pytest.fixture
def waiting(tmp_path: Path) -> Terminal:
    """A command that takes as long as a pipe stays empty."""
    (tmp_path / "waits.py").write_text(WAITS)
    os.mkfifo(tmp_path / "open")
    return Terminal(tmp_path, "explore", "waits.py:die_hard", "--json", "/dev/stdout")


def test_a_command_that_hangs_says_so_and_its_result_is_clean(
    waiting: Terminal, tmp_path: Path
) -> None:
    waiting.read_until("tallystick explore, [0-9]+ s")
    (tmp_path / "open").write_text("")
    assert waiting.end() == OK
    assert "\x1b" not in waiting.output.read_text()
    line, _, rest = waiting.errors.rpartition(CLEAR)
    assert "tallystick explore" in line
    assert rest.startswith("die_hard")


def test_who_interrupts_is_obeyed_at_once(waiting: Terminal) -> None:
    waiting.read_until("tallystick explore")
    waiting.process.send_signal(signal.SIGINT)
    assert waiting.end() == 130
    assert waiting.errors.endswith(f"{CLEAR}tallystick: interrupted\r\n")
    assert waiting.output.read_text() == ""


HOLDS_ON = """
import ctypes

def wait():
    open("open").read()  # until somebody writes

class Converted:
    @classmethod
    def from_param(cls, value):
        wait()

class Dropped:
    def __del__(self):
        wait()

def converted():
    call = ctypes.CDLL(None).getpid
    call.argtypes = [Converted]
    call(0)

def dropped():
    Dropped()
    wait()

"""


@pytest.mark.parametrize("where", ["converted", "dropped"])
def test_an_interruption_is_one_wherever_it_comes(where: str, tmp_path: Path) -> None:
    """ctypes raises an error of its own where a conversion is interrupted; a destructor none."""
    (tmp_path / "waits.py").write_text(f"{HOLDS_ON}{where}()")
    os.mkfifo(tmp_path / "open")
    command = Terminal(tmp_path, "explore", "waits.py:die_hard")
    command.read_until("tallystick explore")
    command.process.send_signal(signal.SIGINT)
    assert command.end() == 130
    assert command.errors.endswith(f"{CLEAR}tallystick: interrupted\r\n")


def test_an_error_stands_alone(tmp_path: Path) -> None:
    command = Terminal(tmp_path, "explore", "no_machine")
    command.end()
    assert command.errors.rpartition(CLEAR)[2].startswith("tallystick: no_machine")
