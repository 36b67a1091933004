"""What is run by hand for long says what is wrong with what it is given, and how far it is."""

import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from checkers.cli.progress import progress
from tests.support.command import ROOT
from tests.support.program import each

PROGRAMS = ["machines.campaign", "turns", "planted", "guards"]


def refused(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> object:
    """The exit status of a program that ends before it begins."""
    name, *rest = arguments
    monkeypatch.setattr(sys, "argv", [name, *rest])
    with pytest.raises(SystemExit) as exited:
        import_module(f"tests.support.{name}").main()
    return exited.value.code


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_is_given_and_nothing_done(
    program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused([program, "--help"], monkeypatch) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: python -m tests.support.{program} ")
    assert f"\n    .venv/bin/python -m tests.support.{program}" in said
    assert "None" not in said


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["planted", "nosuch/place"], "there is no 'nosuch/place'; there are checkers/"),
        (["turns", "nosuchname"], "there is no 'nosuchname'; there are "),
        (["guards", "impl.nothing"], "there is no 'impl.nothing'; there are impl."),
        (["turns", "--workers", "0"], "0: give a whole number from 1"),
        (["planted", "--workers", "-2"], "-2: give a whole number from 1"),
        (["machines.campaign", __file__], "no folder can be here"),
        (["machines.campaign", ".", "--machines", "0"], "0: give a whole number from 1"),
        (["machines.campaign", ".", "--machines", "-3"], "-3: give a whole number from 1"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(
    arguments: list[str],
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert refused(arguments, monkeypatch) == 2
    assert told in capsys.readouterr().err.splitlines()[-1]


def test_who_interrupts_a_campaign_is_obeyed(tmp_path: Path) -> None:
    """As a terminal does it, which interrupts its processes as well."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.machines.campaign", str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    log = tmp_path / "machines.jsonl"
    while not (log.exists() and log.read_text()):
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 130
    assert errors.splitlines()[-1] == "interrupted"
    assert "Traceback" not in errors


def test_it_is_told_how_many_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(type(progress), "__call__", lambda self, line: told.append(line))
    assert sorted(each(abs, [-1, -2, -3], 2)) == [1, 2, 3]
    assert told == ["0 of 3", "1 of 3", "2 of 3", "3 of 3"]
