"""Whose all the money of a hardened ledger is, and by what transactions it came there."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Self

import attrs

from checkers.market.folder.names import Names, short
from checkers.results.page import Block, Line, Table
from impl.hardened.contract import HardenedContract
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from impl.ledger.port import Ledger
from impl.ledger.transaction import ROTATE, Transaction, parse_rotation

PROVIDERS, NOBODY = "to be shared", "nobody"
"""Who has what versions have earned until providers collect it, and what was lost for good."""
PLACES = ("purses", "bonds", "stakes", "requests", "shares", NOBODY)
"""Where money is: what is to be shared, and what is nobody's, belong to no party."""
_NO_REQUEST = "shares collected"


@attrs.frozen
class Holding:
    """What a party has, wherever it is.

    Attributes:
        purse: what it can pay with.
        bond: what vouches for it, and can be taken out.
        stake: what is taken out of its bond until nobody can complain, with the wage on top.
        spent: what it has paid for requests and tolls that are under way, and may get back.
        began: what it began with.
    """

    purse: int
    bond: int
    stake: int
    spent: int
    began: int

    @property
    def all(self) -> int:
        """All of it."""
        return self.purse + self.bond + self.stake + self.spent


@attrs.frozen
class Item:
    """What a transaction has changed of what everybody has.

    Attributes:
        position: where it stands on the ledger.
        block: how many blocks had passed.
        request: the request that it was about; nothing if it was about none.
        kind: what it was.
        moved: how much more or less each has in each place, by name and by place, `PROVIDERS` and
            `NOBODY` included; together that comes to nothing.
    """

    position: int
    block: int
    request: bytes
    kind: str
    moved: Mapping[tuple[str, str], int]

    @property
    def changes(self) -> Mapping[str, int]:
        """How much more or less each has, by name."""
        return self._by(0)

    @property
    def places(self) -> Mapping[str, int]:
        """How much more or less there is in each place."""
        return self._by(1)

    def _by(self, part: int) -> Mapping[str, int]:
        found = Counter[str]()
        for place, change in self.moved.items():
            found[place[part]] += change
        return {name: change for name, change in found.items() if change}


@attrs.frozen
class Account:
    """All the money there is.

    Attributes:
        holdings: of each party by name.
        shared: what versions have earned, and their providers have not collected.
        treasury: what is nobody's any more: stakes and tolls that were lost.
        items: what has changed what anybody has, in order.
    """

    holdings: Mapping[str, Holding]
    shared: int
    treasury: int
    items: Sequence[Item]

    @classmethod
    def of(cls, ledger: Ledger, names: Names) -> Self:
        """The account of a ledger, gone through once more."""
        contract = ledger.contract
        assert isinstance(contract, HardenedContract)  # nothing else knows of money
        stakes, spent = Counter[bytes](), Counter[bytes]()
        for made in contract.requests.values():
            stakes.update(_staked(made))
            spent.update(_spent(made))
        purses = contract.charter.purses
        holdings = {
            names.of(party): Holding(
                contract.balances[party], contract.bonds[party], stakes[party], spent[party], began
            )
            for party, began in purses.items()
        }
        shared = sum(version.revenue for version in contract.versions.values())
        changing = [item for item in items(ledger, names) if item.changes]
        return cls(holdings, shared, contract.treasury, changing)

    @property
    def supply(self) -> int:
        """All the money there is: what all began with, for none is made and none is lost."""
        return sum(held.all for held in self.holdings.values()) + self.shared + self.treasury

    def page(self, party: str | None) -> Iterator[Block]:
        """Whose it is, and by which requests; for one party, by which transactions."""
        rows = [
            (name, *map(str, (h.purse, h.bond, h.stake, h.spent, h.all)), f"{h.all - h.began:+}")
            for name, h in self.holdings.items()
            if party in (None, name)
        ]
        if party is None:
            for who, what in ((PROVIDERS, self.shared), (NOBODY, self.treasury)):
                rows.append((who, "", "", "", "", str(what), f"{what:+}"))
            rows.append(("together", "", "", "", "", str(self.supply), "+0"))
        columns = ("party", "purse", "bond", "at stake", "in requests", "together", "change")
        yield Line("Whose the money is, in the market's own money:")
        yield Table.of(columns, rows)
        yield Line("bond: vouches for its owner; at stake: taken out of it until a request is over")
        yield Line("in requests: paid for what is under way; change: since the market was made")
        if party is None:
            yield Line(f"{PROVIDERS}: what versions have earned, until their providers collect it")
            yield Line(
                f"{NOBODY}: stakes and tolls that were lost, lest somebody gain by a quarrel"
            )
        items = [item for item in self.items if party in (None, *item.changes)]
        yield Line("")
        if not items:
            yield Line("Nothing has changed that yet.")
        elif party is None:
            yield Line("What each request has changed, for whom:")
            yield self._requests()
        else:
            yield Line(f"What has changed what {party} has:")
            yield self._transactions(party)

    def _requests(self) -> Table:
        """What each request has changed, for everybody."""
        changed: dict[bytes, Counter[str]] = {}
        for item in self.items:
            changed.setdefault(item.request, Counter()).update(item.changes)
        concerned = {name for item in self.items for name in item.changes}
        shown = [name for name in (*self.holdings, PROVIDERS, NOBODY) if name in concerned]
        rows = [
            (short(request) or _NO_REQUEST, *(_sum(by_name[name]) for name in shown))
            for request, by_name in changed.items()
        ]
        return Table.of(("request", *shown), rows)

    def _transactions(self, party: str) -> Table:
        """What has changed what one party has."""
        rows = [
            (str(i.block), short(i.request), i.kind.replace("_", " "), f"{i.changes[party]:+}")
            for i in self.items
            if party in i.changes
        ]
        return Table.of(("block", "request", "transaction", "change"), rows)

    def json(self, party: str | None) -> dict[str, object]:
        """The same as plain data."""
        return {
            "parties": {
                name: {**attrs.asdict(held), "together": held.all}
                for name, held in self.holdings.items()
                if party in (None, name)
            },
            "to_be_shared": self.shared,
            "nobody": self.treasury,
            "supply": self.supply,
            "items": [
                {
                    "block": item.block,
                    "request": item.request.hex(),
                    "kind": item.kind,
                    "changes": dict(item.changes),
                }
                for item in self.items
                if party is None or party in item.changes
            ],
        }


