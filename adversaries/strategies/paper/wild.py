"""What corrupted parties of the paper's markets play, whatever their roles.

Whoever is corrupted does what its role has it do, but for what `will` chooses to have done instead:
it keeps back, delays, repeats and changes what it would say, and says anything else that there is
to say. What is put in the place of something is one of a few things that everybody has, so that
what one says falsely another can have passed on falsely.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar

import attrs
import numpy as np

from adversaries.strategies.paper.sold import API, parts
from adversaries.strategies.will import Will
from adversaries.victim import worse
from impl.ledger.transaction import require
from impl.models.component import parse_tensor
from impl.paper.member import Member
from impl.paper.orchestrated.contract import hashed
from impl.paper.steps import StepContract
from spec.bytes.encoding import Value, encode
from spec.bytes.merkle import bound_root

HABITS = ("acts at once", "acts late", "does nothing")
INSTEAD = ("says so", "says nothing", "says otherwise", "says it twice")
"""What is done of what is to be said to everybody."""
OTHERS = ("what it should", "something else", "junk", "nothing", "something earlier")
"""Which data is passed on, or gone on with."""
PASSES, GOES = "passes on", "goes on with"
"""What is done with data: it is given to whoever is next, or taken for what was given."""
HANDED = ("hands over the component", "hands over another component", "hands over nothing")
SHOWN = ("shows the components", "shows other components", "shows nothing")
"""What a provider does with components."""
UNASKED, ACTS = "unasked", "acts"
"""What saying something unasked is called, and doing something."""
SERVES, RENEWS = "serves somebody off the ledger", "registers another version"
"""What vendors can do unasked, and what providers can."""
KNOWN = 4
"""How many values of those that were said last can stand in a field."""
DIGESTED = ("match", "convict")
"""What the contract is shown when it compares digests: it takes nothing else."""
ANSWERS = ("input", "output", "received", "produced")
"""The fields that have data, or its digest."""


@attrs.frozen
class Deed:
    """What a party does that no honest one does.

    Attributes:
        party: who.
        what: what it was to do instead, in the words of the specification, or does unasked.
        how: what it does of that.
        records: how many stood on the ledger.
    """

    party: str
    what: str
    how: str
    records: int

    def __str__(self) -> str:
        several = "s" * (self.records != 1)
        when = f"after {self.records} record{several}" if self.records else "before any record"
        if self.how != UNASKED:
            return f"{self.party} {self.how} ({self.what.replace('_', ' ')}, {when})"
        does = self.what if self.what in (SERVES, RENEWS) else f"says {self.what}"
        return f"{self.party} {does}, unasked ({when})"


@attrs.define
class Coalition:
    """Those who are corrupted.

    Attributes:
        will: what decides for them.
        deeds: what they did that no honest party does, by occasion, in order.
        had: how often each occasion was there.
        held: the steps of the model whose components they have, to serve others with.
    """

    will: Will
    deeds: dict[str, Deed] = attrs.field(factory=dict)
    had: Counter[str] = attrs.field(factory=Counter)
    held: set[int] = attrs.field(factory=set)


class Wild(Member):
    """Any party that is corrupted.

    Attributes:
        coalition: to which it belongs.
        called: what a kind of transaction is called, if not as its kind, when this party says it.
        own: what this role can do of its own accord, beside saying something.
        is_told: whether this role is told the digests of a model's components.
    """

    coalition: ClassVar[Coalition]
    called: ClassVar[Mapping[str, str]] = {}
    own: ClassVar[Sequence[str]] = ()
    is_told: ClassVar[bool] = False

    @property
    def shared(self) -> StepContract:  # type: ignore[type-arg]  # of either protocol
        """The contract's state, as far as both protocols have it."""
        assert isinstance(self.ledger.contract, StepContract)
        return self.ledger.contract

    def choose(self, what: str, place: str, moves: Sequence[str]) -> str:
        """The move that this party makes at a place; the first is honest."""
        occasion = f"{self.name} {place}"
        move = self.coalition.will.pick(occasion, what, moves)
        if move != moves[0]:
            done = (move, UNASKED) if what in (UNASKED, ACTS) else (what, move)
            deed = Deed(self.name, *done, len(self.shared.records))
            self.coalition.deeds.setdefault(occasion, deed)
        return move

    def time(self, place: str) -> int:
        """How often this party was at a place before."""
        occasion = f"{self.name} {place}"
        self.coalition.had[occasion] += 1
        return self.coalition.had[occasion] - 1

    def begins(self, place: str) -> bool:
        """Whether this party does what is due, now."""
        habit = self.choose("stall", place, HABITS)
        return habit == HABITS[0] or (habit == HABITS[1] and self.time(place) > 0)

    def put(self, does: str, what: str, place: str, data: bytes, earlier: bytes) -> bytes:
        """Some data, or what this party puts in its place as it passes it on or goes on with it."""
        moves = [f"{does} {other}" for other in OTHERS]
        match OTHERS[moves.index(self.choose(what, place, moves))]:
            case "something else":
                return another(data)
            case "junk":
                return b"junk"
            case "nothing":
                return b""
            case "something earlier":
                return earlier
        return data

    def send(self, kind: str, keep: Mapping[str, bytes] | None = None, /, **body: Value) -> int:
        if kind in DIGESTED:
            return super().send(kind, keep, **body)
        what = self.called.get(kind, kind)
        place = f"says {kind} {self.time(kind)}"
        instead = self.choose(what, place, INSTEAD)
        if instead == "says nothing":
            self._change([(self.identity, name, data) for name, data in (keep or {}).items()])
            return -1
        if instead == "says otherwise":
            body |= self._otherwise(what, place, body)
        position = super().send(kind, keep, **body)
        if instead == "says it twice":
            super().send(kind, **body)
        return position

    def _otherwise(self, what: str, place: str, body: Mapping[str, Value]) -> dict[str, Value]:
        """Another value for one of the fields of what is to be said, if there is any."""
        changes = [
            (name, value)
            for name, said in body.items()
            for value in self._possible(name)
            if value != said
        ]
        if not changes:
            return {}
        names = [f"{name} is another ({number})" for number, (name, _) in enumerate(changes)]
        chosen = self.coalition.will.pick(f"{self.name} {place} what", what, names, free=True)
        return dict([changes[names.index(chosen)]])

    def do_more(self, moment: str) -> None:
        """Say anything that there is to say, or do what this role can, unasked. Raises Refused."""
        own = self.choose(ACTS, f"acts {moment}", ("nothing", *self.own))
        if own != "nothing":
            require(API in self.shared.apis, "API is registered")
            self.do_own(own)
        kind = self.choose(UNASKED, f"more {moment}", ("nothing", *sorted(self.shared.kinds)))
        if kind != "nothing":
            body = {
                name: self.coalition.will.pick(
                    f"{self.name} more {moment} {name}",
                    f"{kind}.{name}",
                    self._possible(name),
                    free=True,
                )
                for name in self.shared.kinds[kind]
            }
            super().send(kind, **body)

    def do_own(self, kind: str) -> None:
        """Do something of `own`. Raises Refused."""
        raise NotImplementedError

    def _possible(self, name: str) -> list[Value]:
        """What can stand in a field, by its name."""
        own = [part.digest for part in map(worse, parts())]
        found = [*self._known(name)]
        match name:
            case "request":
                return [*range(len(self.shared.requests) or 1)]
            case "record":
                return [*reversed(range(len(self.shared.records) or 1))]
            case "api":
                return [API, "another"]
            case "components":
                registered: list[Value] = [part.digest for part in parts()]
                return [[*own], *([registered] if self.is_told else []), *found]
            case "signature":
                return [bound_root(own), *found]
            case "claimed":
                return [*own, *found]
            case _ if name in ANSWERS:
                return [hashed(b"junk"), *(v for field in ANSWERS for v in self._known(field))]
        return found or [self.identity]

    def _known(self, name: str) -> list[Value]:
        """What was said in a field last."""
        said = (each.body[name] for _, each in self.ledger if name in each.body)
        found: list[Value] = []
        for value in said:
            if value not in found:
                found.append(value)
        return found[-KNOWN:]


def another(data: bytes) -> bytes:
    """Other data of the same shape, if it is any, so that whoever is given it can go on."""
    try:
        return encode(parse_tensor(data) + np.int64(1))
    except ValueError:
        return data + b"!"
