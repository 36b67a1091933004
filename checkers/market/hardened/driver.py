"""The driver of `impl.hardened`: real keys, components, commitments, seals and a beacon."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import count
from pathlib import Path
from typing import TypeAlias

import attrs
import numpy as np
from nacl.public import PrivateKey

from checkers.lockstep.run import Setup
from checkers.market.hardened.view import Naming, shown
from impl.hardened.chance import auditor, drawn, is_audited, seed_of
from impl.hardened.contract import HardenedContract
from impl.hardened.digests import SALT, commitment, leaf, request_id
from impl.hardened.records import Request
from impl.hardened.sealing import seal, unseal
from impl.hardened.statement import Statement
from impl.hardened.terms import Genesis, Phase, Terms
from impl.ledger.keys import SigningKey
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Refused, Transaction
from impl.models.model import Component, Layer
from impl.quarrel.binding import bind
from impl.quarrel.game import Game
from impl.quarrel.outline import Outline
from impl.quarrel.run import Run, rerun
from impl.storage import Storage
from spec.bytes.digest import digest
from spec.bytes.encoding import Value as Field
from spec.bytes.encoding import encode
from spec.bytes.suite import BLAKE3, Suite
from spec.hardened import state as sorts
from spec.notation import Scope
from spec.notation.sorts import Value

Body: TypeAlias = dict[str, Field]
Act: TypeAlias = tuple[SigningKey, Body]
"""Who signs a transaction, and what it says."""

LEDGER = "hardened"


def _keys(count: int, first: int) -> dict[bytes, SigningKey]:
    """Signing keys by their public keys; the same ones every time."""
    made = [SigningKey.from_seed(bytes([first + i]) * 32) for i in range(count)]
    return {key.public: key for key in made}


# What is agreed

PARTIES = _keys(4, 50)
PROVIDER, FIRST, SECOND, CONSUMER = PARTIES
_BEACON, _CLOCK, _ANYBODY = _keys(3, 60).values()
_PURSES = dict(zip(PARTIES, (9, 6, 6, 8), strict=True))
_WINDOWS = dict.fromkeys(Phase, 1) | {
    Phase.ROUTED: 2,
    Phase.DEMANDED: 2,
    Phase.DISPUTED: 2,
    Phase.NARROWED: 2,
    Phase.OPENED: 0,
    Phase.SETTLED: 2,
    Phase.FORFEITED: 2,
    Phase.CANCELLED: 2,
}


_ROUNDS = 2
"""Times that a quarrel is halved: about multiplying, adding, the end of the layer, and nothing."""


def _part(weight: int) -> bytes:
    layer = Layer(np.array([[weight]], np.int64), np.array([0], np.int64), 0, rectified=False)
    return Component((layer,)).canonical()


def _data(number: int) -> bytes:
    return encode(np.array([[number]], np.int64))


_NOTHING = b""
"""What holds no component, or no data."""
_SAME, _NEGATE = _part(1), _part(-1)
_COMPONENTS = [_NOTHING, _SAME, _NEGATE]
_DATA = [_data(1), _data(-1), _NOTHING]
_OPENINGS = [bytes([1 + i]) * SALT + data for i, data in enumerate(_DATA[:2])]
"""What stands for a commitment: what opens it, whatever request and step it is bound to."""
ONE, MINUS_ONE = _OPENINGS
QUIET, AUDITING, AUDITING_FIRST = (digest("seed", bytes([n])) for n in (0, 1, 3))
"""Seeds: of the first version, the second audits step 1, and the third step 0."""
_SEEDED = BLAKE3
"""The suite by which a seed of the machine decides, whichever the contract's is."""


