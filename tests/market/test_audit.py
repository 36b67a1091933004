"""Ledgers are judged: what is a behaviour is one, and where another departs is found."""

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FrameType

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkers.lockstep.stories import Story
from checkers.market.audit.hardened import HardenedTale
from checkers.market.audit.judge import audit
from checkers.market.audit.retelling import Departure, retell
from checkers.market.audit.sparse import SparseMap
from checkers.market.hardened.agreed import (
    CLOCK,
    CONSUMER,
    FIRST,
    JOINT,
    ONE,
    PARTIES,
    PROVIDER,
    ROUNDS,
    SECOND,
    SINGLE,
    VERSIONS,
)
from checkers.market.hardened.driver import at_work_setup
from checkers.market.hardened.stories import DISCLOSED, SETTLED
from checkers.market.values import NEGATE, keys
from impl.hardened.charter import HALVINGS
from impl.hardened.contract import HardenedContract
from impl.hardened.sealing import key_of
from impl.hardened.statement import Statement
from impl.hardened.terms import Terms
from impl.ledger.codec import Codec
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Transaction, parse, rotation
from impl.quarrel.salts import SALT, Occasion
from impl.quarrel.step import boundary_state
from spec.bytes.encoding import Value, decode, encode
from spec.notation import MachineError, OutOfRange, Scope
from spec.notation.concrete import Concrete, ConcreteMap
from spec.notation.sorts import Field, Map
from spec.notation.words import reading
from tests.support.audits import INVENTED, TAMPERED, See, see
from tests.support.cells import Cell, Level
from tests.support.guards import BESIDE, Guard, guards, removed
from tests.support.lived import LIVES, lived
from tests.support.selection import some_full
from tests.support.told import MARKETS, Told, attempts, busy, called, kept, left_behind, openings

pytestmark = pytest.mark.usefixtures("no_power_is_lost")


def written(told: Told, path: Path) -> Path:
    told.write(path)
    return path


@pytest.mark.parametrize("name", MARKETS)
def test_what_the_implementation_accepts_is_a_behaviour(name: str, tmp_path: Path) -> None:
    for number, told in enumerate(kept(name)):
        found = audit(written(told, tmp_path / f"{number}.db"))
        assert (found.departure, len(found.recorded.said)) == (None, len(told.said))


# The node had another contract


def accepted(guard: Guard) -> tuple[Told, str] | None:
    """A ledger that ends with what only a contract without a guard accepts; how that differs."""
    markets = [name for name in BESIDE[guard.module] if name in MARKETS]
    with removed(guard):
        every = (attempt for name in markets for attempt in attempts(name))
        return next((made for made in every if made[1].endswith(": accepted")), None)


def see_that_it_is_told(guard: Guard, path: Path) -> bool:
    """Whether there is one, which departs with the transaction that its node should have refused.

    Where the specification refuses that, it does so whatever the contract says that is asked.
    """
    found = accepted(guard)
    if found is None:
        return False
    told, how = found
    last, departure = len(told.said) - 1, audit(written(told, path)).departure
    assert departure is not None, guard
    assert (departure.position, departure.is_refused) == (last, True), guard
    assert departure.why in ("guard", "evidence", "ledger"), guard
    if how.startswith("specification: refused"):
        with removed(guard):
            departure = audit(path).departure
        assert departure is not None, guard
        assert (departure.position, departure.why) == (last, "guard"), guard
    return True


NOT_ON_LEDGERS = {
    "impl.paper.orchestrated.parties": "no contract's",
    "impl.quarrel.game": "the contract's come before",
    "impl.ledger.dispatch": "without them it fails",
}
"""Modules without any guard of which no more gets on a ledger, with why."""
CONTRACTS = [
    module
    for module, beside in BESIDE.items()
    if {*MARKETS} & {*beside} and module not in NOT_ON_LEDGERS
]
RUNS = [(TAMPERED, 24), (INVENTED, 8), (TAMPERED, 400), (INVENTED, 60)]


