"""What can be done with a market in a folder, of whichever variant."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Literal, Protocol, Self, TypeAlias

import attrs

from checkers.host.telling import Tell
from checkers.market.folder.names import Names, short
from checkers.results.page import Block, Line, Mark, Table
from impl.models.component import Component
from impl.models.face import Face
from spec.notation import MachineError

Side = Literal["consumer", "provider"]
"""Who can dispute."""
Show: TypeAlias = Callable[[Iterable[Block]], None]
"""Shows people a page."""
LAST = "last"
"""What the request that was made last can be called."""


class Ware(Protocol):
    """A model for sale. Those that there are take long to import (`wares`)."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def face(self) -> Face:
        """How it is asked, and how its answers are read."""

    def lost(self) -> Iterator[Line]:
        """How far it is from what it was made of, as far as that is looked at."""

    def split(self, parts: int | None, most: int) -> Sequence[Component]:
        """So many parts; else as many as can be, but no more than the most. Raises MachineError."""


@attrs.frozen
class Plan:
    """What a new market is to be.

    Attributes:
        vendors, consumers: how many.
        purse: the money that each party begins with; None where the variant knows no money.
        windows: the blocks that a request may stay in each phase; None where it knows no time.
        cast: who deviates, by name, and how: `lazy`.
    """

    vendors: int
    consumers: int
    purse: int | None = None
    windows: int | None = None
    cast: Mapping[str, str] = attrs.field(factory=dict)

    def cast_of(self, roles: Collection[str], others: Sequence[str]) -> dict[str, str]:
        """The role of each party by name; others are called what they do. Raises MachineError."""
        found = {
            "provider": "provider",
            **{f"vendor{i}": "vendor" for i in range(self.vendors)},
            **{f"consumer{i}": "consumer" for i in range(self.consumers)},
            **{name: name for name in others},
        }
        for name, manner in self.cast.items():
            if name not in found:
                known = ", ".join(found)
                raise MachineError(
                    f"--cast {name}={manner}: there is no {name}; give one of {known}"
                )
            honest = found[name].split()[-1]
            ways = [
                role.removesuffix(f" {honest}") for role in roles if role.endswith(f" {honest}")
            ]
            if manner not in ways:
                known = ", ".join(ways)
                raise MachineError(
                    f"--cast {name}={manner}: no {honest} deviates so; give one of {known}"
                )
            found[name] = f"{manner} {honest}"
        return found

    def refuse_money(self, variant: str) -> None:
        """Refuse what only a variant with money and time has. Raises MachineError."""
        for option, given in (("--purse", self.purse), ("--windows", self.windows)):
            if given is not None:
                raise MachineError(
                    f"{option} {given}: {variant} knows neither money nor time; leave it out, "
                    "or give --variant hardened"
                )


@attrs.frozen
class Report:
    """What was done, or how things stand.

    Attributes:
        page: what people are shown.
        json: the same as plain data.
        mark: whether it came out as it should not, or has not come out yet.
        then: is called once people have been shown it.
    """

    page: Sequence[Block]
    json: Mapping[str, object]
    mark: Mark = ""
    then: Callable[[], None] = lambda: None

    def followed_by(self, other: "Report") -> "Report":
        """This, and what another says besides."""
        return attrs.evolve(self, page=[*self.page, *other.page], json={**self.json, **other.json})


@attrs.frozen
class Answered(Report):
    """What came of a request.

    Attributes:
        brief: what was asked, the request, the answer, and what it came to, each in a few words.
    """

    brief: tuple[str, str, str, str] = attrs.field(kw_only=True)


def together(answers: Sequence[Answered]) -> Report:
    """What came of several requests: a row for each, or of one alone everything."""
    marks = {answer.mark for answer in answers}
    mark: Mark = "against" if "against" in marks else "undecided" if "undecided" in marks else ""
    json = {"requests": [answer.json for answer in answers]}
    if len(answers) == 1:
        return Report(answers[0].page, json, mark)
    rows = [(*a.brief[:-1], Line(a.brief[-1], a.mark)) for a in answers]
    return Report([Table.of(("asked", "request", "", ""), rows)], json, mark)