@attrs.frozen
class Plan:
    """A version: the terms on the ledger, and the components behind their leaves."""

    terms: Terms
    parts: tuple[bytes, ...]

    @classmethod
    def make(
        cls, number: int, parts: Sequence[bytes], holders: Sequence[Sequence[bytes]]
    ) -> "Plan":
        """A version that costs 2 for each step, or 1 for the last one, and 2 for the providers."""
        steps = [
            {v: leaf(_salt(number, i, v), "digits", number, i, v, _root(part)) for v in held}
            for i, (part, held) in enumerate(zip(parts, holders, strict=True))
        ]
        terms = Terms(
            api="digits",
            number=number,
            provider=PROVIDER,
            shares={PROVIDER: 60, FIRST: 40},
            steps=steps,
            spares=1,
            costs=[5, 3, 2] if len(steps) == 2 else [4, 3],
            stake=2,
            toll=1,
            rounds=[_ROUNDS] * len(steps),
            windows=_WINDOWS,
        )
        return cls(terms, tuple(parts))

    @property
    def last(self) -> int:
        """The last step."""
        return len(self.parts) - 1

    def part(self, step: int) -> bytes:
        """The component of a step; past the last there is none."""
        return self.parts[step] if step <= self.last else _NOTHING

    def cost(self, step: int) -> int:
        """What is paid from a step on."""
        return self.terms.costs[min(step, self.last + 1)]

    def drawn(self, suite: Suite, step: int, seed: bytes, attempt: int) -> bytes:
        """Whom chance draws; where there is no such step, or nobody is left, just anybody."""
        holders = self.terms.holders(step)
        return drawn(suite, holders, seed, step, attempt) if attempt < len(holders) else PROVIDER

    def checks(self, suite: Suite, step: int, lot: bytes, executor: bytes) -> bytes:
        """Who checks what that one recorded; where there is no such step, the provider."""
        return auditor(suite, self.terms.holders(step), PROVIDER, lot, step, executor)

    def draws(self, suite: Suite, seed: bytes) -> list[Value]:
        """All that a seed decides about who executes a request."""
        steps, attempts = range(self.last + 1), range(self.terms.spares + 1)
        return [self.drawn(suite, i, seed, a) for i in steps for a in attempts]

    def audits(self, suite: Suite, lot: bytes) -> list[Value]:
        """All that a seed decides about the audits of a request."""
        steps = range(self.last + 1)
        held = [(i, lot, v) for i in steps for v in self.terms.holders(i)]
        return [
            *(self.checks(suite, *place) for place in held),
            *(is_audited(suite, lot, i) for i in steps),
        ]


def _root(part: bytes) -> bytes:
    return Outline.of(Component.parse(part)).digest


def _salt(number: int, step: int, holder: bytes) -> bytes:
    return digest("salt", encode([number, step, holder]))[:SALT]


PLANS = {
    plan.terms.root: plan
    for plan in (
        Plan.make(1, (_NEGATE, _SAME), ((FIRST, SECOND), (SECOND, FIRST, PROVIDER))),
        Plan.make(2, (_NEGATE,), ((SECOND, CONSUMER),)),
    )
}
JOINT, SINGLE = PLANS
"""Version 1 has two steps, of which the second leaves data as it is; version 2 has the first."""


@cache
def _run(part: bytes, data: bytes) -> bytes:
    """What a component really makes of data; nothing comes of nothing."""
    return Component.parse(part).run_bytes(data) if part and data else _NOTHING


@cache
def _traces(part: bytes) -> list[Run]:
    """What parties say they had: runs of a component on what was given, and on other numbers."""
    return [Run.of(Component.parse(part), _data(number)) for number in (1, -1, 2, 3, 4)]


Decide: TypeAlias = Callable[[Suite, bytes], list[Value]]
"""What a seed decides about a request."""


def _beacon(suite: Suite, decide: Decide, request: bytes, seed: bytes) -> bytes:
    """A round of the beacon after which a request fares as `_SEEDED` lets it with a given seed."""
    wanted = decide(_SEEDED, seed)
    rounds = (number.to_bytes(8) for number in count())
    return next(r for r in rounds if decide(suite, seed_of(suite, r, request)) == wanted)


# What no contract sees