def _sum(amount: int) -> str:
    return f"{amount:+}" if amount else ""


def items(ledger: Ledger, names: Names) -> Iterator[Item]:
    """What has moved money on a ledger, in order; it is gone through once more."""
    contract = HardenedContract(ledger.genesis)
    for position, each in ledger:
        if each.kind == ROTATE:
            contract.replace_key(each.author, parse_rotation(each)[0])
            continue
        about = each.body.get("request")
        request = about if isinstance(about, bytes) else b""
        if moved := _moved(contract, names, request, each):
            yield Item(position, contract.now, request, each.kind, moved)


def _moved(
    contract: HardenedContract, names: Names, request: bytes, each: Transaction
) -> Mapping[tuple[str, str], int]:
    """Carry out a transaction about a request, or none; the money that it has moved."""
    before = _held(contract, names, request)
    contract.apply(each)
    after = _held(contract, names, request)
    after.subtract(before)
    return {place: change for place, change in after.items() if change}


def _held(contract: HardenedContract, names: Names, request: bytes) -> Counter[tuple[str, str]]:
    """What everybody has in each place, but for what is in other requests."""
    made = contract.requests.get(request)
    in_request = (_staked(made), _spent(made)) if made else ()
    held = zip(PLACES, (contract.balances, contract.bonds, *in_request), strict=False)
    found = Counter(
        {(names.of(party), place): n for place, amounts in held for party, n in amounts.items()}
    )
    found[PROVIDERS, "shares"] = sum(v.revenue for v in contract.versions.values())
    found[NOBODY, NOBODY] = contract.treasury
    return found


def _staked(made: Request) -> Counter[bytes]:
    """What a request holds of its executors and of its provider."""
    found = Counter[bytes]()
    for step, executor in made.executors.items():
        found[executor] += made.pots[step]
    found[made.terms.provider] += made.surety
    return found


def _spent(made: Request) -> Counter[bytes]:
    """What a request holds of who pays for it, and of who has paid the toll."""
    found = Counter({made.consumer: made.escrow})
    payer = made.receiver if made.phase is Phase.DEMANDED else made.opponent
    found[payer or made.consumer] += made.toll_paid
    return found
