"""What is proved is shown not to be true for want of cases."""

import json
from pathlib import Path
from typing import Any

import attrs
import pytest
import z3

from checkers.cli import FAILED, OK, UNKNOWN, USAGE
from checkers.explore.ending import ENDS
from checkers.market.subjects import SUBJECTS, find_machine
from checkers.prove.archive import keep_witnesses, kept_witnesses
from checkers.prove.disagreement import Disagreement
from checkers.prove.possible import START, Witness
from checkers.prove.proof import Proof
from checkers.prove.witness import witnesses
from spec.notation import (
    Ending,
    Machine,
    action,
    forall,
    implies,
    ite,
    not_,
    require,
    size,
)
from spec.textbook.two_phase import two_phase
from tests.support.command import run
from tests.support.door import (
    Door,
    Key,
    Level,
    break_in,
    climb,
    door,
    enter,
    turn,
    turned_keys_fit,
)
from tests.support.proofs import prove


def enters_once(s: Door, k: Key) -> None:
    require(s.turned[k] & not_(s.open), "a key was turned in a shut door")
    s.open = True


def stays_shut(s: Door) -> bool:
    return not_(s.open)


def nothing_turned(s: Door) -> bool:
    return forall(Key, lambda k: not_(s.turned[k]))


def some_fit(s: Door) -> bool:
    return not_(none_fit(s))


def none_fit(s: Door) -> bool:
    return forall(Key, lambda k: not_(s.fits(k)))


def proof_of(machine: Machine[Door]) -> Proof[Door]:
    return prove(machine, confirmed=True)


def test_each_action_is_shown_to_be_possible() -> None:
    proof = proof_of(door(turn, enter))
    assert proof.complete
    assert proof.possible is not None
    assert set(proof.possible.found) == {START, "turn", "enter"}
    for name, witness in proof.possible.found.items():
        after = proof.machine.copy(witness.before)
        assert witness.action is not None
        proof.machine.apply(witness.action, after, witness.args, witness.scope)
        assert proof.machine.holds(turned_keys_fit, after, witness.scope)
        assert name in (START, witness.action.name)


def test_assumptions_that_contradict_prove_nothing() -> None:
    proof = proof_of(door(turn, always=(stays_shut,), assumptions=(some_fit, none_fit)))
    assert proof.status("stays_shut") == "proved"
    assert not proof.complete
    assert proof.vacuous == ["the assumptions contradict each other: nothing is proved"]


def test_of_a_start_that_cannot_be_nothing_is_proved() -> None:
    def never(s: Door) -> None:
        require(s.open, "open")
        require(not_(s.open), "shut")

    proof = proof_of(attrs.evolve(door(turn), init=never))
    assert proof.status("turned_keys_fit") == "proved"
    assert proof.vacuous == ["no state is initial: nothing is proved"]


def test_what_is_proved_of_no_action_does_not_count() -> None:
    """Nothing fits, so that no key is turned, and nobody enters."""
    machine = door(turn, enter, always=(stays_shut, nothing_turned), assumptions=(none_fit,))
    proof = proof_of(machine)
    assert {proof.status(name) for name in proof.obligations} == {"proved"}
    assert not proof.complete
    assert proof.vacuous == [
        "turn is never possible where all that was proved holds",
        "enter is never possible where all that was proved holds",
        "no action is ever possible: nothing is proved",
    ]


def open_after_a_turn(s: Door) -> bool:
    return implies(s.open, not_(nothing_turned(s)))


def open_when_high(s: Door) -> bool:
    return implies(s.level == 6, s.open)


def open_past_the_last(s: Door) -> bool:
    return forall(Level, lambda n: implies(n >= size(Level), s.open))


def test_an_implication_that_supposes_what_is_never_so_proves_nothing() -> None:
    proof = proof_of(door(turn, always=(stays_shut, open_after_a_turn)))
    assert {proof.status(name) for name in proof.obligations} == {"proved"}
    assert not proof.complete
    line = open_after_a_turn.__code__.co_firstlineno + 1
    assert proof.vacuous == [
        f"what open_after_a_turn supposes (test_witness.py:{line}) never holds where all that was "
        "proved does"
    ]


