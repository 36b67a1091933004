"""Drives `impl.hardened` as the machine `hardened`: real keys, commitments, seals and a beacon."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from typing import TypeAlias

from checkers.lockstep.driver import Setup
from checkers.market.hardened.agreed import (
    ANYBODY,
    BEACON,
    CLOCK,
    FUNCTIONS,
    OFFERED,
    PARTIES,
    PURSES,
    ROUNDS,
    SCOPE,
    SEEDED,
    VERSIONS,
    genesis,
    held,
)
from checkers.market.hardened.defence import Defence
from checkers.market.hardened.heard import Heard, request_of
from checkers.market.hardened.onlooker import Onlooker
from checkers.market.hardened.view import StandIns, read
from checkers.market.ledger_file import ContractDriver, Fleeting, Submission
from impl.hardened.chance import auditor, seed_of
from impl.hardened.charter import Charter
from impl.hardened.contract import HardenedContract
from impl.hardened.digests import commitment, request_id
from impl.hardened.phases import Phase, Stage
from impl.hardened.records import Request
from impl.hardened.sealing import key_of, seal, unseal
from impl.ledger.block import Block, Stretch
from impl.ledger.genesis import Genesis
from impl.ledger.keys import SigningKey
from impl.ledger.port import KeptLedger, View
from impl.ledger.transaction import Transaction, rotation
from impl.quarrel.salts import SALT, Occasion, Salting, salting_key
from spec.bytes.digest import digest
from spec.bytes.encoding import Value as Field
from spec.bytes.encoding import encode
from spec.bytes.suite import BLAKE3, Suite
from spec.hardened import hardened
from spec.notation.sorts import Value

_REPLACED = "key was not replaced before the step was assigned"


class HardenedDriver(ContractDriver):
    """Drives `impl.hardened`, on a real ledger, as the machine `hardened`.

    Requests are numbered, for their identifiers depend on who makes them. A commitment is named by
    what opens it, and a seed by one under which a request fares alike.
    """

    def __init__(
        self, begun: Genesis, contract: type[HardenedContract], ledger: type[KeptLedger]
    ) -> None:
        super().__init__(hardened, begun, CLOCK, contract, ledger)
        self.onlooker = Onlooker()
        self.ids: dict[int, bytes] = {}
        self.openings: dict[bytes, bytes] = {}
        self.names: dict[bytes, bytes] = {}
        self.seeds: dict[bytes, bytes] = {}
        self.lots: dict[bytes, bytes] = {}
        self.records: dict[tuple[bytes, int], bytes] = {}
        self.forks: dict[bytes, bytes] = {}
        self.keys = {party: [key] for party, key in PARTIES.items()}
        self.leads: dict[int, bool] = {}
        self.heard = Heard()
        self.suite = Charter.parse(begun.agreed).suite

    def defence(self, made: Request) -> Defence:
        """What the executor of a request's disputed step can say and show."""
        return Defence(made, self.openings)

    def send(self, kind: str, key: SigningKey, body: Mapping[str, Field]) -> str | None:
        refusal = super().send(kind, key, body)
        if refusal is None:
            self.heard.follow(kind, body)
        return refusal

    def _made(self, r: int) -> Request | None:
        return self.known(r) if (self._id(r),) in self.view["phase"] else None

    def known(self, r: int) -> Request:
        """A request that is made, as the ledger shows it, and by what was said of it there."""
        return self.heard.of(request_of(self.view, self.ids[r]))

    def _id(self, r: int) -> bytes:
        """A request's identifier; until it is made, one that no request has."""
        return self.ids.get(r, b"")

    # What is no transaction

    def _hand_over(self, m: bytes, i: int, v: bytes, c: bytes) -> str | None:
        if v not in VERSIONS[m].terms.holders(i):
            return "vendor holds the step"
        if self.view["acknowledged"].get((m, i, v)):
            return "component is not acknowledged"
        self.onlooker.hand_over(m, i, v, c)
        return None

    def _hop(self, r: int) -> str | None:
        made = self._made(r)
        if not made or made.phase not in (Phase.WORK, Phase.WINDOW):
            return "somebody is to receive data"
        if self.onlooker.has_received(made):
            return "data has not arrived"
        self.onlooker.arrive(made)
        return None

    def _equivocate(self, r: int, i: int, k: int) -> str | None:
        made = self._made(r)
        if not made or i >= made.turn:
            return "step is recorded"
        if k < made.since[i]:
            return _REPLACED
        if k >= len(self.keys[made.executors[i]]):
            return "key is or was in force"
        self._sign_another(made, i, k)
        return None

    def _forge(self, r: int, i: int, k: int) -> str | None:
        made = self._made(r)
        if not made or i >= made.turn:
            return "step is recorded"
        if (made.id, i) in self.onlooker.second:
            return "no other output is signed"
        if k >= made.since[i]:
            return "key was replaced before the step was assigned"
        self._sign_another(made, i, k)
        return None

    def _sign_another(self, made: Request, i: int, k: int) -> None:
        """Have another output of a step signed; it is kept, for whoever wants to show it."""
        executor, output = made.executors[i], digest("commitment", b"another")
        body: dict[str, Field] = {"request": made.id, "step": i, "output": output}
        said = Transaction(self.ledger.identity, "record", executor, 0, body)
        self.records[made.id, i] = said.signed(self.keys[executor][k])
        self.onlooker.signed_twice(made, i, k)

    def _leave_out(self, r: int) -> str:
        return "what is sent is included"  # this ledger has no node between

    def _leap(self) -> str:
        return "blocks pass one at a time"

    def _overtake(self, r: int) -> str:
        return "what is in time comes first"

    def _foresee(self, r: int) -> str:
        return "beacon's round is unknown"

    def _orphan(self, r: int) -> str:
        return "block is not final"  # what the ledger has acknowledged stays

    def _guess(self, r: int, i: int, d: bytes) -> str:
        return "commitment has no salt"  # nobody can guess one

    # Keys

    def _rotate(self, p: bytes) -> Submission:
        had = self.keys[p]
        new = SigningKey.from_seed(digest("key", encode([p, len(had)])))
        said = rotation(self.ledger.identity, p, self.ledger.next_nonce(p), new)

        def seen() -> None:
            had.append(new)
            self.onlooker.rotated(p)

        return Submission(PARTIES[p], said.body, seen)

    def signed(self, kind: str, key: SigningKey, body: Mapping[str, Field]) -> bytes:
        nonce = self.ledger.next_nonce(key.public)
        said = Transaction(self.ledger.identity, kind, key.public, nonce, dict(body))
        return said.signed(self.keys.get(key.public, [key])[-1])

    # Versions

    def _propose(self, p: bytes, m: bytes) -> Submission:
        return Submission(PARTIES[p], {"terms": VERSIONS[m].terms.body()})

    def _sign(self, p: bytes, m: bytes) -> Submission:
        return Submission(PARTIES[p], {"version": m})

    _collect_share = _sign

    def _acknowledge(self, v: bytes, m: bytes, i: int) -> Submission:
        seen = partial(self.onlooker.acknowledged, m, i, v)
        return Submission(PARTIES[v], {"version": m, "step": i}, seen)

    def _reject(self, v: bytes, m: bytes, i: int) -> Submission:
        return Submission(PARTIES[v], {"version": m, "step": i})

    def _activate(self, m: bytes) -> Submission:
        return Submission(ANYBODY, {"version": m})

    def _retire(self, p: bytes, m: bytes) -> Submission | str:
        # Whose a version is that was never proposed, no contract knows.
        if (m,) not in self.view["stage"] and p != VERSIONS[m].terms.provider:
            return "provider is the version's"
        return Submission(PARTIES[p], {"version": m})

    # Requests

    def _request(self, c: bytes, r: int, m: bytes, x: bytes) -> Submission:
        name = self.ids.get(r) or request_id(self.suite, self.ledger.identity, c, r, m)
        link = commitment(name, 0, x)
        body: dict[str, Field] = {"request": name, "nonce": r, "version": m, "input": link}

        def seen() -> None:
            self.ids[r] = name
            self.openings[link] = self.names[link] = x

        return Submission(PARTIES[c], body, seen)

    def _route(self, r: int, b: bytes) -> Submission:
        made = self._made(r)
        beacon = _beacon(self.suite, VERSIONS[made.version].draws, made.id, b) if made else b""
        seen = partial(self.seeds.__setitem__, self._id(r), b)
        return Submission(BEACON, {"request": self._id(r), "beacon": beacon}, seen)

    def _draw_lots(self, r: int, b: bytes) -> Submission:
        made = self._made(r)
        beacon = _beacon(self.suite, VERSIONS[made.version].audits, made.id, b) if made else b""
        seen = partial(self.lots.__setitem__, self._id(r), b)
        return Submission(BEACON, {"request": self._id(r), "beacon": beacon}, seen)

    def _lapse(self, r: int) -> Submission:
        return Submission(ANYBODY, {"request": self._id(r)})

    def _assign(self, r: int, v: bytes) -> Submission:
        return Submission(PARTIES[v], {"request": self._id(r)})

    def _pass_over(self, r: int, v: bytes) -> Submission:
        return Submission(ANYBODY, {"request": self._id(r), "holder": v})

    _abandon = _pass_over

    def _record(self, v: bytes, r: int, y: bytes) -> Submission:
        made, name = self._made(r), self._id(r)
        turn = made.turn if made else 0
        opening = self._salted(made, y) if made else y
        link = commitment(name, turn + 1, opening)
        body: dict[str, Field] = {"request": name, "step": turn, "output": link}

        def seen() -> None:
            made = self.known(r)
            self.openings[link], self.names[link] = opening, y
            self.records[name, turn] = self.signed("record", PARTIES[v], body)
            self.onlooker.recorded(made, turn, y, self.openings[made.links[turn]])

        return Submission(PARTIES[v], body, seen)

    def _salted(self, made: Request, y: bytes) -> bytes:
        """An output, as its executor is to salt it: otherwise its first move is unsound."""
        spent, handed = self.openings[made.links[-1]], VERSIONS[made.version].handed(made.turn)
        occasion = Occasion(made.id, made.turn)
        return Salting(spent[:SALT], salting_key(handed[:SALT]), occasion).output + y[SALT:]

    def _demand(self, q: bytes, r: int) -> Submission:
        key = key_of(self._secret(r))
        return Submission(PARTIES[q], {"request": self._id(r), "key": key})

    def _secret(self, r: int) -> bytes:
        """Of the key for which the data is to be sealed that a request waits for."""
        made = self._made(r)
        return digest("secret", encode([self._id(r), made.turn if made else 0]))

    def _publish(self, r: int, sound: bool) -> Submission:
        made = self._made(r)
        if not made or not made.key:
            return Submission(ANYBODY, {"request": self._id(r), "sealed": b""})
        opening = self.openings[made.links[-1]]
        told = opening if sound else bytes(SALT) + opening[SALT:]  # another salt
        sealed = seal(made.key, told)

        def seen() -> None:
            self.onlooker.published(self.known(r), unseal(self._secret(r), sealed))

        return Submission(PARTIES[made.sender], {"request": made.id, "sealed": sealed}, seen)

    def _show_bad(self, r: int) -> Submission:
        body: dict[str, Field] = {"request": self._id(r), "secret": self._secret(r)}
        return Submission(ANYBODY, body, self._convicted)

    _show_bad_input = _show_bad

    def _silent(self, r: int) -> Submission:
        return Submission(ANYBODY, {"request": self._id(r)}, self._convicted)

    _replace = _give_up = _withhold = _withhold_input = _refuse_to_open = _silent

    def _convicted(self) -> None:
        """Somebody is convicted who did not do, before everybody's eyes, what was due."""
        self.onlooker.deviated |= {p for (p,) in self.view["convicted"]}

    def _settle(self, r: int) -> Submission:
        def seen() -> None:
            self.onlooker.settled(self.known(r))

        return Submission(ANYBODY, {"request": self._id(r)}, seen)

    def _tick(self) -> Submission:
        return Submission(CLOCK, {})

    # Disputes

    def _dispute(self, q: bytes, r: int, i: int) -> Submission:
        return self._doubt(PARTIES[q], r, i)

    def _audit(self, r: int, i: int) -> Submission:
        made = self._made(r)
        drawn = made and made.lot and i < made.turn
        key = PARTIES[self._auditor(made, i)] if made and drawn else ANYBODY
        return self._doubt(key, r, i)

    def _auditor(self, made: Request, i: int) -> bytes:
        """Whom chance draws to check a step."""
        return auditor(self.suite, made.terms, made.lot, i, made.executors[i])

    def _doubt(self, key: SigningKey, r: int, i: int) -> Submission:
        """Somebody becomes the opponent in a quarrel."""

        def seen() -> None:
            self.onlooker.doubted(self.known(r))
            self._see_lead(r)

        body: dict[str, Field] = {
            "request": self._id(r),
            "step": i,
            "key": key_of(self._opposing(r)),
        }
        return Submission(key, body, seen)

    def _see_lead(self, r: int) -> None:
        """See whether what a quarrel is still about leads to what the executor says."""
        self.leads[r] = self.defence(self.known(r)).leads

    def _opposing(self, r: int) -> bytes:
        """The secret of the key for which an opponent is to be told what went into a step."""
        return digest("opposing", self._id(r))

    def _open_step(self, r: int) -> Submission:
        made = self._made(r)
        if not made or made.disputed >= made.turn:
            nothing = dict.fromkeys(("input", "output", "secret", "component"), b"")
            return Submission(ANYBODY, {"request": self._id(r), **nothing})
        defence = self.defence(made)
        return Submission(PARTIES[defence.executor], {"request": made.id, **defence.opened})

    def _narrow(self, r: int, first: bool, sound: bool) -> Submission:
        made = self._made(r)
        if not made or not made.opponent:
            nothing = dict.fromkeys(("statement", "sealed", "state"), b"")
            return Submission(ANYBODY, {"request": self._id(r), "halvings": 0, **nothing})
        defence = self.defence(made)
        begins = made.game is None

        def seen() -> None:
            made = self.known(r)
            if begins:
                self.onlooker.told(made, self._is_told(r))
            self.onlooker.narrowed(made, first, self.defence(made).leads)

        body: dict[str, Field] = {
            "request": made.id,
            "halvings": made.halvings,
            **defence.telling(sound),
            "state": defence.middle(first),
        }
        return Submission(PARTIES[defence.executor], body, seen)

    def _is_told(self, r: int) -> bool:
        """Whether an executor has told its opponent what that needs."""
        made = self.known(r)
        assert made.told is not None  # the executor has begun
        defence = self.defence(made)
        opening = unseal(self._opposing(r), made.told.sealed)
        is_informed = not defence.is_shown or made.opens(made.disputed, opening)
        return is_informed and made.told.salts == defence.stated.salting(ROUNDS)

    def _answer(self, r: int, same: bool) -> Submission:
        made = self._made(r)
        key = PARTIES[made.opponent] if made and made.opponent else ANYBODY

        def seen() -> None:
            self.onlooker.answered(self.known(r), same)
            self._see_lead(r)

        halvings = made.halvings if made else 0
        body: dict[str, Field] = {"request": self._id(r), "halvings": halvings, "same": same}
        return Submission(key, body, seen)

    def _open_row(self, r: int) -> Submission:
        made = self._made(r)
        if not made or not made.opponent:
            return Submission(ANYBODY, {"request": self._id(r), "statement": b"", "witness": b""})
        defence = self.defence(made)
        return Submission(
            PARTIES[defence.executor],
            {"request": made.id, "statement": defence.statement, "witness": defence.witness},
        )

    def _complain(self, r: int) -> Submission:
        made = self._made(r)
        if not made or not made.opponent:
            nothing = dict.fromkeys(("secret", "salt", "key"), b"")
            return Submission(ANYBODY, {"request": self._id(r), **nothing})
        shown = self.defence(made).shown(self._opposing(r))
        return Submission(ANYBODY, {"request": made.id, **shown})

    def _uphold(self, r: int) -> Submission:
        return Submission(ANYBODY, {"request": self._id(r)})

    _dismiss = _uphold

    def _concede(self, r: int) -> Submission:
        def seen() -> None:
            self.onlooker.deviated.add(self.known(r).opponent)

        return Submission(ANYBODY, {"request": self._id(r)}, seen)

    def _expose(self, r: int, i: int) -> Submission:
        made, name = self._made(r), self._id(r)
        number = self.onlooker.second.get((name, i), 0)
        key = self.keys[made.executors[i]][number].public if made and i < made.turn else b""
        shown: dict[str, Field] = {"key": key, "evidence": self.records.get((name, i), b"")}
        return Submission(ANYBODY, {"request": name, "step": i, **shown})

    def _fork(self, p: bytes) -> str | None:
        # What is signed is kept, for whoever wants to show it.
        self.forks[p] = self._vouched(p, b"another")
        self.onlooker.fork(p)
        return None

    def _show_fork(self, p: bytes) -> Submission:
        first = self._vouched(p, b"one")
        return Submission(ANYBODY, {"party": p, "first": first, "second": self.forks.get(p, first)})

    def _vouched(self, p: bytes, what: bytes) -> bytes:
        """A block that a party vouches for by its signature of the next one."""
        identity = self.ledger.identity
        block = Block(identity, 1, identity, digest("root", what), 1)
        key, blocks = self.keys[p][-1], (block, block.next(block.root, 1))
        return Stretch.of([each.signed(key) for each in blocks]).canonical()

    # Money

    def _deposit(self, p: bytes, n: int) -> Submission:
        return Submission(PARTIES[p], {"amount": n})

    _withdraw = _deposit

    def _collect(self, r: int, i: int) -> Submission:
        def seen() -> None:
            made = self.known(r)
            self.onlooker.collected(made, i, self.view["left"][made.id,])

        return Submission(ANYBODY, {"request": self._id(r), "step": i}, seen)

    # What is to be seen

    def state(self) -> Mapping[str, Value]:
        """The contract's state, and what an onlooker saw, in the terms of the machine."""
        stand_ins = StandIns(
            {name: r for r, name in self.ids.items()},
            link=lambda request, step, commitment: self.names[commitment],
            seed=lambda request, _: self.seeds[request],
            lot=lambda request, _: self.lots[request],
            parties=PARTIES,
        )
        made = {r: self.known(r) for r in self.ids}
        shown = read(_in_full(self.view), stand_ins)
        return {**shown, **self.onlooker.state(made), "leads": self.leads}