class Kept(ABC):
    """A market in a folder. What cannot be done is refused by a MachineError, with the mend.

    Attributes:
        variant: its name.
        roles: what somebody can be cast as, such as `vendor`, or `lazy vendor`.
        folder: where it is.
        names: who takes part.
    """

    variant: ClassVar[str]
    roles: ClassVar[Mapping[str, type]]
    folder: Path
    names: Names

    @classmethod
    @abstractmethod
    def create(cls, folder: Path, plan: Plan) -> None:
        """Make one in a folder that is to be its own. Raises MachineError."""

    @classmethod
    @abstractmethod
    def open(cls, folder: Path, names: Names, *, reading: bool) -> Self:
        """Open one as it was left, for reading alone or for all. Raises LedgerError, KeyError."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the ledger."""

    @abstractmethod
    def deploy(
        self, ware: Ware, parts: int | None, crashes: int | None, tell: Tell, show: Show
    ) -> Report:
        """Put a model on the market, in so many parts, such that so many vendors may crash.

        Unless given, each layer is a part, and as many may crash as is usual in the variant. Who is
        to hold what is shown before anything is paid or handed over, and is not in the report.
        """

    @abstractmethod
    def call(self, asked: Sequence[str], api: str | None, by: str | None, tell: Tell) -> Report:
        """Have a consumer ask; the outputs, once they are there."""

    @abstractmethod
    def dispute(self, request: str, step: int, side: Side, tell: Tell) -> Report:
        """Doubt a step of a request, and go on to the verdict."""

    @abstractmethod
    def withdraw(self, party: str, amount: int | None, tell: Tell) -> Report:
        """Take money out of a bond: so much, or all, with what comes back to it."""

    @abstractmethod
    def deposit(self, party: str, amount: int, tell: Tell) -> Report:
        """Put money into a bond."""

    @abstractmethod
    def replace_key(self, party: str, tell: Tell) -> Report:
        """Have a party, or whoever keeps the ledger, sign with another key from now on."""

    @abstractmethod
    def wait(self, blocks: int | None, tell: Tell) -> Report:
        """Go on with all that is under way: for so many blocks, or until nothing is left."""

    @abstractmethod
    def status(self, request: str | None = None) -> Report:
        """How things stand: who takes part, what is on the market, and what is under way.

        Or what came of a request.
        """

    def passed(self) -> Report:
        """What time has changed since it was opened; by itself nothing, where there is no time."""
        return Report([], {})

    @abstractmethod
    def bill(self, party: str | None) -> Report:
        """Whose all the money is; of one party, for what."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def consumer_named(self, by: str | None) -> str:
        """The consumer of a name; without one, the first. Raises MachineError."""
        consumers = [n for n, p in self.names.parties.items() if p.role.endswith("consumer")]
        if by is not None and by not in consumers:
            raise MachineError(f"{by}: no consumer of that name; there are {', '.join(consumers)}")
        return by or consumers[0]

    def check_name(self, party: str, able: Collection[str], lacks: str = "") -> None:
        """Refuse who is none of those that something can be asked of. Raises MachineError.

        Args:
            party: a name.
            able: the names of those it can be asked of.
            lacks: why it cannot of others who take part.
        """
        if party not in able:
            why = lacks if party in self.names.parties else "nobody is called that"
            raise MachineError(f"{party}: {why}; there are {', '.join(able)}")


def replaced(party: str, before: bytes, now: bytes) -> Report:
    """What came of it that a party was to sign with another key. Raises MachineError."""
    if before == now:
        raise MachineError(
            f"{party}: the key that the ledger asks of it is not in its storage, so it cannot "
            "replace that; put back what it was"
        )
    line = f"{party} signs with {short(now)}; what {short(before)} has signed until now stands"
    return Report([Line(line)], {"party": party, "before": before.hex(), "key": now.hex()})


def chosen(apis: Sequence[str], asked: str | None, folder: Path) -> str:
    """The API that is asked for; of one there is, that. Raises MachineError."""
    if not apis:
        raise MachineError(
            f"{folder}: nothing is on the market; `tallystick market deploy {folder}` puts it there"
        )
    if asked is None and len(apis) > 1:
        raise MachineError(f"{folder}: several are on the market; give --api {' or '.join(apis)}")
    if asked is not None and asked not in apis:
        raise MachineError(f"--api {asked}: not on the market; there are {', '.join(apis)}")
    return asked or apis[0]