class Onlooker:
    """Who sees everything: what changes hands, who deviates, and what arrives.

    Components, and data that arrives, lie in the parties' own storages.
    """

    def __init__(self, folder: Path) -> None:
        self.storages = {p: Storage(folder / p.hex()) for p in PARTIES}
        self.handed: set[tuple[bytes, int, bytes]] = set()
        self.deviated: set[bytes] = set()
        self.sound: dict[bytes, bool] = {}
        self.unsound: set[tuple[bytes, int]] = set()
        self.neglected: set[bytes] = set()
        self.second: set[tuple[bytes, int]] = set()
        self.fled: set[tuple[bytes, int]] = set()
        self.first_holds: dict[bytes, bool] = {}

    def hand_over(self, m: bytes, i: int, v: bytes, part: bytes) -> None:
        """A provider hands a component to a holder."""
        self.storages[v].put(f"component/{m.hex()}/{i}", part)
        self.handed.add((m, i, v))
        if part != PLANS[m].part(i):
            self.deviated.add(PLANS[m].terms.provider)

    def held(self, m: bytes, i: int, v: bytes) -> bytes:
        """What a holder was handed."""
        if (m, i, v) not in self.handed:
            return _NOTHING
        return self.storages[v].get(f"component/{m.hex()}/{i}")

    def recorded(self, made: Request, i: int, output: bytes, spent: bytes) -> None:
        """An executor has recorded a step; it deviates unless what it was handed gives that."""
        v = made.executors[i]
        if _run(self.held(made.version, i, v), spent[SALT:]) != output[SALT:]:
            self.deviated.add(v)

    def arrive(self, made: Request, opening: bytes) -> None:
        """Data arrives at who is to have it."""
        assert made.receiver is not None  # somebody is to receive it
        self.storages[made.receiver].put(_received(made), opening)

    def has_received(self, made: Request) -> bool:
        """Whether who is to receive data next has it."""
        receiver = made.receiver
        return receiver is not None and not self.storages[receiver].missing(_received(made))

    def published(self, made: Request, opening: bytes | None) -> None:
        """A sender has published data, and its receiver has unsealed it, if that was possible."""
        self.sound[made.id] = opening is not None and made.opens(made.turn, opening)
        if opening is not None and self.sound[made.id]:
            self.arrive(made, opening)
        else:
            self.unsound.add((made.id, made.turn))
            self.deviated.add(made.sender)

    def settled(self, made: Request) -> None:
        """A request has settled; its consumer may have let it, without having its output."""
        answered = made.published is not None
        if (answered and not self.sound[made.id]) or not (answered or self.has_received(made)):
            self.neglected.add(made.id)


def _received(made: Request) -> str:
    return f"received/{made.id.hex()}/{made.turn}"


_SILENT = (
    "replace",
    "give_up",
    "withhold",
    "withhold_input",
    "show_bad",
    "show_bad_input",
    "refuse_to_open",
)
"""Transactions that convict whoever did not do, before everybody's eyes, what was due."""


