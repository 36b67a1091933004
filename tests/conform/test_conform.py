"""The reference stands at the same door as everybody: as a program, it conforms."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import attrs
import pytest

from checkers.cli import FAILED, USAGE
from checkers.conform.conform import hold
from checkers.conform.gather import Gatherer, Sources
from checkers.conform.stage import Stage
from checkers.conform.vectors import RELEASED, Vectors
from checkers.host.telling import silent
from checkers.market import conforming
from checkers.market.conforming import sources_of, stage_of
from checkers.market.subjects import SUBJECTS, Subject
from spec.notation import MachineError
from tallystick import conform
from tests.support.ample import AMPLE
from tests.support.command import run
from tests.support.escrow import escrow
from tests.support.locked import FOLDER, LOCK_MACHINE, LOCK_SETUP, STAGE
from tests.support.selection import some_full
from tests.support.wrong import TEXT, program

FILES = sorted(path.stem for path in RELEASED.glob("*.json"))
QUICK = {"bisection", "hardened_at_work"}


def serving(machine: str) -> list[str]:
    return [sys.executable, "-m", "checkers.cli", "serve", machine]


@pytest.mark.parametrize("name", some_full(FILES, {*FILES} - QUICK))
def test_the_reference_conforms_as_a_program(name: str) -> None:
    vectors = Vectors.read(RELEASED / f"{name}.json")
    found = hold(stage_of(SUBJECTS[name]), serving(name), vectors, runs=2, patience=AMPLE)
    found.assert_holds()
    assert not found.replayed.left_out
    assert found.tally.restarts > 0


def test_the_refusals_of_a_machine_are_in_its_vectors() -> None:
    subject = SUBJECTS["bisection"]
    vectors = Gatherer(stage_of(subject), sources_of(subject)).gather()
    reasons = {
        (act.name, check.reason)
        for act in subject.machine.actions
        for check in subject.machine.read(act).checks
        if check.kind == "guard"
    }
    never = {(name, reason) for name, reason, _ in vectors.unreached}
    assert {pair for pair in vectors.pairs if pair[1]} == reasons - never
    assert all(subject.unrefused[pair] for pair in never)


def test_from_python_it_is_one_call() -> None:
    conform(escrow, program(), runs=1, patience=AMPLE).assert_holds()
    found = conform(escrow, program("keeps a fee"), runs=1)
    assert found.failed
    assert found.divergence is not None
    assert [act.name for act, _ in found.divergence.steps] == ["place", "deliver"]
    assert "purse" in found.divergence.how


def test_a_page_shows_both_sides() -> None:
    found = conform(escrow, program("late deadline"), runs=1)
    said = str(found)
    assert "they differ:" in said
    assert '"deadline":[[["order0"],2]]' in said
    assert '"deadline":[[["order0"],3]' in said


def test_what_a_program_does_not_take_is_counted_and_not_decided() -> None:
    partial = attrs.evolve(LOCK_SETUP, left_out=["release"])
    text = (
        "import sys; from checkers.conform.serve import serve;"
        "from tests.support.locked import FOLDER, LOCK_MACHINE, LOCK_SETUP; import attrs;"
        "serve(LOCK_MACHINE, attrs.evolve(LOCK_SETUP, left_out=['release']),"
        "sys.stdin.buffer, sys.stdout.buffer)"
    )
    found = conform(LOCK_MACHINE, [sys.executable, "-c", text], setup=partial, runs=1)
    assert found.undecided
    assert not found.failed
    assert found.unsupported == ["action release"]
    assert sum(found.replayed.left_out.values()) > 0
    assert ("release", None) in found.not_taken


def test_junit_has_a_case_for_each_verdict_and_each_outcome() -> None:
    found = conform(escrow, program("refunds late"), runs=1)
    suite = ElementTree.fromstring(found.junit())
    assert int(suite.attrib["tests"]) == len(found.verdicts) + len(found.pairs)
    assert int(suite.attrib["failures"]) > 0
    assert int(suite.attrib["skipped"]) == len(found.not_taken)


@pytest.mark.parametrize(
    "wrong",
    [{"runs": 0}, {"steps": 0}, {"patience": 0.0}, {"patience": float("inf")}, {"command": []}],
    ids=str,
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    given = {"command": program(), **wrong}
    with pytest.raises(MachineError, match="give"):
        conform(escrow, **given)  # type: ignore[arg-type]  # of whatever type


@pytest.mark.parametrize("tried", ["nonsuch --fast", "./", f"'{sys.executable} -V'"])
def test_a_program_that_is_not_there_is_bad_input(
    tried: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = tmp_path / "told.json", tmp_path / "told.xml"
    given = ("--cmd", tried, "--json", files[0], "--junit", files[1])
    assert run("conform", f"{FOLDER}/lock.py:lock", *given) == USAGE
    said, _, mend = capsys.readouterr().err.strip().partition(f"; tried was: {tried}; ")
    assert "cannot be started: " in said
    assert "name a program that is there" in mend
    assert not any(map(Path.exists, files))


def test_a_program_that_starts_and_ends_is_decided(capsys: pytest.CaptureFixture[str]) -> None:
    ended = f"{sys.executable} -c 'import sys; sys.exit(3)'"
    assert run("conform", f"{FOLDER}/lock.py:lock", "--cmd", ended) == FAILED
    assert "refuted: crashed: " in capsys.readouterr().out


def test_vectors_of_another_size_are_refused(tmp_path: Path) -> None:
    stage = stage_of(SUBJECTS["bisection"])
    vectors = Gatherer(stage, Sources(walks=1, seeks=1)).gather()
    written = Vectors.read(vectors.write(tmp_path / "bisection.json"))
    assert written == vectors
    other = attrs.evolve(written, opening={**written.opening, "sizes": {}})
    with pytest.raises(MachineError, match="no vectors of bisection"):
        hold(stage, serving("bisection"), other)


def test_the_specification_conforms_to_itself() -> None:
    stage = Stage.of(LOCK_MACHINE)
    text = (
        "import sys; from checkers.conform.serve import serve;"
        "from checkers.conform.specified import specified;"
        "from tests.support.locked import STAGE;"
        "serve(STAGE.machine, specified(STAGE), sys.stdin.buffer, sys.stdout.buffer)"
    )
    vectors = Gatherer(stage, Sources(walks=2, seeks=2)).gather()
    hold(stage, [sys.executable, "-c", text], vectors, runs=1, patience=AMPLE).assert_holds()


def test_a_machine_of_ones_own_is_served_as_the_specification() -> None:
    stage = stage_of(Subject(LOCK_MACHINE), {"Client": 4})
    vectors = Gatherer(stage, Sources(walks=2, seeks=2)).gather()
    served = [*serving(f"{FOLDER}/lock.py:lock"), "--size", "Client=4"]
    hold(stage, served, vectors, runs=1, patience=AMPLE).assert_holds()


def test_the_reference_has_sizes_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("serve", "basic", "--against", "reference", "--size", "Step=3") == USAGE
    assert "--size is of the specification" in capsys.readouterr().err


WHOLE = Gatherer(STAGE, Sources(walks=2, seeks=2)).gather()


def changed(change: Mapping[str, object], path: Path) -> Path:
    """A file of vectors, in which the last step of a run was changed by hand."""
    file = json.loads(WHOLE.text())
    file["vectors"][-1]["steps"][-1].update(change)
    path.write_text(json.dumps(file))
    return path


@pytest.mark.parametrize("change", [{"refused": "no"}, {"args": ["client9"]}, {"action": "steal"}])
def test_vectors_that_are_not_what_the_machine_says_are_refused(
    change: Mapping[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A right program would be told wrong by them."""
    path = changed(change, tmp_path / "lock.json")
    given = ("--cmd", "nonsuch", "--vectors", path)
    assert run("conform", f"{FOLDER}/lock.py:lock", *given) == USAGE
    wrong = f"the machine says something else of run {len(WHOLE.vectors)}"
    assert f"{path}: {wrong}" in capsys.readouterr().err


