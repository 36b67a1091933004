"""The verbs of the engines, as people call them: what is printed, written, and the exit status."""

import json
from pathlib import Path
from typing import Any

import pytest

from checkers.cli import BROKEN, FAILED, OK, UNKNOWN, USAGE
from tests.support.command import run


def result(path: Path, *arguments: object) -> tuple[int, Any]:
    code = run(*arguments, "--json", path)
    return code, json.loads(path.read_text())


def test_explore_in_every_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept, certificate = tmp_path / "states", tmp_path / "certificate.json"
    code, found = result(
        tmp_path / "out.json",
        *("explore", "two_phase", "--engine", "numba", "--workers", 2),
        *("--keep", kept, "--certificate", certificate),
    )
    assert (code, found["distinct_states"], found["ended"]) == (OK, 288, "complete")
    assert json.loads(certificate.read_text())["distinct_states"] == 288
    code, found = result(tmp_path / "out.json", "explore", "two_phase", "--symmetry")
    assert (code, found["distinct_states"], found["symmetric_states"]) == (OK, 80, 288)
    assert "they stand for 288 states" in capsys.readouterr().out


def test_a_limit_is_no_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = result(tmp_path / "out.json", "explore", "two_phase", "--limit-states", 100)
    assert (code, found["complete"], found["ended"]) == (UNKNOWN, False, "bounded")
    said = capsys.readouterr().out
    assert "bounded to depth" in said
    assert "exhaustive" not in said


def test_prove_is_confirmed_exported_and_weighed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exported = tmp_path / "obligations"
    code, found = result(
        tmp_path / "out.json", "prove", "lock_server", "--core", "--export", exported
    )
    assert code == OK
    proved = [p for p in found["properties"] if p["name"] in found["core"]]
    assert {o["solver"] for p in proved for o in p["obligations"]} == {"z3, cvc5"}
    assert found["removable"] == []
    assert len((exported / "DIGESTS").read_text().splitlines()) == 36
    said = capsys.readouterr().out
    assert "cvc5 confirms 36 of 36 obligations" in said
    assert "each keeps it" in said


def test_a_disagreement_ends_everything(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("checkers.prove.opinion.decide", lambda *_: "sat")
    assert run("prove", "lock_server") == BROKEN
    assert "tallystick: DISAGREEMENT: init keeps" in capsys.readouterr().err


def test_bound(tmp_path: Path) -> None:
    code, found = result(tmp_path / "out.json", "bound", "die_hard", "--depth", 6)
    assert code == OK
    assert found["reached_depth_asked_for"]
    assert {v["property"]: v["length"] for v in found["violations"]} == {"never_four_gallons": 6}


def test_a_bound_that_was_not_reached_is_undecided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("checkers.prove.bounded._Unrolling._look_at", lambda *_: False)
    code, found = result(tmp_path / "out.json", "bound", "two_phase", "--depth", 2)
    assert (code, found["reached_depth_asked_for"]) == (UNKNOWN, False)


BARE = """
from spec.notation import Machine, action, state

@state
class Lamp:
    lit: bool

def init(s: Lamp) -> None:
    s.lit = False

@action
def light(s: Lamp) -> None:
    s.lit = True

lamp = Machine("lamp", Lamp, init, (light,))
"""


@pytest.mark.parametrize(
    ("verb", "status"), [("prove", FAILED), ("bound", FAILED), ("explore", OK), ("simulate", OK)]
)
def test_what_checks_nothing_says_so(
    verb: str, status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It fails, unless somebody may have wanted the states or the steps alone, and their number."""
    file = tmp_path / "lamp.py"
    file.write_text(BARE)
    assert run(verb, f"{file}:lamp") == status
    assert "nothing is claimed of lamp: nothing was checked" in capsys.readouterr().out


def test_strengthen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = result(tmp_path / "out.json", "strengthen", "lock_server")
    assert (code, found["proved"]) == (OK, True)
    assert "is proved for any number of elements with these lemmas" in capsys.readouterr().out
    assert run("strengthen", "dining_philosophers", "--seconds", 0.1) == UNKNOWN
    assert "no strengthening found" in capsys.readouterr().out


def test_terminate(tmp_path: Path) -> None:
    code, found = result(tmp_path / "out.json", "terminate", "peterson")
    assert (code, found["goal"], found["states"]) == (OK, None, 42)
    assert run("terminate", "die_hard") == USAGE


def test_more_states_than_terminate_looks_at_are_a_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("checkers.explore.lasso._MOST", 10)
    code, found = result(tmp_path / "out.json", "terminate", "peterson")
    assert (code, found["complete"], found["holds"]) == (UNKNOWN, False, False)
    assert "more to come are too many to look at; give smaller sizes" in capsys.readouterr().out


def test_explain_a_state_and_a_state_of_a_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = result(tmp_path / "out.json", "explain", "die_hard", "big=4", "small=3")
    assert code == OK
    assert [false["property"] for false in found["falsified"]] == ["never_four_gallons"]
    assert run("explore", "die_hard", "--itf", tmp_path) == OK
    trace = tmp_path / "never_four_gallons.itf.json"
    assert run("explain", "die_hard", "--trace", trace, "--step", 1) == OK
    assert "takes 1 step" in capsys.readouterr().out
    assert run("explain", "die_hard", "--trace", trace, "--step", 7) == USAGE
    assert "--step 7: the trace has steps 0 to 6" in capsys.readouterr().err
    assert run("explain", "die_hard", "big=4", "--trace", trace) == USAGE
    assert run("explain", "die_hard", "--step", 1) == USAGE
    assert run("explain", "die_hard", "big=4", "big=5") == USAGE
    assert "big=5: big has a value already; give one" in capsys.readouterr().err


@pytest.mark.full
def test_a_walk_says_what_it_saw(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = result(
        tmp_path / "out.json",
        *("fuzz", "ledger", "--against", "reference", "--by", "walk", "--examples", 5),
    )
    assert code == OK
    assert found["taken"]["submit"] > 0
    assert "restarts" in capsys.readouterr().out


def test_mutate_says_which_layer_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, found = result(tmp_path / "out.json", "mutate", "transaction_commit")
    assert code in (OK, FAILED)
    assert (code == FAILED) == bool(found["holes"])
    assert found["layers"] == ["notation", "exploration", "induction", "bounded", "lockstep"]
    assert f"{len(found['mutants'])} mutants" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("fuzz", "two_phase"), "--against requires an argument. `reference`, or a Setup of your"),
        (("prove",), "MACHINE requires an argument. A machine of the project, package.module:"),
        (("conceal", "x", "--sise", "3"), "--sise. `tallystick conceal --help` lists those that"),
        (("prove", "x", "--stepz", "3"), "Unknown option: --stepz. Did you mean --steps?"),
    ],
)
def test_who_leaves_out_or_mistypes_an_option_is_told_what_there_is(
    given: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*given) == USAGE
    assert said in capsys.readouterr().err