def test_nothing_is_supposed_of_a_number_past_its_size() -> None:
    proof = proof_of(door(turn, always=(open_past_the_last,)))
    assert proof.status("open_past_the_last") == "proved"
    [vacuous] = proof.vacuous
    assert vacuous.startswith("what open_past_the_last supposes")


def test_what_is_supposed_is_shown_in_a_state_of_its_own() -> None:
    """No action is taken in a state in which the door is open, and such states there are."""
    guarded = door(turn, attrs.evolve(enter, text=enters_once), always=(open_after_a_turn,))
    proof = proof_of(guarded)
    assert proof.complete
    assert proof.possible is not None
    assert proof.possible.fresh[-1] == "premises 1"
    shows = proof.possible.found["premises 1"]
    assert shows.action is None
    assert shows.before.open


def test_what_is_supposed_and_not_found_nor_excluded_is_undecided() -> None:
    """At small sizes there is no sixth level, which a door never has."""
    proof = proof_of(door(turn, always=(turned_keys_fit, open_when_high)))
    assert proof.vacuous == []
    assert proof.possible is not None
    assert proof.possible.unseen[0].startswith("no state was found in which what open_when_high")
    assert not proof.complete
    assert proof_of(attrs.evolve(proof.machine, sizes={Key: 1, Level: 8})).complete


def test_an_action_that_is_never_possible_is_named_unless_it_is_dormant() -> None:
    proof = proof_of(door(turn, break_in))
    assert proof.vacuous == ["break_in is never possible where all that was proved holds"]
    assert not proof.complete
    dormant = proof_of(door(turn, break_in, dormant=((break_in, "nobody can"),)))
    assert dormant.vacuous == []
    assert dormant.complete
    asleep = proof_of(door(break_in, dormant=((break_in, "nobody can"),)))
    assert asleep.vacuous == ["no action is ever possible: nothing is proved"]


def test_no_ending_rests_on_a_dormant_action() -> None:
    @action
    def leap(s: Door) -> None:
        s.level = size(Level)

    def high(s: Door) -> bool:
        return s.level > 0

    def low(s: Door) -> int:
        return ite(s.level > 0, 0, 1)

    dormant = ((leap, "nobody can"),)
    proof = proof_of(door(leap, turn, ending=Ending(high, (leap,), (low,)), dormant=dormant))
    assert proof.status(ENDS) != "proved"  # it is past the size at every size
    assert proof.vacuous == ["leap is never possible where all that was proved holds"]


def test_what_is_not_found_and_not_excluded_is_undecided() -> None:
    """At small sizes there is no seventh level; at the machine's own there is."""
    proof = proof_of(door(turn, climb))
    assert proof.vacuous == []
    assert proof.possible is not None
    assert proof.possible.undecided == ["climb"]
    assert not proof.complete
    sized = proof_of(door(turn, climb, sizes={Key: 1, Level: 8}))
    assert sized.complete


def test_a_solver_that_finds_nothing_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = door(turn, enter)
    proved = prove(machine).proved
    monkeypatch.setattr(z3.Solver, "check", lambda *_: z3.unknown)
    possible = witnesses(machine, proved)
    assert (possible.found, possible.impossible) == ({}, [])
    assert possible.undecided == [START, "turn", "enter"]
    assert len(possible.unseen) == 4  # with what turned_keys_fit supposes


def test_a_machine_of_which_nothing_is_claimed_is_not_proved() -> None:
    proof = proof_of(door(turn, always=()))
    assert not proof.complete
    assert proof.vacuous == ["nothing is claimed of door: nothing was checked"]


# Kept as data