@pytest.mark.full
@pytest.mark.parametrize("module", CONTRACTS)
def test_a_node_whose_contract_lacks_any_guard_is_told(module: str, tmp_path: Path) -> None:
    every = enumerate(guards(module))
    told = [see_that_it_is_told(guard, tmp_path / f"{number}.db") for number, guard in every]
    assert any(told)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("impl.paper.basic.contract", "API is registered"),
        ("impl.paper.steps", "record continues the sequence"),
        ("impl.hardened.money", "nobody can complain any more"),
        ("impl.ledger.admission", "nonce is the author's next"),
    ],
)
def test_a_node_whose_contract_lacks_this_guard_is_told(
    module: str, text: str, tmp_path: Path
) -> None:
    [guard] = [guard for guard in guards(module) if text in guard.text]
    assert see_that_it_is_told(guard, tmp_path / "ledger.db")


@attrs.define
class GenerousContract(HardenedContract):
    """Pays executors twice."""

    def collect(self, author: bytes, request: bytes, step: int) -> None:
        self.balances[self.requests[request].executors[step]] += 1
        super().collect(author, request, step)


@attrs.define
class SwindlingContract(HardenedContract):
    """Takes a unit from somebody whenever a block has passed, of which no transaction speaks."""

    def tick(self, author: bytes) -> None:
        super().tick(author)
        self.balances[CONSUMER] -= 1


@attrs.define
class ForgetfulContract(HardenedContract):
    """Forgets who disputed, when a dispute is dismissed."""

    def dismiss(self, author: bytes, request: bytes) -> None:
        super().dismiss(author, request)
        self.requests[request].doubted.clear()


COLLECT = [*SETTLED, ("tick",), ("tick",), ("tick",), ("collect", 0, 1)]


def told_by(contract: type[HardenedContract], story: Story) -> Told:
    """A ledger whose node has a contract, after a story."""
    with left_behind() as left:
        driver = at_work_setup(contract).open()
        for action, *args in story:
            assert driver.take(str(action), args) is None
        driver.close()
    return left[-1]


@pytest.mark.parametrize(
    ("contract", "story", "kind", "problem"),
    [
        (GenerousContract, [*COLLECT, ("deposit", CONSUMER, 0)], "collect", "balance"),
        (SwindlingContract, [*COLLECT, ("deposit", PROVIDER, 0)], "tick", "balance"),
        (ForgetfulContract, [*DISCLOSED, ("deposit", PROVIDER, 0)], "dismiss", "chances"),
    ],
)
def test_a_contract_with_another_state_is_seen(
    contract: type[HardenedContract], story: Story, kind: str, problem: str
) -> None:
    """At the first transaction that makes a difference, wherever that shows."""
    told = told_by(contract, story)
    said = [parse(data).transaction for data in told.said]
    found = retell(HardenedTale(told.genesis, said, contract)).departure
    assert found is not None
    assert found.position == [transaction.kind for transaction in said].index(kind)
    assert (found.why, found.problem.partition("[")[0]) == ("contract", problem)


def test_a_payout_that_is_not_due_is_told_when_it_is_spent(tmp_path: Path) -> None:
    told = told_by(GenerousContract, [*COLLECT, ("deposit", FIRST, 21)])
    found = audit(written(told, tmp_path / "ledger.db"))
    assert found.departure == Departure(
        len(told.said) - 1, "deposit", "party has the money", "guard"
    )
    assert [candidate.who for candidate in found.candidates] == [CLOCK.public, FIRST]


