"""What was said in an attack, each with what the ledger has made of it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Self

import attrs

from adversaries.passing import LEDGER, Passed, Passing, about, convictions
from checkers.market.folder.account import NOBODY, PROVIDERS, Account, items
from checkers.market.folder.names import Names, Party
from impl.hardened.contract import HardenedContract
from impl.ledger import sqlite
from impl.ledger.port import Ledger


@attrs.frozen
class Said:
    """Something that was said, and what came of it.

    Attributes:
        passed: who said what to whom.
        moved: how much more or less money there is in each place; together that comes to nothing.
        convicts: whom it convicts, by name.
    """

    passed: Passed
    moved: Mapping[str, int] = attrs.field(factory=dict)
    convicts: Sequence[str] = ()


@attrs.frozen
class Record:
    """All that was said in a market.

    Attributes:
        said: in order.
        parties: all that there are, by name, in order.
        gains: how much more or less each has in the end, by name; None where there is no money.
    """

    said: Sequence[Said]
    parties: Sequence[str]
    gains: Mapping[str, int] | None

    @classmethod
    def of(cls, passing: Passing) -> Self:
        """What passed, beside the ledger that it passed to. Raises LedgerError."""
        if passing.path is None:
            return cls((), (), None)
        names = Names({name: Party(name, key) for key, name in passing.names.items()})
        with sqlite.Ledger.read(passing.path, passing.begin) as ledger:
            convicted: dict[int, list[str]] = {}
            for who, (position, _) in convictions(ledger).items():
                convicted.setdefault(position, []).append(names.of(who))
            has_money = isinstance(ledger.contract, HardenedContract)
            moved = {i.position: i.places for i in items(ledger, names)} if has_money else {}
            gains = _gains(Account.of(ledger, names)) if has_money else None
            heard = [*passing.said, *_unnoted(ledger, passing.said, names)]
        said = [
            Said(passed, moved.get(at, {}), convicted.get(at, ()))
            for passed in heard
            for at in [-1 if passed.position is None else passed.position]
        ]
        return cls(said, [*names.parties], gains)


def _unnoted(ledger: Ledger, noted: Sequence[Passed], names: Names) -> Iterator[Passed]:
    """What the ledger has of what was said when nobody noted it, as after it was opened anew."""
    known = {passed.position for passed in noted}
    for at, said in ledger:
        if at not in known and said.kind != "tick":
            by, topic = names.of(said.author), about(said.body)
            yield Passed(by, LEDGER, said.kind, said.body, topic, position=at)


def _gains(account: Account) -> Mapping[str, int]:
    """How much more or less everybody has than in the beginning."""
    gains = {name: held.all - held.began for name, held in account.holdings.items()}
    return gains | {PROVIDERS: account.shared, NOBODY: account.treasury}
