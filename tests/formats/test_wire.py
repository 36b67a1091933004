"""`docs/formats/wire.md`: its conversations are had, and its wrong answers are told as it says."""

import re
import shutil
import sys
from pathlib import Path
from typing import get_args

import pytest

from checkers.conform.conform import hold
from checkers.conform.gather import Gatherer, Sources
from checkers.conform.program import LINE, Fault, Faulty, Patience
from checkers.conform.serve import Server
from checkers.conform.wire import Instance, Session
from checkers.conform.written import line, parse
from tests.support.formats import (
    Example,
    Examples,
    Json,
    Refusal,
    rows,
    section,
    text,
)
from tests.support.locked import LOCK_MACHINE, LOCK_SETUP, STAGE

PAGE = "wire"
ANSWERS = """
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    said = {"id": asked["id"]}
    if asked["do"] == "hello":
        said |= {"protocol": 1, "name": "", "version": "", "machine": "lock", "window": 1,
                 "actions": ["acquire", "release"], "fields": ["held", "holds"],
                 "restarts": [], "order": True}
    if asked["do"] in ("hello", "open"):
        print(json.dumps(said), flush=True)
    else:
        text = sys.argv[1].replace('"id":4', f'"id":{asked["id"]}') + "\\n"
        sys.stdout.buffer.write(text.encode())  # at once, however many lines
        sys.stdout.buffer.flush()
"""
"""A program that answers everything but what is asked first and second by what it is told to."""


def _converse(lines: list[Json]) -> Example:
    server = Server(LOCK_MACHINE, LOCK_SETUP)
    answered = [parse(server.answer(line(asked))) for asked in lines[::2]]
    return {"lines": [each for pair in zip(lines[::2], answered, strict=True) for each in pair]}


def _answer(asked: Json, answered: str) -> Example:
    command = [sys.executable, "-c", ANSWERS, answered]
    with Session(command, STAGE, Patience()) as session:
        instance = Instance(session, session.hello())
        asking = {
            "take": lambda: instance.take(asked["action"], [0]),
            "state": instance.state,
            "close": instance.close,
        }
        try:
            asking[asked["do"]]()
        except Faulty as fault:
            raise Refusal(fault.fault) from None
    return {"answered": answered}


class TestExamples(Examples):
    page, does = PAGE, {"converse": _converse, "answer": _answer}


def test_what_is_told_of_programs_is_listed() -> None:
    limits, _, _ = section(PAGE, "## Limits").partition("\n###")
    listed = [row[0] for row in rows(limits)]
    assert listed == [*get_args(Fault)]


def test_the_limits_are_those_of_the_code() -> None:
    seconds = Patience()
    said = section(PAGE, "## Limits")
    assert f"may take {seconds.answer:g} seconds, the first one {seconds.start:g} " in said
    assert f"at most {LINE // 2**20} MiB" in said


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node here")
def test_the_program_of_the_page_conforms(tmp_path: Path) -> None:
    [program] = re.findall(r"^```text\n(.*?)^```$", text(PAGE), re.MULTILINE | re.DOTALL)
    (tmp_path / "lock.js").write_text(program)
    vectors = Gatherer(STAGE, Sources(walks=2, seeks=2)).gather()
    found = hold(STAGE, ["node", f"{tmp_path}/lock.js"], vectors, runs=4)
    found.assert_holds()
    assert found.hello is not None
    assert found.hello.restarts == ["clean", "kill"]
    assert found.tally.restarts > 1