def _in_full(view: View) -> View:
    """A view, with what is so of versions that no contract knows, never offered or forgotten.

    Else they would be as at the start, at which a market at work has some that are offered.
    """
    unknown = {m: version for m, version in VERSIONS.items() if (m,) not in view["stage"]}
    blank: View = {
        "stage": {(m,): Stage.DRAFT.name for m in unknown},
        "offered": {(m,): 0 for m in unknown},
        "acknowledged": {(m, i, v): False for m, each in unknown.items() for i, v in held(each)},
    }
    return {**view, **{name: {**view[name], **added} for name, added in blank.items()}}


Decide: TypeAlias = Callable[[Suite, bytes], list[Value]]
"""What a seed decides about a request."""


def _beacon(suite: Suite, decide: Decide, request: bytes, seed: bytes) -> bytes:
    """A round of the beacon after which a request fares as `SEEDED` lets it with a given seed."""
    wanted = decide(SEEDED, seed)
    rounds = (number.to_bytes(8) for number in count())
    return next(r for r in rounds if decide(suite, seed_of(suite, r, request)) == wanted)


def hardened_setup(
    contract: type[HardenedContract] = HardenedContract,
    suite: Suite = BLAKE3,
    ledger: type[KeptLedger] = Fleeting,
) -> Setup:
    """How the hardened protocol is driven against a contract, from an empty ledger of some kind."""
    return Setup(lambda: HardenedDriver(genesis(suite), contract, ledger), SCOPE, FUNCTIONS)


def at_work_setup(
    contract: type[HardenedContract] = HardenedContract,
    suite: Suite = BLAKE3,
    ledger: type[KeptLedger] = Fleeting,
) -> Setup:
    """How the hardened protocol is driven against a contract, from a market at work."""

    def open_market() -> HardenedDriver:
        driver = HardenedDriver(genesis(suite, each=2), contract, ledger)
        _get_ready(driver)
        return driver

    return Setup(open_market, SCOPE, FUNCTIONS)


def _get_ready(driver: HardenedDriver) -> None:
    """Every party has a bond, every holder its component; one version is active, and one to be."""
    for p, money in PURSES.items():
        driver.take("deposit", (p, money))
    for action, *args in OFFERED:
        driver.take(str(action), args)


HARDENED = hardened_setup()
HARDENED_AT_WORK = at_work_setup()
