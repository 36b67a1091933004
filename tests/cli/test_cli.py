"""The command line: what each verb prints, writes and exits with, and how it refuses bad input."""

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import z3
from cyclopts import App

from checkers.cli import BROKEN, FAILED, OK, UNKNOWN, USAGE, VERBS
from checkers.prove.limits import Limit
from checkers.verdict.jobs import Budget
from tests.support import faults
from tests.support.command import DRIVER, LOCK, result, run, without_the_guard


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """The protocol that the README shows, as a file."""
    path = tmp_path / "lock.py"
    path.write_text(LOCK)
    return path


@pytest.fixture
def broken_lock(lock: Path) -> Path:
    """A lock that is given to everybody."""
    lock.write_text(without_the_guard(LOCK))
    return lock


def test_explore(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.json"
    assert run("explore", "two_phase", "--size", "Manager=4", "--json", path) == OK
    found = result(path)
    assert found["machine"] == "two_phase"
    assert found["sizes"] == {"Manager": 4}
    assert (found["distinct_states"], found["complete"]) == (1_568, True)
    assert found["generated_states"] > found["distinct_states"]
    assert {"seconds", "states_per_second"} <= found.keys()
    assert found["violations"] == []
    assert "1,568 distinct states" in capsys.readouterr().out


def test_explore_shows_what_must_be_refuted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.json"
    assert run("explore", "die_hard", "--json", path, "--itf", tmp_path / "itf") == OK
    [violation] = result(path)["violations"]
    assert (violation["property"], violation["length"]) == ("never_four_gallons", 6)
    assert result(tmp_path / "itf" / "never_four_gallons.itf.json") == violation["trace"]
    assert "refuted in 6 steps" in capsys.readouterr().out


def test_explore_a_newcomers_file(lock: Path) -> None:
    assert run("explore", f"{lock}:lock", "--size", "Client=5") == OK


def test_explore_fails_where_a_claim_fails(
    broken_lock: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("explore", f"{broken_lock}:lock") == FAILED
    shown = capsys.readouterr().out
    assert "exclusive is refuted:" in shown
    assert "2. acquire(" in shown


def test_prove(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    assert run("prove", "two_phase", "--json", path) == OK
    proof = result(path)
    assert proof["machine"] == "two_phase"
    assert {p["verdict"] for p in proof["properties"]} == {"proved"}
    for proved in proof["properties"]:
        for obligation in proved["obligations"]:
            assert obligation.keys() == {"action", "status", "seconds", "solver"}


def test_prove_shows_why_not(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    without = lock.read_text().replace("    lemmas=(held_when_someone_holds,),\n", "")
    lock.write_text(without)
    assert run("prove", f"{lock}:lock") == UNKNOWN
    shown = capsys.readouterr().out
    assert "exclusive is not kept by acquire:" in shown
    assert "held: false -> true" in shown


def test_what_must_be_refuted_needs_a_run(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not to be inductive is no verdict: `exclusive` holds, and nobody has shown that it does."""
    text = lock.read_text()
    lock.write_text(
        text.replace("always=(exclusive,)", "refuted=(exclusive,)").replace(
            "    lemmas=(held_when_someone_holds,),\n", ""
        )
    )
    assert run("prove", f"{lock}:lock") == UNKNOWN
    assert "no run was found that refutes it" in capsys.readouterr().out
    assert run("prove", "die_hard", "--no-confirm") == OK
    assert "never_four_gallons (must fail)  refuted in 6 steps" in capsys.readouterr().out


def test_simulate(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    assert run("simulate", "two_phase", "--runs", "100", "--depth", "5", "--json", path) == OK
    assert result(path)["steps"] == 500


def test_simulate_fails_where_a_claim_fails(broken_lock: Path) -> None:
    assert run("simulate", f"{broken_lock}:lock") == FAILED


def test_fuzz(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    few = ("--examples", "10", "--steps", "10", "--seed", "1")
    assert run("fuzz", "ledger", "--against", "reference", *few, "--json", path) == OK
    assert result(path)["divergence"] is None


def test_fuzz_a_newcomers_driver(
    lock: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    driver = tmp_path / "lock_driver.py"
    driver.write_text(DRIVER)
    assert run("fuzz", f"{lock}:lock", "--against", f"{driver}:setup", "--seed", "0") == OK
    guard = "if self.holders:\n"
    assert guard in DRIVER
    driver.write_text(DRIVER.replace(guard, "if client in self.holders:\n"))
    assert run("fuzz", f"{lock}:lock", "--against", f"{driver}:setup", "--seed", "0") == FAILED
    shown = capsys.readouterr().out
    assert "specification: refused, 'lock is free'; implementation: accepted" in shown
    assert shown.count("acquire(") == 2


def test_fuzz_shows_a_divergence(capsys: pytest.CaptureFixture[str]) -> None:
    setup = f"{faults.__file__}:lost_requests"
    assert run("fuzz", "basic", "--against", setup, "--steps", "5", "--seed", "1") == FAILED
    assert "requests: specification 1, implementation 0" in capsys.readouterr().out


def test_attack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.json"
    assert run("attack", "forged-output/basic", "stall/basic", "--json", path) == OK
    assert [a["result"]["outcome"] for a in result(path)["attacks"]] == ["P", "U"]
    assert "the contract refuses" in capsys.readouterr().out


def test_demo(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("demo") == OK
    assert "verified anew" in capsys.readouterr().out


@pytest.mark.full
def test_verify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every claim comes out as it must, and the page shows them all."""
    monkeypatch.setitem(_budgets(), "quick", Budget(Limit(), 5, 10, confirmed=False, culprits=1))
    path, page = tmp_path / "out.json", tmp_path / "page"
    assert run("verify", "--json", path, "--report", page) == OK
    claims = result(path)["claims"]
    assert all(claim["verdict"] == claim["expected"] for claim in claims)
    basic = [claim for claim in claims if claim["variant"] == "basic"]
    lengths = {c["evidence"].split(",")[0]: c["trace"] for c in basic if c["trace"]}
    steps = {name: len(trace["states"]) - 1 for name, trace in lengths.items()}
    assert steps["outputs_are_correct"] == 4
    assert steps["honest_vendors_are_safe"] == 5
    assert steps["requests_are_answered"] == 3
    assert steps["a_record_serves_one_request"] == 6
    assert steps["usage_was_requested"] == 1
    hardenings = result(path)["hardenings"]
    assert all(hardening["as_expected"] for hardening in hardenings)
    assert {claim["variant"] for claim in claims} == {"basic", "orchestrated", "hardened", "every"}
    assert result(page / "verify.json") == result(path)
    assert "A16" in (page / "index.html").read_text()


def _budgets() -> dict[str, Budget]:
    from checkers.verdict import decide

    assert isinstance(decide.BUDGETS, dict)
    return decide.BUDGETS


def test_unknown_is_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """A solver that never answers leaves claims undecided, and that is status 3."""
    monkeypatch.setattr("checkers.prove.prover.Prover._check", lambda *_: z3.unknown)
    assert run("prove", "two_phase", "--timeout", "0.01") == UNKNOWN


def bad_files(folder: Path) -> dict[str, str]:
    """Files that hold no machine, by what is wrong with them."""
    files = {
        "syntax": "def broken(:\n",
        "missing": "lock = 1\n",
        "number": "machine = 7\n",
        "decides": "from spec.notation import *\n"
        "@state\nclass S:\n    a: bool\n"
        "def init(s: S) -> None:\n    s.a = False\n"
        "@action\ndef go(s: S) -> None:\n    if s.a:\n        s.a = True\n"
        "machine = Machine('m', S, init, (go,))\n",
    }
    for name, text in files.items():
        (folder / f"bad_{name}.py").write_text(text)
    return files


BAD = {
    "no machine": ["explore", "nothing"],
    "no file": ["explore", "nowhere.py:machine"],
    "syntax error": ["explore", "bad_syntax.py:machine"],
    "no attribute": ["explore", "bad_missing.py:machine"],
    "not a machine": ["prove", "bad_number.py:machine"],
    "Python if": ["explore", "bad_decides.py:machine"],
    "no such sort": ["explore", "two_phase", "--size", "Boss=2"],
    "size 0": ["explore", "two_phase", "--size", "Manager=0"],
    "negative size": ["explore", "two_phase", "--size", "Manager=-1"],
    "no number": ["explore", "two_phase", "--size", "Manager=many"],
    "no size": ["explore", "two_phase", "--size", "Manager"],
    "a size that fits nowhere": ["explore", "two_phase", "--size", "Manager=1000000000"],
    "too many starts": ["explore", "token_ring", "--size", "Node=60"],
    "unknown option": ["explore", "two_phase", "--fast"],
    "unknown verb": ["guess", "two_phase"],
    "two machines": ["explore", "two_phase", "peterson"],
    "two values": ["explore", "two_phase", "--size", "Manager=3", "Manager=4"],
    "runs without end": ["simulate", "two_phase", "--runs", "1000000000000"],
    "no time": ["prove", "two_phase", "--timeout", "0"],
    "no runs": ["simulate", "two_phase", "--runs", "0"],
    "no driver": ["fuzz", "two_phase", "--against", "reference"],
    "not a driver": ["fuzz", "basic", "--against", "bad_number.py:machine"],
    "no examples": ["fuzz", "basic", "--against", "reference", "--examples", "0"],
    "no attack": ["attack", "charm"],
    "no story": ["attack", "--story"],
    "two stories": ["attack", "stall", "--story"],
    "no effort": ["verify", "--effort", "none"],
    "no name of a file": ["explore", "die_hard", "--itf", ""],
    "nothing after =": ["explore", "die_hard", "--keep="],
    "unwritable": ["explore", "die_hard", "--json", "nowhere/out.json"],
    "unwritable folder": ["explore", "die_hard", "--itf", "bad_number.py/itf"],
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_in_one_line(
    case: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    bad_files(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    arguments = BAD[case] if "--json" in BAD[case] else [*BAD[case], "--json", "out.json"]
    assert run(*arguments) == USAGE
    said = capsys.readouterr()
    assert said.out == ""
    *progress, refusal = said.err.splitlines()  # of a slow computer: what is under way
    assert refusal.startswith("tallystick: ")
    assert not [line for line in progress if line.startswith(("tallystick: ", "Traceback"))]
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix) == before


@pytest.mark.parametrize("verb", ["explain", "attack", "ablate"])
def test_help_calls_what_is_given_by_one_name(
    verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(verb, "--help") == OK
    assert "ARGS" not in capsys.readouterr().out


def test_what_is_one_too_many_is_told_with_its_mend(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explore", "two_phase", "--size", "Manager=3", "Manager=4") == USAGE
    assert "Manager=4 is one too many; an option of several values is" in capsys.readouterr().err


def test_what_does_not_fit_in_memory_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("checkers.explore.explorer.available_memory", lambda: 1000)
    assert run("explore", "two_phase", "--size", "Manager=5") == USAGE
    assert "do not fit in the" in capsys.readouterr().err


def test_a_folder_is_no_file_to_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explore", "die_hard", "--json", tmp_path) == USAGE
    assert "is a folder" in capsys.readouterr().err
    assert list(tmp_path.parent.glob(".*unfinished")) == []


def test_a_claim_is_explained_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("explain", "A16", "phase=OPEN") == USAGE
    assert "A16 is a claim, and no machine" in capsys.readouterr().err


def test_an_internal_error_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise KeyError("lost")

    monkeypatch.setattr("checkers.explore.explorer.Explorer.run", break_down)
    assert run("explore", "die_hard") == BROKEN
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "internal error: KeyError: 'lost' at tests/cli/test_cli.py:" in said
    assert "report" in said


def test_what_ends_the_program_from_within_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def leave(*_: object, **__: object) -> None:
        raise SystemExit(0)

    monkeypatch.setattr("checkers.explore.explorer.Explorer.run", leave)
    assert run("explore", "die_hard") == BROKEN


def test_the_list_of_verbs_says_what_each_says_of_itself() -> None:
    for verb, does in VERBS.items():
        command = getattr(import_module(f"checkers.cli.{verb}"), f"{verb}_command")
        said = command.help if isinstance(command, App) else inspect.getdoc(command) or ""
        assert does == " ".join(said.split("\n\n")[0].split())


@pytest.mark.parametrize(
    "arguments",
    ["--help", "--version", "bogus", "", "explore nothere", *(f"{verb} --bogus" for verb in VERBS)],
)
def test_what_does_no_work_imports_nothing_that_does_some(arguments: str) -> None:
    """To import numpy and Z3 takes longer than most commands do."""
    told = f"main({arguments.split()!r})"
    code = f"import sys\nfrom checkers.cli import main\ntry:\n {told}\nexcept SystemExit: pass\n"
    code += "print(*sys.modules, file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *_, names = ran.stderr.splitlines()
    assert "checkers.cli.common" in names.split()
    verb = f"checkers.cli.{arguments.partition(' ')[0]}"
    others = {f"checkers.cli.{other}" for other in VERBS} - {verb}
    assert not {"numpy", "z3", "scipy", "hypothesis", *others} & set(names.split())


@pytest.mark.parametrize("given", [("--runs", 0), ("--runs", -5), ("--depth", 0), ("--seed", -1)])
def test_a_number_out_of_range_is_told_by_its_option(
    given: tuple[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("simulate", "two_phase", *given) == USAGE
    assert f'"{given[1]}" for {given[0]}' in capsys.readouterr().err


def test_help_says_how_many_can_be_placed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("place", "--help") == OK
    assert "at most 12" in " ".join(capsys.readouterr().out.split())
