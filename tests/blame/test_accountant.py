"""Accountability: each finding can fail alone, an independent search agrees, known collisions."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import attrs
import pytest

from checkers.blame.account import FINDINGS, Account
from checkers.blame.accountant import Accountant
from checkers.cli import FAILED, OK, UNKNOWN, USAGE
from spec.basic import basic
from spec.hardened.accountability import ACCOUNTABILITY
from spec.hardened.machine import at_work
from spec.notation import (
    Machine,
    MachineError,
    Role,
    Scope,
    action,
    not_,
    require,
)
from spec.notation.sorts import Fun, Value
from spec.orchestrated import orchestrated
from tests.support.command import result, run
from tests.support.oracle import search
from tests.support.yard import (
    Child,
    Owner,
    Yard,
    convict,
    convict_anybody,
    convict_by_rumour,
    is_convicted,
    never,
    pay,
    throw,
    throw_unseen,
    yard,
)

# Each finding, in a yard with a window


def account(machine: Machine[Any], **options: Any) -> Account[Any]:  # as Accountant takes them
    return Accountant(machine, machine.scope(), **options).run()


def test_it_is_told_what_is_looked_at_once_all_states_are_visited() -> None:
    machine = yard(throw_unseen, pay)
    told: list[str] = []
    found = Accountant(machine, machine.scope(), told.append).run()
    assert found.collisions
    for looked in ("where all is over", "who is convicted", "a step before", "run again"):
        assert any(looked in line for line in told), looked


def test_who_is_seen_is_accountable() -> None:
    found = account(yard(throw, convict))
    assert found.refuted == []
    assert found.exhaustive
    # Whoever threw, convicted or not yet.
    assert (found.states, found.transcripts) == (5, 4)


def test_false_blame() -> None:
    found = account(yard(throw, convict_anybody))
    assert found.refuted == ["no_false_blame"]
    assert found.false_blame
    last = found.false_blame.states[-1]
    assert [last.threw[c] for c in (0, 1)] != [last.convicted[c] for c in (0, 1)]


def test_harm_that_nobody_pays_for() -> None:
    found = account(yard(throw))
    assert found.refuted == ["every_harm_blamed_or_repaid"]
    assert found.unpaid_harm
    assert found.unpaid_harm.length == 1


def test_harm_that_is_repaid() -> None:
    assert account(yard(throw, pay)).refuted == []


def test_a_verdict_from_what_is_not_on_the_ledger() -> None:
    found = account(yard(throw, convict_by_rumour))
    assert found.refuted == ["verdict_from_ledger_only"]
    assert found.beyond_the_ledger == [("convict_by_rumour", "threw")]
    assert account(yard(throw, convict_by_rumour, shown=("threw",))).refuted == []


def test_the_key_of_a_verdict_is_part_of_it() -> None:
    @action
    def convict_who_threw(s: Yard) -> None:
        s.convicted.fill_by(lambda c: s.threw[c])

    found = account(yard(throw, convict_who_threw))
    assert found.beyond_the_ledger == [("convict_who_threw", "threw")]


def test_two_culprits_for_one_ledger() -> None:
    found = account(yard(throw_unseen, pay))
    assert found.refuted == ["transcript_injectivity"]
    [collision] = found.collisions
    assert collision.culprits == (("child0",), ("child1",))
    # A history tells who acts, as every other trace does.
    assert all(h.trace.parties(0) for h in collision.histories)
    assert [[s.steps[d] for d in s.deeds] for s in collision.histories] == [
        ["1. throw_unseen(child0)"],
        ["1. throw_unseen(child1)"],
    ]


def test_whoever_need_not_have_deviated_is_no_culprit() -> None:
    @action
    def fall(s: Yard) -> None:
        """The window breaks of itself."""
        s.broken = True

    assert account(yard(throw_unseen, fall, pay)).refuted == []


def test_what_is_bounded_is_not_exhaustive() -> None:
    def whole(s: Yard) -> bool:
        return not_(s.broken)

    machine = yard(throw, convict_anybody, bounds=(whole,))
    found = account(machine, bounds=["whole"])
    assert (found.refuted, found.exhaustive, found.bounds) == ([], False, ["whole"])
    found = account(machine, culprits=1)
    assert (found.refuted, found.exhaustive) == (["no_false_blame"], False)
    assert not account(machine, limit_states=2).exhaustive


@pytest.mark.parametrize(
    ("machine", "options", "message"),
    [
        (attrs.evolve(yard(throw), accountability=None), {}, "does not say who is held to account"),
        (yard(throw, refuted=("blame",)), {}, "to refute blame, which is none of"),
        (yard(throw), {"bounds": ["whole"]}, "yard has no bound whole; it has none"),
        (yard(throw), {"culprits": 1, "folder": Path("kept")}, "kept keeps whole explorations"),
        (yard(throw), {"symmetry": True}, "parties are told apart here; leave out symmetry"),
        (
            yard(throw),
            {"culprits": 4},
            "4 culprits: there are 3 parties at this size; give no more",
        ),
        (
            attrs.evolve(yard(throw), sizes={Child: 62, Owner: 1}),
            {},
            "63 parties are too many; give smaller",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    machine: Machine[Yard], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(MachineError, match=message):
        account(machine, **options)


# An independent search


def collisions(machine: Machine[Any], scope: Scope, free: Sequence[str]) -> set[frozenset[Any]]:
    """The pairs of minimal sets of culprits that share a ledger, with sets over plain states."""
    said = machine.accountability
    assert said
    functions = [name for name, field in machine.fields.items() if field.kind is Fun]
    public = {*said.evidence, *said.verdicts}
    stories = defaultdict(set)
    for s, _ in search(machine, scope, free).states:
        if machine.holds(said.over, s, scope):
            ledger = tuple(v for field, _, v in machine.cells(s) if field.name in public)
            world = tuple(
                getattr(s, name)(*key)
                for name in functions
                for key in scope.keys(machine.fields[name])
            )
            stories[world, ledger].add(culprits(machine, scope, s))
    return {
        frozenset(pair)
        for sets in stories.values()
        for pair in combinations([a for a in sets if not any(b < a for b in sets)], 2)
    }


def culprits(machine: Machine[Any], scope: Scope, s: object) -> frozenset[str]:
    """Who deviated, by name."""
    assert machine.accountability

    def deviated(role: Role[Any], party: Value) -> bool:
        text: Callable[..., bool] = role.deviated
        return machine.holds(lambda s: text(s, party), s, scope)

    return frozenset(
        scope.name(party, role.sort)
        for role in machine.accountability.roles
        for party in scope.elements(role.sort)
        if deviated(role, party)
    )


TINY = {"Data": 1, "Step": 1, "Vendor": 2}
FREE = ("last", "vendor", "component", "digest", "run")


@pytest.mark.full
def test_an_independent_search_finds_the_same_collisions() -> None:
    scope = basic.scope(**TINY)
    found = Accountant(basic, scope).run()
    expected = collisions(basic, scope, FREE)
    assert {frozenset(map(frozenset, c.culprits)) for c in found.collisions} == expected
    assert expected == {
        frozenset([frozenset(["provider0"]), frozenset([f"vendor{v}"])]) for v in (0, 1)
    }


# The protocols

CONSUMER, ORCHESTRATOR, PROVIDER = "party4", "party3", "party0"
VENDORS = ("party1", "party2")
# Each a pair of parties with what they do, and after how many records: none, or all but the last.
EXPECTED = {
    (ORCHESTRATOR, "stall", CONSUMER, "stall", 0),
    (ORCHESTRATOR, "stall", CONSUMER, "stall", 4),
    (ORCHESTRATOR, "pick", CONSUMER, "send", 0),
    (ORCHESTRATOR, "deliver", CONSUMER, "confirm", 4),
    *(
        (vendor, deed, other, other_deed, records)
        for vendor in VENDORS
        for records in (0, 2)
        for deed, other, other_deed in (
            ("stall", ORCHESTRATOR, "stall"),
            ("record", ORCHESTRATOR, "pick"),
        )
    ),
    *(
        (vendor, "give_back", ORCHESTRATOR, "record_too", records)
        for vendor in VENDORS
        for records in (1, 3)
    ),
    *((PROVIDER, "hand_over", vendor, "record", n) for vendor in VENDORS for n in (0, 2)),
}


@pytest.mark.full
def test_the_orchestrated_ledger_does_not_tell_who_it_was() -> None:
    """Every pair of deviations that the catalogue of attacks expects to leave one ledger."""
    found = account(orchestrated, culprits=1, bounds=["verdicts_come_last"])
    assert orchestrated.accountability
    assert set(found.refuted) == set(orchestrated.accountability.refuted)
    kinds = set()
    for collision in found.collisions:
        a, b = collision.histories
        records = {s.trace.states[s.deeds[0]].records for s in (a, b)}
        deeds = [s.trace.steps[s.deeds[0]][0].name for s in (a, b)]
        kinds.add((*a.culprits, deeds[0], *b.culprits, deeds[1], min(records)))
    assert kinds >= EXPECTED
    # Two kinds more: who was picked is not on the ledger, so that one silent vendor looks like the
    # other; and a vendor that keeps silent looks like a consumer that sent nothing.
    assert {kind[:4] for kind in kinds} - {kind[:4] for kind in EXPECTED} == {
        ("party1", "stall", "party2", "stall"),
        *((vendor, "stall", CONSUMER, "stall") for vendor in VENDORS),
    }


@pytest.mark.full
def test_the_hardened_ledger_tells_who_it_was() -> None:
    """With one culprit, as far as it is quick to look (theorems 4, 5 and 7)."""
    bounds = [bound.__name__ for bound in ACCOUNTABILITY.bounds]
    found = account(at_work, culprits=1, bounds=bounds, limit_states=200_000)
    assert found.transcripts > 1_000
    assert found.refuted == []


# A finding for which there was nothing to look at


def nobody(s: Yard, c: Child) -> bool:
    return s.threw[c] & not_(s.threw[c])


OVER = "no run is ever over"


@action
def review(s: Yard, c: Child) -> None:
    """Whatever was judged can be judged again."""
    require(s.convicted[c], "convicted")
    s.convicted[c] = False


@pytest.mark.parametrize(
    ("machine", "expected"),
    [
        (yard(throw, convict, pay), {}),
        (
            yard(throw, convict, review),
            {FINDINGS[1]: "wherever somebody is harmed a verdict is still to come"},
        ),
        (
            yard(throw, convict, pay, over=never),
            {"every_harm_blamed_or_repaid": OVER, "transcript_injectivity": OVER},
        ),
        (
            yard(throw),
            {
                "no_false_blame": "nobody is ever convicted",
                "verdict_from_ledger_only": "no action decides a verdict",
            },
        ),
        (
            yard(throw, convict, roles=(Role(nobody, is_convicted),)),
            {
                "every_harm_blamed_or_repaid": "no role says who is harmed; give "
                "Role(harmed=...), or name this refuted",
                "transcript_injectivity": "nobody deviates in a run that is over",
            },
        ),
    ],
)
def test_what_there_was_nothing_to_look_at_for_is_vacuous(
    machine: Machine[Yard], expected: dict[str, str]
) -> None:
    assert account(machine).vacuous == expected


def test_a_role_of_which_nobody_deviates_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert account(yard(throw)).upright == ["Owner"]
    path = tmp_path / "yard.py"
    path.write_text("from tests.support.yard import throw, yard\nyard = yard(throw)\n")
    assert run("account", f"{path}:yard", "--json", tmp_path / "out.json") == FAILED
    assert "no Owner ever deviates\n" in capsys.readouterr().out
    assert result(tmp_path / "out.json")["upright"] == ["Owner"]


def test_account_fails_where_there_was_nothing_to_look_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "yard.py"
    path.write_text(
        "from tests.support.yard import convict, never, throw, yard\n"
        "yard = yard(throw, convict, over=never)\n"
    )
    assert run("account", f"{path}:yard", "--json", tmp_path / "out.json") == FAILED
    assert "vacuous: no run is ever over" in capsys.readouterr().out
    vacuous = result(tmp_path / "out.json")["vacuous"]
    assert list(vacuous) == ["every_harm_blamed_or_repaid", "transcript_injectivity"]
    # Nothing was found so far; there may be something further on.
    assert run("account", f"{path}:yard", "--limit-states", 1) == UNKNOWN


# The command line


def test_account(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.json"
    sizes = [f"--size={name}={number}" for name, number in TINY.items()]
    assert run("account", "basic", *sizes, "--json", path) == OK
    found = result(path)
    assert found["exhaustive"]
    assert set(found["refuted"]) == set(found["to_be_refuted"])
    assert len(found["traces"]) == 2
    assert {tuple(s["culprits"][0] for s in pair) for pair in found["collisions"]} == {
        ("provider0", "vendor0"),
        ("provider0", "vendor1"),
    }
    said = capsys.readouterr().out
    assert "holds of every action" in said
    assert "provider0 deviated" in said
    assert "(!)" in said


def test_account_says_what_it_was_bounded_to(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = [f"--size={name}={number}" for name, number in TINY.items()]
    assert run("account", "basic", *sizes, "--culprits", 1, "--no-traces") == UNKNOWN
    said = capsys.readouterr().out
    assert "bounded: at most 1 culprit" in said
    assert "exhaustive" not in said


def test_account_fails_where_accountability_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "yard.py"
    path.write_text("from tests.support.yard import throw, yard\nyard = yard(throw)\n")
    assert run("account", f"{path}:yard") == FAILED
    assert "refuted in 1 step" in capsys.readouterr().out


def test_account_refuses_a_machine_without_parties(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("account", "two_phase") == USAGE
    assert "does not say who is held to account" in capsys.readouterr().err