class HardenedDriver:
    """Drives `impl.hardened`, on a real ledger, as the machine `hardened`.

    Requests are numbered, for their identifiers depend on who makes them. A commitment is named by
    what opens it, and a seed by one under which a request fares alike.
    """

    def __init__(self, contract: HardenedContract) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="tallystick-")
        folder = Path(self._folder.name)
        self._path = folder / "ledger.db"
        self.ledger = Ledger.create(self._path, LEDGER, contract, synchronous="NORMAL")
        self.onlooker = Onlooker(folder)
        self.ids: dict[int, bytes] = {}
        self.openings: dict[bytes, bytes] = {}
        self.seeds: dict[bytes, bytes] = {}
        self.lots: dict[bytes, bytes] = {}
        self.records: dict[tuple[bytes, int], bytes] = {}

    @property
    def contract(self) -> HardenedContract:
        """The contract's state."""
        assert isinstance(self.ledger.contract, HardenedContract)  # it was opened with one
        return self.ledger.contract

    @property
    def suite(self) -> Suite:
        """How the contract computes identifiers and chance."""
        return self.contract.genesis.suite

    def restart(self) -> None:
        """Close the ledger, and open it again from its file."""
        self.ledger.close()
        self.ledger = Ledger.open(self._path, self.contract.fresh(), synchronous="NORMAL")

    def close(self) -> None:
        """Let go of the file, and remove it."""
        self.ledger.close()
        self._folder.cleanup()

    def send(self, kind: str, key: SigningKey, body: Body) -> str | None:
        """Submit a transaction; why it is refused, if it is."""
        try:
            self.ledger.submit(self._signed(kind, key, body))
        except Refused as refusal:
            return refusal.reason
        return None

    def _signed(self, kind: str, key: SigningKey, body: Body) -> bytes:
        nonce = self.ledger.next_nonce(key.public)
        return Transaction(LEDGER, kind, key.public, nonce, body).signed(key)

    def take(self, action: str, args: Sequence[Value]) -> str | None:
        """Submit an action as its transaction; what is none is done, or refused, without."""
        act: Act | str | None = getattr(self, f"_{action}")(*args)
        if act is None or isinstance(act, str):
            return act
        key, body = act
        refusal = self.send(action, key, body)
        if refusal is None:
            getattr(self, f"_after_{action}", lambda *_: None)(body, *args)
            if action in _SILENT:
                self.onlooker.deviated |= self.contract.convicted
        return refusal

    def _made(self, r: int) -> Request | None:
        return self.contract.requests.get(self._id(r))

    def _id(self, r: int) -> bytes:
        """A request's identifier; until it is made, one that no request has."""
        return self.ids.get(r, b"")

    # What is no transaction

    def _hand_over(self, m: bytes, i: int, v: bytes, c: bytes) -> str | None:
        if v not in PLANS[m].terms.holders(i):
            return "vendor holds the step"
        version = self.contract.versions.get(m)
        if version and (i, v) in version.acknowledged:
            return "component is not acknowledged"
        self.onlooker.hand_over(m, i, v, c)
        return None

    def _hop(self, r: int) -> str | None:
        made = self._made(r)
        if not made or made.phase not in (Phase.WORK, Phase.WINDOW):
            return "somebody is to receive data"
        if self.onlooker.has_received(made):
            return "data has not arrived"
        self.onlooker.arrive(made, self.openings[made.links[-1]])
        return None

    def _equivocate(self, r: int, i: int) -> str | None:
        # What is signed is kept, for whoever wants to show it.
        made = self._made(r)
        if not made or i >= made.turn:
            return "step is recorded"
        executor = made.executors[i]
        body: Body = {"request": made.id, "step": i, "output": digest("commitment", b"another")}
        self.records[made.id, i] = self._signed("record", PARTIES[executor], body)
        self.onlooker.second.add((made.id, i))
        self.onlooker.deviated.add(executor)
        return None

    def _orphan(self, r: int) -> str:
        return "block is not final"  # what the ledger has acknowledged stays

    def _guess(self, r: int, i: int, d: bytes) -> str:
        return "commitment has no salt"  # nobody can guess one

    # Versions

    def _propose(self, p: bytes, m: bytes) -> Act:
        return PARTIES[p], {"terms": PLANS[m].terms.body()}

    def _sign(self, p: bytes, m: bytes) -> Act:
        return PARTIES[p], {"version": m}

    _draw = _sign

    def _acknowledge(self, v: bytes, m: bytes, i: int) -> Act:
        return PARTIES[v], {"version": m, "step": i}

    _reject = _acknowledge

    def _after_acknowledge(self, _: Body, v: bytes, m: bytes, i: int) -> None:
        if self.onlooker.held(m, i, v) != PLANS[m].part(i):
            self.onlooker.deviated.add(v)

    def _activate(self, m: bytes) -> Act:
        return _ANYBODY, {"version": m}

    def _retire(self, p: bytes, m: bytes) -> Act | str:
        # Whose a version is that was never proposed, no contract knows.
        if m not in self.contract.versions and p != PLANS[m].terms.provider:
            return "provider is the version's"
        return PARTIES[p], {"version": m}

    # Requests

    def _request(self, c: bytes, r: int, m: bytes, x: bytes) -> Act:
        name = self.ids.get(r) or request_id(self.suite, LEDGER, c, r, m)
        body: Body = {"request": name, "nonce": r, "version": m, "input": commitment(name, 0, x)}
        return PARTIES[c], body

    def _after_request(self, body: Body, c: bytes, r: int, m: bytes, x: bytes) -> None:
        self.ids[r] = request_id(self.suite, LEDGER, c, r, m)
        self.openings[commitment(self.ids[r], 0, x)] = x

    def _route(self, r: int, b: bytes) -> Act:
        made = self._made(r)
        beacon = _beacon(self.suite, PLANS[made.version].draws, made.id, b) if made else b""
        return _BEACON, {"request": self._id(r), "beacon": beacon}

    def _draw_lots(self, r: int, b: bytes) -> Act:
        made = self._made(r)
        beacon = _beacon(self.suite, PLANS[made.version].audits, made.id, b) if made else b""
        return _BEACON, {"request": self._id(r), "beacon": beacon}

    def _after_draw_lots(self, body: Body, r: int, b: bytes) -> None:
        self.lots[self.ids[r]] = b

    def _after_route(self, body: Body, r: int, b: bytes) -> None:
        self.seeds[self.ids[r]] = b

    def _assign(self, r: int, v: bytes) -> Act:
        return PARTIES[v], {"request": self._id(r)}

    def _pass_over(self, r: int, v: bytes) -> Act:
        return _ANYBODY, {"request": self._id(r), "holder": v}

    _abandon = _pass_over

    def _record(self, v: bytes, r: int, y: bytes) -> Act:
        made = self._made(r)
        turn, name = made.turn if made else 0, self._id(r)
        body: Body = {"request": name, "step": turn, "output": commitment(name, turn + 1, y)}
        return PARTIES[v], body

    def _after_record(self, body: Body, v: bytes, r: int, y: bytes) -> None:
        made = self.contract.requests[self.ids[r]]
        step = made.turn - 1
        self.openings[commitment(made.id, step + 1, y)] = y
        self.records[made.id, step] = self._signed("record", PARTIES[v], body)
        self.onlooker.recorded(made, step, y, self.openings[made.links[step]])

    def _demand(self, q: bytes, r: int) -> Act:
        return PARTIES[q], {"request": self._id(r), "key": bytes(self._secret(r).public_key)}

    def _secret(self, r: int) -> PrivateKey:
        """Of the key for which the data is to be sealed that a request waits for."""
        made = self._made(r)
        return PrivateKey(digest("secret", encode([self._id(r), made.turn if made else 0])))

    def _publish(self, r: int, sound: bool) -> Act:
        made = self._made(r)
        if not made or not made.key:
            return _ANYBODY, {"request": self._id(r), "sealed": b""}
        opening = self.openings[made.links[-1]]
        shown = opening if sound else bytes(SALT) + opening[SALT:]  # another salt
        return PARTIES[made.sender], {"request": made.id, "sealed": seal(made.key, shown)}

    def _after_publish(self, body: Body, r: int, sound: bool) -> None:
        made = self.contract.requests[self.ids[r]]
        assert made.published is not None  # it was just now
        self.onlooker.published(made, unseal(bytes(self._secret(r)), made.published))

    def _show_bad(self, r: int) -> Act:
        return _ANYBODY, {"request": self._id(r), "secret": bytes(self._secret(r))}

    _show_bad_input = _show_bad

    def _about(self, r: int) -> Act:
        return _ANYBODY, {"request": self._id(r)}

    _replace = _give_up = _withhold = _withhold_input = _settle = _about

    def _after_settle(self, body: Body, r: int) -> None:
        self.onlooker.settled(self.contract.requests[self.ids[r]])

    def _cancel(self, c: bytes, r: int) -> Act | str:
        # In the machine a request that is not made has a consumer: the first party.
        if r not in self.ids and c == PROVIDER:
            return "a step is left"
        return PARTIES[c], {"request": self._id(r)}

    def _tick(self) -> Act:
        return _CLOCK, {}

    # Disputes

    def _dispute(self, q: bytes, r: int, i: int) -> Act:
        return PARTIES[q], {"request": self._id(r), "step": i}

    def _audit(self, r: int, i: int) -> Act:
        return _ANYBODY, {"request": self._id(r), "step": i}

    def _open_step(self, r: int) -> Act:
        made = self._made(r)
        if not made or made.disputed >= made.turn:
            none = dict.fromkeys(("input", "output", "salt", "component"), b"")
            return _ANYBODY, {"request": self._id(r), **none}
        step = made.disputed
        executor = made.executors[step]
        return PARTIES[executor], {
            "request": made.id,
            "input": self.openings[made.links[step]],
            "output": self.openings[made.links[step + 1]],
            "salt": _salt(made.terms.number, step, executor),
            "component": PLANS[made.version].part(step),
        }

    def _narrow(self, r: int, first: bool) -> Act:
        made = self._made(r)
        if not made or not made.opponent:
            return _ANYBODY, {"request": self._id(r), "statement": b"", "state": b""}
        game = self._game(made)
        state = self._claim(made, game, first).digest(game.middle)
        return self._executor(made), {
            "request": made.id,
            "statement": self._statement(made),
            "state": state,
        }

    def _after_narrow(self, body: Body, r: int, first: bool) -> None:
        made = self.contract.requests[self.ids[r]]
        self.onlooker.first_holds[made.id] = first
        if self._holds(made) and not first:
            self.onlooker.deviated.add(made.executors[made.disputed])

    def _answer(self, r: int, same: bool) -> Act:
        made = self._made(r)
        key = PARTIES[made.opponent] if made and made.opponent else _ANYBODY
        return key, {"request": self._id(r), "same": same}

    def _after_answer(self, body: Body, r: int, same: bool) -> None:
        made = self.contract.requests[self.ids[r]]
        if same != self.onlooker.first_holds[made.id]:
            self.onlooker.deviated.add(made.opponent)

    def _open_row(self, r: int) -> Act:
        made = self._made(r)
        if not made or not made.opponent:
            return _ANYBODY, {"request": self._id(r), "statement": b"", "witness": b""}
        game = self._game(made)
        return self._executor(made), {
            "request": made.id,
            "statement": self._statement(made),
            "witness": self._agreed(made, game).witness(game.low),
        }

    _refuse_to_open = _uphold = _dismiss = _concede = _about

    def _after_concede(self, body: Body, r: int) -> None:
        self.onlooker.deviated.add(self.contract.requests[self.ids[r]].opponent)

    def _executor(self, made: Request) -> SigningKey:
        """Of the disputed step."""
        return PARTIES[made.executors[made.disputed]]

    def _statement(self, made: Request) -> bytes:
        """What the executor states with its first move."""
        return b"" if made.game else self._stated(made).canonical()

    def _stated(self, made: Request) -> Statement:
        step, executor = made.disputed, made.executors[made.disputed]
        spent, output = (self.openings[link] for link in made.links[step : step + 2])
        return Statement(
            outline=Outline.of(Component.parse(PLANS[made.version].part(step))),
            component_salt=_salt(made.terms.number, step, executor),
            input_salt=spent[:SALT],
            output_salt=output[:SALT],
            input=bind(spent[SALT:]),
            output=bind(output[SALT:]).digest,
        )

    def _game(self, made: Request) -> Game:
        """The quarrel: as it stands, or as the executor will open it."""
        shown = self._stated(made)
        return made.game or Game.padded(shown.outline, shown.input, shown.output, _ROUNDS)

    def _agreed(self, made: Request, game: Game) -> Run:
        """The run that both sides agree on, up to where the quarrel begins."""
        traces = _traces(PLANS[made.version].part(made.disputed))
        return next(trace for trace in traces if trace.digest(game.low) == game.at_low)

    def _claim(self, made: Request, game: Game, first: bool) -> Run:
        """A run to which the first half of the quarrel leads; or one with which no half holds."""
        if first:
            return self._agreed(made, game)
        ends = {game.at_low, game.at_high}
        traces = _traces(PLANS[made.version].part(made.disputed))
        return next(t for t in traces if not {t.digest(game.low), t.digest(game.high)} & ends)

    def _holds(self, made: Request) -> bool:
        """Whether what is left of the quarrel leads to what the executor says."""
        game = self._game(made)
        return self._agreed(made, game).digest(game.high) == game.at_high

    def _expose(self, r: int, i: int) -> Act:
        evidence = self.records.get((self._id(r), i), b"")
        return _ANYBODY, {"request": self._id(r), "step": i, "evidence": evidence}

    # Money

    def _deposit(self, p: bytes, n: int) -> Act:
        return PARTIES[p], {"amount": n}

    _withdraw = _deposit

    def _collect(self, r: int, i: int) -> Act:
        return _ANYBODY, {"request": self._id(r), "step": i}

    def _after_collect(self, body: Body, r: int, i: int) -> None:
        made = self.contract.requests[self.ids[r]]
        if (made.id, i) in self.onlooker.second and self.contract.left(made):
            self.onlooker.fled.add((made.id, i))

    # What is to be seen

    def state(self) -> Mapping[str, Value]:
        """The contract's state, and what an onlooker saw, in the terms of the machine."""
        naming = Naming(
            self.ids,
            link=lambda made, step: self.openings[made.links[step]],
            seed=lambda made: self.seeds[made.id],
            lot=lambda made: self.lots[made.id],
            parties=PARTIES,
        )
        return {**shown(self.contract, naming), **self._seen()}

    def _seen(self) -> Mapping[str, Value]:
        seen = self.onlooker
        number = {name: r for r, name in self.ids.items()}
        made = {r: self.contract.requests[name] for r, name in self.ids.items()}
        return {
            "handed": {key: seen.held(*key) for key in seen.handed},
            "received": {r: seen.has_received(q) for r, q in made.items()},
            "signed_twice": {(number[name], i): True for name, i in seen.second},
            "sound": {number[name]: sound for name, sound in seen.sound.items()},
            "unsound": {(number[name], i): True for name, i in seen.unsound},
            "deviated": dict.fromkeys(seen.deviated, True),
            "holds": {r: self._holds(q) for r, q in made.items() if q.opponent},
            "first_holds": {number[name]: holds for name, holds in seen.first_holds.items()},
            "neglected": {number[name]: True for name in seen.neglected},
            "in_vain": {},
            "guessed": {},
            "fled": {(number[name], i): True for name, i in seen.fled},
        }


