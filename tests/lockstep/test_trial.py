"""Every refusal that there can be is tried: each kept trial comes out as it is written."""

import json
from pathlib import Path

import pytest

from checkers.lockstep.driver import Setup
from checkers.lockstep.fuzz import fuzz
from checkers.lockstep.run import Lockstep
from checkers.lockstep.seek import Seeker
from checkers.lockstep.trial import FOLDER, keep_trials, kept_trials
from checkers.lockstep.walk import walk
from checkers.market.basic import basic_setup
from checkers.market.subjects import SUBJECTS
from spec.basic import basic
from tests.support.club import PEOPLE, Club, club
from tests.support.faults import MissingGuard
from tests.support.twin import Twin

ANN = {"welcome": lambda p: p == b"ann"}
DRIVEN = [name for name, subject in SUBJECTS.items() if subject.setup]


def lockstep_of(name: str) -> Lockstep[object]:
    setup = SUBJECTS[name].setup
    assert setup
    return Lockstep(SUBJECTS[name].machine, setup)


@pytest.mark.parametrize("name", DRIVEN)
def test_every_refusal_is_tried_or_cannot_be(name: str) -> None:
    lockstep = lockstep_of(name)
    wanted = {(act, reason) for act, reasons in lockstep.reasons.items() for reason in reasons}
    tried = set()
    for trial in kept_trials(lockstep):
        with lockstep.alone() as run:
            for step, reason in trial:
                assert run.attempt(step) == reason
                tried |= {(step[0].name, reason)} if reason else set()
    unrefused = SUBJECTS[name].unrefused
    assert sorted(tried) == sorted(wanted - unrefused.keys())
    assert unrefused.keys() <= wanted
    assert all(unrefused.values())


def test_what_is_kept_is_of_machines_that_are_driven() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == {*DRIVEN}


def test_kept_trials_come_before_random_runs() -> None:
    faulty = basic_setup(MissingGuard)
    for found in (
        fuzz(basic, faulty, examples=1, steps=1, seed=0),
        walk(basic, faulty, runs=1, steps=1, max_states=0),
    ):
        assert found.divergence
        assert "output is not yet taken" in found.divergence.how


def club_lockstep() -> Lockstep[Club]:
    return Lockstep(club, Setup(lambda: Twin(club, PEOPLE, ANN), PEOPLE, ANN))


def test_seeking_finds_every_refusal_and_the_same_again(tmp_path: Path) -> None:
    lockstep = club_lockstep()
    wanted = {(act, reason) for act, reasons in lockstep.reasons.items() for reason in reasons}
    trials = Seeker(lockstep).run(20)
    found = {(step[0].name, reason) for trial in trials for step, reason in trial if reason}
    assert found == wanted
    assert trials == Seeker(club_lockstep()).run(20)
    keep_trials(lockstep, trials, tmp_path)
    assert kept_trials(lockstep, tmp_path) == trials


def test_what_cannot_be_taken_ends_a_trial(tmp_path: Path) -> None:
    """Somebody drives the machine with fewer elements, or its text has changed since."""
    lockstep = lockstep_of("basic")
    [step, *_] = json.loads((FOLDER / "basic.json").read_text())[0]
    others: list[list[object]] = [["vanish", []], [step[0], [99] * len(step[1])], [step[0], []]]
    for unknown in ([*other, None] for other in others):
        (tmp_path / "basic.json").write_text(json.dumps([[step, unknown, step]]))
        [kept] = kept_trials(lockstep, tmp_path)
        assert len(kept) == 1