def test_vectors_that_are_not_all_that_the_machine_says_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that does half of it would be told whole by them."""
    some = [v for v in WHOLE.vectors if all(s.action != "release" for s in v.steps)]
    assert some
    path = attrs.evolve(WHOLE, vectors=some).write(tmp_path / "lock.json")
    given = ("--cmd", "nonsuch", "--vectors", path)
    assert run("conform", f"{FOLDER}/lock.py:lock", *given) == USAGE
    missing = "in no run, and not listed as one that never is: release is accepted"
    assert f"{path}: {missing}" in capsys.readouterr().err


def test_a_machine_that_has_the_name_of_a_released_one_is_held_to_its_own_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject, stage = Subject(LOCK_MACHINE), STAGE
    WHOLE.write(tmp_path / "lock.json")
    monkeypatch.setattr(conforming, "RELEASED", tmp_path)
    assert conforming.vectors_of(subject, stage, None, silent) == WHOLE
    changed({"refused": "no"}, tmp_path / "lock.json")
    gathered = Gatherer(stage, sources_of(subject)).gather()
    assert conforming.vectors_of(subject, stage, None, silent) == gathered != WHOLE


@pytest.mark.parametrize("fault", ["deadline before buyer", "one reason for all"])
def test_a_program_that_keeps_no_order_may_refuse_for_any_reason_that_there_is(
    fault: str, tmp_path: Path
) -> None:
    unordered = tmp_path / "unordered.py"
    unordered.write_text(TEXT.replace('"order": True', '"order": False'))
    stage = Stage.of(escrow)
    vectors = Gatherer(stage, Sources(walks=20, seeks=5)).gather()
    found = hold(stage, [sys.executable, str(unordered), fault], vectors, runs=2, patience=AMPLE)
    assert found.unsupported == ["order of reasons"]
    assert found.undecided
    assert found.failed == (fault == "one reason for all"), found
    assert bool(found.replayed.otherwise) == found.failed