_SCOPE = Scope(
    sizes={
        sorts.Request: 2,
        sorts.Step: 3,
        sorts.Attempt: 2,
        sorts.Chance: 2,
        sorts.Round: _ROUNDS + 1,
        sorts.Time: 3,
        sorts.Money: 2 * sum(_PURSES.values()) + 1,
        sorts.Percent: 101,
    },
    universe={
        sorts.Party: list(PARTIES),
        sorts.Api: ["digits"],
        sorts.Version: list(PLANS),
        sorts.Component: _COMPONENTS,
        sorts.Data: _DATA,
        sorts.Commitment: _OPENINGS,
        sorts.Seed: [QUIET, AUDITING, AUDITING_FIRST],
    },
)
_AGREED: Mapping[str, Value] = {
    "balance": _PURSES,
    "api": lambda m: PLANS[m].terms.api,
    "provider": lambda m: PLANS[m].terms.provider,
    "contributes": lambda m, p: p in PLANS[m].terms.shares,
    "share": lambda m, p: PLANS[m].terms.shares.get(p, 0),
    "last": lambda m: PLANS[m].last,
    "component": lambda m, i: PLANS[m].part(i),
    "holder": lambda m, i, p: p in PLANS[m].terms.holders(i),
    "spares": lambda m: PLANS[m].terms.spares,
    "cost": lambda m, i: PLANS[m].cost(i),
    "stake": lambda m: PLANS[m].terms.stake,
    "toll": lambda m: PLANS[m].terms.toll,
    "rounds": lambda m, i: _ROUNDS,
    "window": lambda phase: _WINDOWS[Phase[phase.name]] if phase.value else 0,
    "purse": lambda p: _PURSES[p],
    "run": _run,
    "rerun": lambda part, data: rerun(part, data, _ROUNDS),
    "opens": lambda x: x[SALT:],
    # The machine's numbers are of classes of their own, which have no canonical bytes.
    "drawn": lambda m, i, b, a: PLANS[m].drawn(_SEEDED, int(i), b, int(a)),
    "checks": lambda m, i, b, p: PLANS[m].checks(_SEEDED, int(i), b, p),
    "audited": lambda b, i: is_audited(_SEEDED, b, int(i)),
}

