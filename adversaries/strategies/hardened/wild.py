"""Parties that play anything that messages and transactions allow.

Whoever is corrupted does what its role has it do, but for what `will` chooses to have done instead:
it leaves out, delays, repeats and changes what it would say, says anything else that there is to
say, computes something else and stands by that, and uses what others of the coalition know.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, product
from typing import ClassVar, TypeVar

import attrs
import numpy as np

from adversaries.strategies.will import Will
from impl.hardened.contract import HardenedContract
from impl.hardened.parties.acts import Act, Send, Submit
from impl.hardened.parties.consumer import Consumer
from impl.hardened.parties.correspondent import Correspondent
from impl.hardened.parties.member import Member
from impl.hardened.parties.provider import Provider
from impl.hardened.parties.public import Beacon, Watcher
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from impl.hardened.terms import Terms
from impl.ledger.block import Block, Stretch
from impl.ledger.keys import SigningKey, lock
from impl.ledger.transaction import MalformedTransaction, Refused, Transaction
from impl.ledger.undo import UndoLog
from impl.models.component import parse_tensor
from impl.quarrel.run import Run
from impl.quarrel.salts import SALT
from spec.bytes.encoding import Value, encode

T = TypeVar("T")

HABITS = ("at once", "late", "never")
"""When something is said that is due: late is in the last block of the shortest phase."""
INSTEAD = ("as it should", "not", "otherwise", "twice")
"""What is done of what is to be said: it is, or is not, or is changed, or is said and changed."""
EXTRAS = 2
"""How many transactions or messages beside its duties a party says in a block at most."""
BUSY = 64
"""Blocks after which nothing is said beside duties: the market would never come to rest."""
STEPS = (0, 1, 2, 3)
DOUBTS = (False, True)
OUTPUTS = ("right", "zeros", "off by one", "salted otherwise", "junk")
"""What a vendor commits to."""
RUNS = ("its own", "forged at its end", "forged inside", "none")
"""What a vendor stands by, if a step of its is disputed."""
SHOWN = ("a row of its run", "the whole step")
"""What it shows of that."""
KNOWN, TRIED = 4, 3
"""How many values of those that were said last can stand in a field, and how many are tried."""
WITHIN = 2
"""How many other values are tried of each that is part of a list or a dictionary."""
KINDS = tuple(sorted(HardenedContract.kinds))
PLAIN = tuple(k for k in KINDS if k not in ("propose", "narrow", "open_row", "open_step", "tick"))
"""Those of which it is soon seen whether the contract would take them."""
MAIL = ("data", "component")
"""What messages bring."""
FORK = "fork"
"""Another block in the place of the last one, which somebody of the coalition has signed too."""


@attrs.define
class Coalition:
    """Those who are corrupted, and what all of them know.

    Attributes:
        will: what decides for them.
        names: what everybody is called, by identity.
        keys: what they sign with, by name.
        said: what was said in each field of a transaction or a message, by its name.
        done: the occasions at which something was said beside what was due.
        first: the block in which something was due first, by occasion.
    """

    will: Will
    names: dict[bytes, str] = attrs.field(factory=dict)
    keys: dict[str, SigningKey] = attrs.field(factory=dict)
    said: dict[str, dict[Value, None]] = attrs.field(factory=dict)
    done: set[str] = attrs.field(factory=set)
    first: dict[str, int] = attrs.field(factory=dict)

    def learn(self, fields: Mapping[str, Value]) -> None:
        """Remember what was said."""
        for name, value in fields.items():
            if isinstance(value, bytes | int | str):
                self.said.setdefault(name, {})[value] = None

    def known(self, name: str) -> list[Value]:
        """What was said in a field of a name last."""
        return [*self.said.get(name, ())][-KNOWN:]

    def others(self, name: str, value: Value) -> list[Value]:
        """What can be said in a field in place of something, of its type."""
        match value:
            case bool():
                return [not value]
            case int():
                found = [value + 1, value - 1, 0, 2**63, *self.known(name)]
            case str():
                found = ["", f"{value}'", *self.known(name)]
            case bytes():
                found = [b"", _flipped(value), bytes(32), *self.known(name)]
            case list():
                found = [value[:-1], [*value, *value[-1:]], value[::-1]]
                for at, inner in enumerate(value):
                    within = self._within(name, inner)
                    found += [[*value[:at], other, *value[at + 1 :]] for other in within]
            case dict():
                found = [
                    {**value, key: other}
                    for key, inner in value.items()
                    for other in self._within(key, inner)
                ]
            case _:
                return []
        return [other for other in found if other != value]

    def _within(self, name: str, value: Value) -> list[Value]:
        """What can be said in place of something that is part of a list or a dictionary."""
        found = self.others(name, value)
        return found if isinstance(value, list | dict) else found[:WITHIN]

    def changes(self, fields: Mapping[str, Value]) -> list[tuple[str, Value]]:
        """What can be said in place of some fields: the name of one, and another value."""
        return [
            (name, other) for name, value in fields.items() for other in self.others(name, value)
        ]


class Wild(Member):
    """Any party that is corrupted.

    Attributes:
        coalition: to which it belongs.
    """

    __slots__ = ()

    coalition: ClassVar[Coalition]

    def choose(self, occasion: str, about: str, moves: Sequence[T]) -> T:
        """The move that this party makes at an occasion of this block; the first is honest."""
        return self.coalition.will.pick(self._at(occasion), about, moves)

    def draw(self, occasion: str, about: str, moves: Sequence[T]) -> T:
        """Any of some moves, where none is more honest than the others."""
        return self.coalition.will.pick(self._at(occasion), about, moves, free=True)

    def _at(self, occasion: str) -> str:
        return f"@{self.contract.now} {self.name} {occasion}"

    def _do(self, subject: str, act: Act) -> bool:
        if not isinstance(act, Submit | Send):
            return super()._do(subject, act)
        self.coalition.learn(_fields(act))
        occasion = f"{act.kind} {subject[:6]}"
        if self._keeps(occasion, act.kind):
            return False
        instead = self.choose(occasion, f"instead of {act.kind}", INSTEAD)
        done = instead in ("as it should", "twice") and super()._do(subject, act)
        if instead in ("otherwise", "twice"):
            done |= super()._do(subject, self._changed(occasion, act))
        return done

    def _keeps(self, occasion: str, kind: str) -> bool:
        """Whether this party keeps something to itself that it should say, for ever or by now."""
        at = f"{self.name} {occasion}"
        habit = self.coalition.will.pick(at, f"habit of {kind}", HABITS)
        first = self.coalition.first.setdefault(at, self.contract.now)
        is_early = self.contract.now < first + self.contract.charter.shortest - 1
        return habit == "never" or (habit == "late" and is_early)

    def _changed(self, occasion: str, act: Submit | Send) -> Act:
        """Something that is to be said, with another value in one of its fields."""
        changes = self.coalition.changes(_fields(act))
        if not changes:
            return act
        name, value = self.draw(f"{occasion} changed", f"changed {act.kind}", changes)
        if isinstance(act, Submit):
            return attrs.evolve(act, body={**act.body, name: value})
        return Send(**{**attrs.asdict(act), name: value})

    def _do_what_is_due(self) -> bool:
        return super()._do_what_is_due() or any(map(self._say_more, range(EXTRAS)))

    def _say_more(self, number: int) -> bool:
        """Say anything that there is to say, once in a block; whether it was said."""
        occasion = f"more{number}"
        at = self._at(occasion)
        if at in self.coalition.done or self.contract.now >= BUSY:
            return False
        self.coalition.done.add(at)
        if not self.choose(f"{occasion}?", "more or not", (False, True)):
            return False
        taken = self._taken()
        kind = self.draw(occasion, "more", [*taken, *MAIL, FORK, "anything"])
        act: Act
        if kind in taken:
            act = self.draw(f"{occasion} {kind}", kind, taken[kind])
        elif kind in MAIL:
            act = self._mail(kind)
        elif kind == FORK and self.ledger.last is not None:
            act = self._fork(self.ledger.last.block)
        else:
            act = self._said(self.draw(f"{occasion} kind", kind, KINDS))
        return super()._do(occasion, act)

    def _taken(self) -> dict[str, list[Submit]]:
        """What the contract would take of this party now, by kind: with what fits in each field."""
        found: dict[str, list[Submit]] = {}
        for kind in PLAIN:
            for act in self._fitting(kind):
                if self._would_pass(act):
                    found.setdefault(kind, []).append(act)
        return found

    def _fitting(self, kind: str) -> Iterator[Submit]:
        """Transactions of a kind: about any of the last requests and of the steps."""
        fields = HardenedContract.kinds[kind]
        values = {name: self._possible(name, of) for name, of in fields.items()}
        tried = [values[name][: TRIED if name in ("request", "step") else 1] for name in fields]
        for body in product(*tried):
            yield Submit(kind, dict(zip(fields, body, strict=True)))

    def _would_pass(self, act: Submit) -> bool:
        """Whether the contract would take a transaction; it is not said."""
        log = UndoLog()
        said = Transaction(self.ledger.identity, act.kind, self.identity, 0, act.body)
        try:
            with log.recording():
                self.contract.apply(said)
        except (Refused, MalformedTransaction):
            return False
        finally:
            log.undo()
        return True

    def _said(self, kind: str) -> Submit:
        """A transaction of a kind, of values that fit or were seen."""
        fields = HardenedContract.kinds[kind]
        return Submit(
            kind,
            {
                name: self.draw(f"{kind}.{name}", f"{kind}.{name}", self._possible(name, of))
                for name, of in fields.items()
            },
        )

    def _mail(self, kind: str) -> Send:
        """A message of a kind, about anything, with anything that is known."""
        purses, known = self.contract.charter.purses, self.coalition.known
        content: list[bytes] = [each for each in known("content") if isinstance(each, bytes)]
        return Send(
            kind,
            self.draw(f"{kind} to", f"{kind} to", [*purses]),
            self.draw(f"{kind} about", f"{kind} about", [*self._requests(), *self._versions()]),
            self.draw(f"{kind} step", f"{kind} step", STEPS),
            self.draw(f"{kind} content", f"{kind} content", [b"junk", *content]),
        )

    def _fork(self, last: Block) -> Submit:
        """What shows that somebody of the coalition has signed another block beside the last."""
        key = self.coalition.keys[self.draw(FORK, FORK, [*self.coalition.keys])]
        blocks = last, attrs.evolve(last, root=bytes(len(last.root)))
        first, second = (Stretch.of([block.signed(key)]).canonical() for block in blocks)
        return Submit("show_fork", {"party": key.public, "first": first, "second": second})

    def _possible(self, name: str, of: type) -> list[Value]:
        """What can stand in a field, by its name and type."""
        known = self.coalition.known(name)
        found: list[Value]
        if of is bool:
            found = [True, False]
        elif of is dict:
            bodies = [version.terms.body() for version in self.contract.versions.values()]
            changed = [self.coalition.others(name, body) for body in bodies]
            found = [*bodies, *chain.from_iterable(changed)]
        elif of is int:
            me = self.identity
            money = self.contract.balances[me], self.contract.bonds[me]
            found = [*(STEPS if name == "step" else money), *known]
        elif name in ("holder", "party"):
            found = [*self.contract.charter.purses]
        elif name == "request":
            found = [*self._requests()]
        elif name == "version":
            found = [*self._versions()]
        else:
            found = [lock(self.identity), b"", *known]
        return found or [{}]

    def _requests(self) -> list[bytes]:
        return [*reversed(self.contract.requests), b"none"]

    def _versions(self) -> list[bytes]:
        return [*self.contract.versions, b"none"]


class WildCorrespondent(Wild, Correspondent):
    """A corrupted party that can dispute."""

    __slots__ = ()

    def doubtful(self, made: Request) -> Iterator[int]:
        told = [*super().doubtful(made)]
        yield from told
        for step in range(made.turn):
            occasion = f"doubt {step} {made.id.hex()[:6]}"
            if step not in told and self.choose(occasion, "doubt", DOUBTS):
                yield step


class WildVendor(WildCorrespondent, Vendor):
    """A corrupted vendor: it can commit to anything, and stand by another run."""

    __slots__ = ()

    def work(self, made: Request, step: int) -> bytes:
        opening = super().work(made, step)
        salt, data = opening[:SALT], opening[SALT:]
        match self.choose(f"work {step} {made.id.hex()[:6]}", "work", OUTPUTS):
            case "zeros" if data:  # nothing, which comes of junk, has no numbers
                return salt + encode(np.zeros_like(parse_tensor(data)))
            case "off by one" if data:
                return salt + encode(parse_tensor(data) + 1)
            case "salted otherwise":
                return bytes(SALT) + data
            case "junk":
                return salt + b"junk"
        return opening

    def defend(self, made: Request) -> Iterator[Act]:
        step = made.disputed
        if made.phase is Phase.DISPUTED and made.executors[step] == self.identity:
            shown = self.choose(f"defend {step} {made.id.hex()[:6]}", "shown", SHOWN)
            if shown == "the whole step":
                yield self._whole(made, step)
        yield from super().defend(made)

    def _whole(self, made: Request, step: int) -> Submit:
        """The step that is disputed, to be run again."""
        handed = self.component(made, step)
        shown: dict[str, Value] = {
            "input": self.data(made, step),
            "output": self.opening(made, step + 1),
            "secret": handed[:SALT],
            "component": handed[SALT:],
        }
        return Submit("open_step", {"request": made.id, **shown})

    def run(self, made: Request, step: int) -> Run | None:
        run = super().run(made, step)
        chosen = self.choose(f"run {step} {made.id.hex()[:6]}", "run", RUNS)
        if run is None or chosen == "its own":
            return run
        if chosen == "none":
            return None
        *inner, last = run.tensors
        if chosen == "forged inside" and inner:
            return attrs.evolve(run, tensors=(inner[0], *(t + 1 for t in inner[1:]), last))
        return attrs.evolve(run, tensors=(*inner, last + 1))

    def told(self, made: Request, step: int) -> bytes:
        told = super().told(made, step)
        return self.choose(f"told {step} {made.id.hex()[:6]}", "told", [told, b"", told[::-1]])


class WildProvider(WildCorrespondent, Provider):
    """A corrupted provider: it can hand over anything, and to each holder something else."""

    __slots__ = ()

    def handed(self, terms: Terms, step: int) -> bytes:
        handed = super().handed(terms, step)
        others = [handed[:SALT] + b"junk", bytes(SALT) + handed[SALT:], b""]
        return self.choose(f"hand {step}", "hand", [handed, *others])

    def contribute(self, api: str, number: int, step: int, component: bytes) -> bytes:
        chosen = self.choose(f"contribute {step}", "contribute", [component, b"junk"])
        return super().contribute(api, number, step, chosen)

    def offer(self, terms: Terms) -> bytes:
        body = terms.body()
        changed = self.coalition.others("terms", body)
        chosen = self.choose("offer", "offer", [body, *changed])
        try:
            return super().offer(Terms.parse(chosen))
        except (Refused, MalformedTransaction):  # nobody could propose it
            return super().offer(terms)


class WildConsumer(WildCorrespondent, Consumer):
    """A corrupted consumer."""

    __slots__ = ()


class WildBeacon(Wild, Beacon):
    """A corrupted beacon."""

    __slots__ = ()


class WildWatcher(Wild, Watcher):
    """A corrupted outsider."""

    __slots__ = ()


WILD: Mapping[type[Member], type[Wild]] = {
    Vendor: WildVendor,
    Provider: WildProvider,
    Consumer: WildConsumer,
    Beacon: WildBeacon,
    Watcher: WildWatcher,
}


def corrupted(role: type[Member], coalition: Coalition) -> type[Member]:
    """A role, played by somebody who belongs to a coalition."""
    wild = WILD[role]
    return type(wild.__name__, (wild,), {"coalition": coalition, "__slots__": ()})


def _fields(act: Submit | Send) -> dict[str, Value]:
    """What is said, by field."""
    if isinstance(act, Submit):
        return act.body
    return attrs.asdict(act, filter=attrs.filters.exclude("kind"))


def _flipped(value: bytes) -> bytes:
    return value[:-1] + bytes([value[-1] ^ 1]) if value else b"\0"
