"""`tallystick fuzz` and `mutate --against`, as people call them on an implementation of theirs."""

import json
import re
from pathlib import Path

import pytest

from checkers.cli import FAILED, OK, USAGE
from tests.support.command import DRIVER, LOCK, run

SHOWN = 'return {"held": bool(self.holders), "holds": {c: True for c in self.holders}}'
SETUP = "setup = Setup(open=LockDriver)"
BY = ["hypothesis", "walk"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The protocol of the README, and its driver."""
    (tmp_path / "lock.py").write_text(LOCK)
    (tmp_path / "driver.py").write_text(DRIVER)
    return tmp_path


def change(folder: Path, file: str, old: str, new: str) -> None:
    text = (folder / file).read_text()
    assert old in text
    (folder / file).write_text(text.replace(old, new))


def fuzzed(folder: Path, *options: object) -> int:
    against = f"{folder}/driver.py:setup"
    return run("fuzz", f"{folder}/lock.py:lock", "--against", against, "--seed", 1, *options)


@pytest.mark.parametrize("by", BY)
def test_what_is_hidden_is_counted_and_told(
    folder: Path, by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, "driver.py", SHOWN, "return {}")
    hidden = SETUP.replace(")", ", hidden={'held': 'no flag', 'holds': 'no table'})")
    change(folder, "driver.py", SETUP, hidden)
    out = folder / "out.json"
    assert fuzzed(folder, "--by", by, "--examples", 20, "--json", out) == OK
    said = capsys.readouterr().out
    # How many Hypothesis makes depends on what else has run: it draws from all that is imported.
    assert re.search(r"does as the specification does +sampled \d+ runs", said)
    assert " s; 2 fields hidden" in said
    assert "held is hidden: no flag\nholds is hidden: no table\n" in said
    result = json.loads(out.read_text())
    assert result["hidden"] == {"held": "no flag", "holds": "no table"}
    assert (result["divergence"], result["comes_again"]) == (None, None)
    assert result["taken"]["acquire"] > 0
    assert ["release", "client holds the lock"] in [refusal[:2] for refusal in result["refused"]]


@pytest.mark.parametrize("by", BY)
def test_what_is_not_shown_is_no_silence(
    folder: Path, by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, "driver.py", SHOWN, "return {}")
    assert fuzzed(folder, "--by", by) == FAILED
    said = capsys.readouterr().out
    assert "lock differs at the start\nthe driver does not show held, holds;" in said


@pytest.mark.parametrize("by", BY)
def test_an_exception_comes_with_its_run(
    folder: Path, by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, "driver.py", "self.holders.remove(client)", "raise KeyError('no such row 17')")
    out = folder / "out.json"
    assert fuzzed(folder, "--by", by, "--json", out) == FAILED
    said = capsys.readouterr().out
    assert "lock differs after\n  1. acquire(client0)\n  2. release(client0)\n" in said
    assert "take raised KeyError('no such row 17'), at driver.py:" in said
    result = json.loads(out.read_text())
    assert result["divergence"] in said
    assert result["comes_again"] is True


@pytest.mark.parametrize("by", BY)
def test_a_run_that_does_not_come_again_says_so(
    folder: Path, by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, "driver.py", "class LockDriver:", "lost = iter([True])\n\n\nclass LockDriver:")
    losing = "self.holders.add(client if not next(lost, False) else (client + 1) % 3)"
    change(folder, "driver.py", "self.holders.add(client)", losing)
    out = folder / "out.json"
    assert fuzzed(folder, "--by", by, "--steps", 5, "--json", out) == FAILED
    said = capsys.readouterr().out
    assert "acquire(client" in said
    assert "these steps came out otherwise: both sides agree" in said
    assert json.loads(out.read_text())["comes_again"] is False


@pytest.mark.parametrize("by", BY)
def test_where_nothing_is_accepted_nothing_is_checked(
    folder: Path, by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, "lock.py", "actions=(acquire, release)", "actions=(release,)")
    assert fuzzed(folder, "--by", by, "--examples", 20) == FAILED
    said = capsys.readouterr().out
    assert "vacuous: no action was accepted" in said
    assert "in lockstep" not in said
    assert "release was never accepted" in said


@pytest.mark.parametrize("by", BY)
def test_what_is_dormant_is_told_with_why(
    folder: Path, by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, "lock.py", 'require(s.holds[c], "client', 'require(s.holds[c] & False, "client')
    change(folder, "lock.py", "always=", 'dormant=((release, "nobody lets go"),),\n    always=')
    change(folder, "driver.py", "if client not in self.holders:", "if True:")
    assert fuzzed(folder, "--by", by, "--examples", 20) == OK
    said = capsys.readouterr().out
    assert "release was never accepted, by design: nobody lets go\n" in said
    at_all = "no state that is reached allows release, by design: nobody lets go\n"
    assert (at_all in said) == (by == "walk")


def test_what_is_left_out_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(folder, "driver.py", SETUP, SETUP.replace(")", ", left_out=['release'])"))
    assert fuzzed(folder, "--examples", 20) == OK
    said = capsys.readouterr().out
    assert " s; 1 action left out\n" in said
    assert "release is left out\n" in said


def test_a_setup_that_does_not_fit_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder, "driver.py", SETUP, SETUP.replace(")", ", hidden={'door': 'why'})"))
    assert fuzzed(folder) == USAGE
    assert "the setup hides door, which is no field" in capsys.readouterr().err


def test_mutants_of_what_is_not_implemented_say_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who shows nothing would be told from every mutant, and from the protocol."""
    change(folder, "driver.py", SHOWN, "return {}")
    against = f"{folder}/driver.py:setup"
    assert run("mutate", f"{folder}/lock.py:lock", "--against", against) == FAILED
    said = capsys.readouterr().out
    assert "setup is no implementation of the protocol: lock differs at the start" in said
    assert "survive" not in said