@pytest.mark.parametrize("variant", [*LIVES])
@pytest.mark.parametrize("is_true", [True, False])
def test_what_a_node_vouches_for_is_what_its_transactions_come_to(
    variant: str, is_true: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what it comes to is told cell by cell: here, what was so some blocks ago."""
    life, path = lived(variant), tmp_path / "ledger.db"
    with Ledger.create(path, life.genesis, life.node, life.contract) as ledger:
        assert ledger._codec is not None
        states = []
        for some in (life.blocks[:-9], life.blocks[-9:]):
            for said in some:
                ledger.append(said)
            states.append(decode(ledger._codec.write(ledger._chain)))
        before, now = states
        assert isinstance(before, list)
        assert isinstance(now, list)
        if not is_true:  # the contract as it was, and all else as it is
            monkeypatch.setattr(Codec, "write", lambda *_: encode([before[0], *now[1:]]))
        ledger.keep_checkpoint()
    monkeypatch.undo()
    found = audit(path)
    assert (found.departure, found.failed) == (None, not is_true)
    assert is_true or ": specification" in str(found.checkpoint)
    assert [each.who for each in found.candidates] == [life.genesis.node] * (not is_true)


# Whoever may do and say anything


@pytest.mark.parametrize(("sees", "count"), some_full(RUNS, RUNS[2:]))
def test_whatever_somebody_did_the_verdict_is_right(sees: Sequence[See], count: int) -> None:
    assert see(sees, range(count)) == []


AT_WORK = told_by(HardenedContract, [])
TERMS = VERSIONS[JOINT].terms
HUGE = 2**62
PARTY = PARTIES[CONSUMER]


@pytest.mark.parametrize(
    "terms",
    [
        {"api": ""},
        {"number": HUGE},
        {"costs": [HUGE, 3, 2], "stake": 2 * HUGE},
        {"toll": 5, "stake": HUGE},
        {"rounds": [HALVINGS, 0]},
        {"shares": [[party, 0] for party in TERMS.shares]},
        {"spares": 0},
        {"provider": FIRST},
    ],
)
def test_anybody_can_propose_anything(terms: Mapping[str, Value], tmp_path: Path) -> None:
    body = {**TERMS.body(), **terms, "number": terms.get("number", 3)}
    key = PARTIES[FIRST if "provider" in terms else PROVIDER]
    root = Terms.parse(body).root
    told = AT_WORK.saying(
        ("propose", key, {"terms": body}),
        ("acknowledge", PARTIES[SECOND], {"version": root, "step": 0}),
        ("collect_share", PARTY, {"version": root}),
        ("collect_share", PARTY, {"version": b"none"}),
        ("reject", PARTIES[SECOND], {"version": root, "step": 1}),
        ("propose", key, {"terms": body}),
    )
    found = audit(written(told, tmp_path / "ledger.db"))
    assert found.departure is None


@pytest.mark.parametrize("field", ["holders", "shares"])
def test_a_version_can_name_whoever_has_no_account(field: str, tmp_path: Path) -> None:
    [stranger] = keys(1, 77)
    first, second = TERMS.steps
    terms = {
        "holders": attrs.evolve(
            TERMS,
            number=9,
            steps=[attrs.evolve(first, holders=(*first.holders, stranger)), second],
        ),
        "shares": attrs.evolve(TERMS, number=9, shares={PROVIDER: 1, FIRST: 1, stranger: 1}),
    }[field]
    told = AT_WORK.saying(("propose", PARTIES[PROVIDER], {"terms": terms.body()}))
    assert audit(written(told, tmp_path / "ledger.db")).departure is None


@pytest.mark.parametrize("body", [{"terms": {}}, {"terms": TERMS.body() | {"stake": 0}}])
def test_what_a_stranger_says_is_told_though_it_cannot_be_read(
    body: Mapping[str, Value], tmp_path: Path
) -> None:
    """Whoever has no account is refused before it is looked at what it says."""
    [stranger] = keys(1, 77).values()
    told = AT_WORK.saying(("propose", stranger, body))
    found = audit(written(told, tmp_path / "ledger.db")).departure
    assert found is not None
    assert (found.position, found.problem) == (len(told.said) - 1, "author has an account")


@pytest.mark.parametrize(
    ("kind", "body", "problem"),
    [
        ("shout", {}, "transaction.kind: 'shout' is none of"),
        ("deposit", {}, "transaction.body.amount: missing"),
        ("deposit", {"amount": HUGE}, "party has the money"),
        ("deposit", {"amount": -1}, "transaction.body.amount: negative: give 0 or more"),
        ("acknowledge", {"version": JOINT, "step": 0}, "version is proposed"),
        ("acknowledge", {"version": SINGLE, "step": -1}, "vendor holds the step"),
        ("acknowledge", {"version": SINGLE, "step": HUGE}, "vendor holds the step"),
        ("retire", {"version": b""}, "provider is the version's"),
        ("collect", {"request": b"", "step": HUGE}, "request is over"),
        ("record", {"request": b"", "step": HUGE, "output": b""}, "request waits for a record"),
        ("dispute", {"request": bytes(32), "step": -HUGE, "key": b""}, "window is open"),
        (
            "narrow",
            {"request": b"", "halvings": 0, "statement": b"", "sealed": b"", "state": b""},
            "a step is disputed",
        ),
        (
            "complain",
            {"request": b"", "secret": b"", "salt": b"", "key": b""},
            "opponent is to answer",
        ),
        ("publish", {"request": b"", "sealed": b""}, "data is demanded"),
        (
            "expose",
            {"request": b"", "step": 0, "key": b"", "evidence": b""},
            "request is over",
        ),
        ("tick", {}, "author is the clock"),
    ],
)
def test_what_nobody_can_say_is_told(
    kind: str, body: Mapping[str, Value], problem: str, tmp_path: Path
) -> None:
    told = AT_WORK.saying((kind, PARTY, body), ("deposit", PARTY, {"amount": 0}))
    found = audit(written(told, tmp_path / "ledger.db"))
    assert found.departure is not None
    assert found.departure.position == len(AT_WORK.said)
    assert problem in found.departure.problem


def test_a_key_is_replaced_within_the_quota_or_not_at_all(tmp_path: Path) -> None:
    begun, new = busy(0).genesis, SigningKey.from_seed(bytes(32))
    begun = attrs.evolve(begun, agreed={**begun.agreed, "quota": 2})
    replaced = rotation(begun.identity, PARTY.public, 2, new).body
    told = Told(begun, CLOCK, []).saying(
        *[("deposit", PARTY, {"amount": 0})] * 2, ("rotate", PARTY, replaced)
    )
    departure = audit(written(told, tmp_path / "ledger.db")).departure
    assert departure is not None
    assert (departure.position, departure.problem) == (2, "author has not used up its quota")


@pytest.mark.parametrize("signs", ["old", "new"])
def test_a_second_record_may_be_signed_with_a_key_that_was_or_is_in_force(
    signs: str, tmp_path: Path
) -> None:
    told, new = told_by(HardenedContract, SETTLED), SigningKey.from_seed(bytes(32))
    said = [parse(data).transaction for data in told.said]
    request = next(t.body["request"] for t in said if t.kind == "request")
    identity, nonce = told.genesis.identity, sum(t.author == FIRST for t in said)
    second = {"request": request, "step": 0, "output": bytes(32)}
    signing = {"old": PARTIES[FIRST], "new": new}[signs]
    evidence = Transaction(identity, "record", FIRST, 0, second).signed(signing)
    exposed = {"request": request, "step": 0, "key": signing.public, "evidence": evidence}
    shown = told.saying(
        ("rotate", PARTIES[FIRST], rotation(identity, FIRST, nonce, new).body),
        ("expose", PARTY, exposed),
    )
    found = audit(written(shown, tmp_path / "ledger.db"))
    assert found.departure is None
    [conviction] = found.convictions
    assert (conviction.party, conviction.rule) == (FIRST, "expose")
    assert [said[at].body.get("step") for at in conviction.evidence] == [0]


# What it takes


def calls(work: Callable[[], object]) -> int:
    """How many functions are called."""
    count = 0

    def note(frame: FrameType, event: str, _: object) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_a_ledger_of_twice_the_length_takes_twice_as_much() -> None:
    few, many = (calls(partial(retold, told)) for told in (busy(30), busy(60)))
    assert many < 2.1 * few


def test_a_version_of_twice_the_steps_takes_twice_as_much() -> None:
    few, many = (calls(partial(retold, agreed(steps))) for steps in (60, 120))
    assert many < 2.1 * few


def agreed(steps: int) -> Told:
    """A version of so many steps, each of another vendor's, which comes into force."""
    vendors = [SigningKey.from_seed(number.to_bytes(32)) for number in range(1, steps + 1)]
    part = TERMS.steps[0]
    terms = attrs.evolve(
        TERMS,
        number=9,
        steps=[attrs.evolve(part, holders=(vendor.public,)) for vendor in vendors],
        spares=0,
        widths=[1] * (steps + 1),
        costs=[2] * (steps + 1),
        rounds=[0] * steps,
    )
    about, begun = {"version": terms.root}, busy(0).genesis
    purses: list[Value] = [[key.public, 10] for key in (*PARTIES.values(), *vendors)]
    begun = attrs.evolve(begun, agreed={**begun.agreed, "purses": purses})
    return Told(begun, CLOCK, []).saying(
        ("propose", PARTIES[PROVIDER], {"terms": terms.body()}),
        *(("sign", PARTIES[party], about) for party in terms.shares),
        *(("acknowledge", key, {**about, "step": step}) for step, key in enumerate(vendors)),
        ("activate", PARTY, about),
    )


def retold(told: Told) -> None:
    said = [parse(data).transaction for data in told.said]
    assert retell(HardenedTale(told.genesis, said, HardenedContract)).departure is None


@given(st.lists(st.tuples(st.integers(-1, 4), st.integers(-1, 4))))
def test_a_sparse_map_is_a_map(writes: Sequence[tuple[int, int]]) -> None:
    """But for keys that nothing was written to: it has all there are."""
    field = Field("level", (Cell,), Level, Map)
    domain = Concrete(Scope({Cell: 4, Level: 4}))
    whole = ConcreteMap(field, domain, dict.fromkeys(range(4), 1))
    sparse = SparseMap(field, domain, {}, blank=1, log=[])
    with reading(domain):
        for key, value in writes:
            assert outcome(whole, key, value) == outcome(sparse, key, value)
            assert [whole[k] for k in range(4)] == [sparse[k] for k in range(4)]
        whole.fill_by(lambda key: max(whole[key] - 1, 1))
        sparse.fill_by(lambda key: max(sparse[key] - 1, 1))
    assert dict(sparse) == {key: value for key, value in whole.items() if value != 1}


def test_a_sparse_map_is_not_filled_where_nothing_was_written() -> None:
    field, domain = Field("level", (Cell,), Level, Map), Concrete(Scope({Cell: 4, Level: 4}))
    sparse = SparseMap(field, domain, {1: 2}, blank=0, log=[])
    with reading(domain), pytest.raises(MachineError, match="level: cells that nobody wrote to"):
        sparse.fill_by(lambda key: sparse[key] + 1)


def outcome(cells: ConcreteMap, key: int, value: int) -> str:
    try:
        cells[key] = value
    except OutOfRange as stopped:
        return str(stopped)
    return ""


def test_a_row_that_leads_says_nothing_for_a_step_that_is_wrong(tmp_path: Path) -> None:
    """An opponent that agrees to everything loses; opened as a whole, the step is wrong all the
    same, and its executor is convicted."""
    begun = busy(0)
    request, said = called(begun.genesis.identity, 0)
    [executor, *_] = [key for kind, key, _ in said if kind == "record"]
    output = openings(request)[1]
    handed = VERSIONS[JOINT].handed(0)
    stated = Statement.of(handed, ONE, output, ROUNDS, Occasion(request, 0, CONSUMER))
    end, about = boundary_state(stated.output), {"request": request}
    consumer, provider = PARTIES[CONSUMER], PARTIES[PROVIDER]
    opened = {"input": ONE, "output": output, "secret": handed[:SALT], "component": NEGATE}
    key, begins = key_of(bytes(32)), {"statement": stated.canonical(), "sealed": b""}
    goes_on = {"statement": b"", "sealed": b""}
    told = begun.saying(
        *said,
        ("dispute", consumer, {**about, "step": 0, "key": key}),
        ("narrow", executor, {**about, **begins, "halvings": 2, "state": end}),
        ("answer", consumer, {**about, "halvings": 1, "same": True}),
        ("narrow", executor, {**about, **goes_on, "halvings": 1, "state": end}),
        ("answer", consumer, {**about, "halvings": 0, "same": True}),
        ("open_row", executor, {**about, "statement": b"", "witness": b""}),
        ("dismiss", consumer, about),
        ("dispute", provider, {**about, "step": 0, "key": key}),
        ("open_step", executor, {**about, **opened}),
        ("uphold", consumer, about),
    )
    found = audit(written(told, tmp_path / "ledger.db"))
    assert found.departure is None
    assert executor.public in {conviction.party for conviction in found.convictions}