Make: TypeAlias = Callable[[Genesis], HardenedContract]


def _genesis(purses: Mapping[bytes, int], suite: Suite) -> Genesis:
    return Genesis(LEDGER, purses, _BEACON.public, _CLOCK.public, suite)


def hardened_setup(make: Make = HardenedContract, suite: Suite = BLAKE3) -> Setup:
    """How the hardened protocol is driven against a contract, from an empty ledger."""
    genesis = _genesis(_PURSES, suite)
    return Setup(lambda: HardenedDriver(make(genesis)), _SCOPE, _AGREED)


def at_work_setup(make: Make = HardenedContract, suite: Suite = BLAKE3) -> Setup:
    """How it is driven from a market at work."""
    genesis = _genesis({p: 2 * money for p, money in _PURSES.items()}, suite)

    def open_market() -> HardenedDriver:
        driver = HardenedDriver(make(genesis))
        _get_ready(driver)
        return driver

    return Setup(open_market, _SCOPE, _AGREED)


def _get_ready(driver: HardenedDriver) -> None:
    """Every party has a bond, every holder its component; one version is active, and one to be."""
    for p, money in _PURSES.items():
        driver.take("deposit", (p, money))
    holdings = {
        m: [(i, v) for i in range(plan.last + 1) for v in plan.terms.holders(i)]
        for m, plan in PLANS.items()
    }
    for m, held in holdings.items():
        for i, v in held:
            driver.onlooker.hand_over(m, i, v, PLANS[m].part(i))
    for m, plan in PLANS.items():
        driver.take("propose", (plan.terms.provider, m))
        for i, v in holdings[m]:
            driver.take("acknowledge", (v, m, i))
    for p in PLANS[JOINT].terms.shares:
        driver.take("sign", (p, JOINT))
    driver.take("activate", (JOINT,))


HARDENED = hardened_setup()
HARDENED_AT_WORK = at_work_setup()