@pytest.mark.full
def test_machines_of_the_project_keep_their_witnesses(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are evaluated, and no solver is asked."""
    proved = {name: prove(find_machine(name)).proved for name in ("basic", "two_phase", "ledger")}
    monkeypatch.setattr(z3.Solver, "check", lambda *_: pytest.fail("a solver was asked"))
    for name, properties in proved.items():
        machine = find_machine(name)
        possible = witnesses(machine, properties)
        assert possible.fresh == []
        assert {START, *(act.name for act in machine.actions)} <= set(possible.found)
        assert not possible.unmet


@pytest.mark.parametrize("name", SUBJECTS)
def test_every_machine_keeps_a_witness_for_all_that_is_possible(name: str) -> None:
    machine = find_machine(name)
    dormant = {act.name for act, _ in machine.dormant}
    kept = kept_witnesses(machine)
    wanted = {START, *(act.name for act in machine.actions)}
    # That what is dormant is not reached need not follow from what is proved.
    assert wanted - dormant <= set(kept)
    assert {name for name, witness in kept.items() if witness.action} <= wanted
    proved = {text.__name__: False for text in (*machine.always, *machine.lemmas)}
    assert all(witness.fits(machine, proved) for witness in kept.values())


def kept_beside(folder: Path) -> dict[str, Any]:
    keep_witnesses(witnesses(two_phase, {}), folder)
    written: dict[str, Any] = json.loads((folder / "two_phase.json").read_text())
    return written


@pytest.mark.parametrize(
    ("spoil", "lost"),
    [
        (lambda written: written["prepare"]["in"].update(resource=["NOBODY"]), "prepare"),
        (lambda written: written["prepare"]["in"].pop("resource"), "prepare"),
        (lambda written: written["prepare"]["with"].append(0), "prepare"),
        (lambda written: written["prepare"]["with"].__setitem__(0, 99), "prepare"),
        (lambda written: written["commit"]["sizes"].update(Manager=2), "commit"),
        (lambda written: written.pop("commit"), "commit"),
    ],
)
def test_what_is_no_state_is_no_witness(tmp_path: Path, spoil: Any, lost: str) -> None:
    written = kept_beside(tmp_path)
    spoil(written)
    (tmp_path / "two_phase.json").write_text(json.dumps(written))
    assert lost not in kept_witnesses(two_phase, tmp_path)


def test_what_no_longer_fits_is_searched_for() -> None:
    kept = kept_witnesses(two_phase)
    start = kept[START]
    unfit = {**kept, "commit": attrs.evolve(kept["commit"], before=start.before)}
    possible = witnesses(two_phase, prove(two_phase).proved, kept=unfit)
    assert list(possible.fresh) == ["commit"]


def test_a_witness_that_loses_what_is_proved_stops_everything() -> None:
    machine = door(turn)
    scope = machine.scope(Key=1, Level=1)
    cells = {"fits": {0: True}, "turned": {0: False}, "open": False, "level": 0}
    witness = Witness(scope, turn, machine.concrete(scope, cells), (0,))
    loses = attrs.evolve(machine, always=(nothing_turned,))
    assert witness.fits(loses, {"nothing_turned": False})
    with pytest.raises(Disagreement, match="turn keeps nothing_turned, and in a state"):
        witness.fits(loses, {"nothing_turned": True})


DOORS = """
import attrs

from spec.notation import not_, require
from tests.support.door import Door, break_in, climb, door, enter, turn

def never(s: Door) -> None:
    require(s.open & not_(s.open), "open and shut")

sound = door(turn, enter)
dead = door(turn, break_in)
idle = door(turn, always=())
high = door(turn, climb)
nowhere = attrs.evolve(sound, init=never)
"""


def test_the_command_line_says_what_is_vacuous(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "doors.py"
    file.write_text(DOORS)
    assert run("prove", f"{file}:sound") == OK
    assert "2 of 2 actions are seen to be possible" in capsys.readouterr().out
    assert run("prove", f"{file}:dead", "--json", tmp_path / "dead.json") == FAILED
    assert "vacuous: break_in is never possible" in capsys.readouterr().out
    assert json.loads((tmp_path / "dead.json").read_text())["vacuous"]
    assert run("prove", f"{file}:idle") == FAILED
    capsys.readouterr()
    assert run("prove", f"{file}:nowhere") == FAILED
    assert "turned_keys_fit  vacuous" in capsys.readouterr().out
    assert run("prove", f"{file}:high") == UNKNOWN
    assert "whether there is one is undecided" in capsys.readouterr().out
    assert run("prove", f"{file}:sound", "--witnesses") == USAGE
