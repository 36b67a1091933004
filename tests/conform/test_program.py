"""Whatever a program does that is no answer is told apart, and holds nobody up."""

import os
import sys
import time

import pytest

from checkers.conform.program import LATE, LINE, Faulty, Patience, Program
from checkers.conform.written import line

SHORT = Patience(0.5, 1)
BABBLE = [
    "",
    "ok",
    "[1]",
    "{",
    '{"id": 0',
    '{"id": 0, "id": 0}',
    '{"id": 0.0}',
    '{"id": false}',
    '{"id": 0, "n": "\\ud800"}',
    '{"id": 0, "n": NaN}',
    '{"id": 0, "n": 1e3}',
    '{"ID": 0}',
    '{"id": "0"}',
    '{"id": 1}',
    "{}",
    "\udcff",
    '{"id": 0, "n": ' + "[" * 5000 + "]" * 5000 + "}",
]
"""Lines that are no answer to the request of number 0."""


def python(text: str) -> list[str]:
    return [sys.executable, "-u", "-c", text]


def answered(text: str) -> object:
    """What is told of a program that is asked for one thing."""
    program = Program(python(text), SHORT)
    try:
        program.send(line({"id": 0, "do": "state"}))
        return program.answer(program.receive(), 0)
    finally:
        program.kill()


def fault_of(text: str) -> Faulty:
    with pytest.raises(Faulty) as found:
        answered(text)
    return found.value


def test_an_answer_is_an_answer() -> None:
    assert answered('input(); print(\'{"state": 1, "id": 0}\')') == {"state": 1}


@pytest.mark.parametrize("line", BABBLE)
def test_a_line_that_is_no_answer_babbles(line: str) -> None:
    data = os.fsencode(line) + b"\n"
    assert fault_of(f"import sys; input(); sys.stdout.buffer.write({data!r})").fault == "babbled"


@pytest.mark.parametrize(
    ("text", "fault", "words"),
    [
        ("input(); input()", "mute", "flush"),
        ("input(); print('{}', end=''); input()", "hung", "newline"),
        ("import sys; sys.exit(3)", "crashed", "status 3"),
        ("import os; os.kill(os.getpid(), 11)", "crashed", "SIGSEGV"),
        ("import os, time; os.close(1); time.sleep(9)", "crashed", "runs on"),
        ("import sys; sys.stdout.write('y\\n' * 9); input()", "flooded", "nobody asked"),
        (f"input(); print('y' * {2 * LINE}, end='', flush=True); input()", "flooded", "1,048,576"),
        ('input(); print(\'{"id": 0, "failed": "no room"}\')', "failed", "no room"),
    ],
)
def test_what_is_no_answer_is_told_apart(text: str, fault: str, words: str) -> None:
    found = fault_of(text)
    assert found.fault == fault
    assert words in str(found)
    assert found.is_overdue == (fault in LATE)


def test_what_does_not_read_is_told() -> None:
    program = Program(python("import time; time.sleep(99)"), SHORT)
    try:
        program.send(b"x" * 2**20)
        with pytest.raises(Faulty) as found:
            program.receive()
    finally:
        program.kill()
    assert found.value.fault == "unread"


def test_what_is_said_between_requests_is_told() -> None:
    write = "import sys; input(); sys.stdout.write('{}\\n'); sys.stdout.write('more\\n'); input()"
    program = Program(python(write), SHORT)

    def ask_twice() -> None:
        program.send(b"{}")
        program.receive()
        program._selector.select(9)
        program.send(b"{}")

    try:
        with pytest.raises(Faulty) as found:
            ask_twice()
    finally:
        program.kill()
    assert found.value.fault == "flooded"


def test_what_cannot_be_started_is_told() -> None:
    for command in ("nonsuch", os.devnull, "a\0b"):
        with pytest.raises(Faulty) as found:
            Program([command], SHORT)
        assert found.value.fault == "not started"


def test_the_end_of_standard_error_is_told() -> None:
    found = fault_of("import sys; sys.stderr.write('x' * 99999 + 'the end'); sys.exit(1)")
    assert found.tail.endswith("the end")
    assert len(found.tail) < 9999


@pytest.mark.parametrize("apart", [False, True])
def test_all_that_a_program_has_started_ends_with_it(apart: bool) -> None:
    start = f"subprocess.Popen(['sleep', '99'], start_new_session={apart})"
    child = f"import subprocess, sys; p = {start}"
    text = f'{child}; input(); print(\'{{"id": 0, "pid": %d}}\' % p.pid); input()'
    said = answered(text)
    assert isinstance(said, dict)
    for _ in range(100):
        if not is_running(said["pid"]):
            return
        time.sleep(0.1)
    raise AssertionError("it runs on")


def is_running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
