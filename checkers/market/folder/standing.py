"""How things stand in a hardened market: who has what, what is sold, and what is under way."""

from collections.abc import Iterator, Sequence

import attrs

from checkers.market.folder.faces import Sold
from checkers.market.folder.names import Names, short
from checkers.results.page import Block, Line, Table
from checkers.results.words import counted
from impl.hardened.market import HardenedMarket
from impl.hardened.parties.consumer import Consumer
from impl.hardened.parties.correspondent import Correspondent
from impl.hardened.phases import Phase, Stage
from impl.hardened.records import Request
from impl.ledger.port import Ledger


@attrs.frozen
class Standing:
    """How things stand.

    Attributes:
        market: the market.
        names: of those who take part.
    """

    market: HardenedMarket
    names: Names

    @property
    def ledger(self) -> Ledger:
        """The ledger, which everybody can read."""
        return self.market.around.node.ledger

    def called(self, root: bytes) -> str:
        """What people call a version: `digits, version 1`."""
        found = self.market.contract.versions.get(root)
        if found is None:
            return "the version"
        return f"{found.terms.api}, version {found.terms.number}"

    def page(self, sold: Sequence[Sold]) -> Iterator[Block]:
        """What people are shown, how what is on the market is asked included."""
        contract, ledger = self.market.contract, self.ledger
        transactions = counted(ledger.height, "transaction")
        yield Line(
            f"hardened market, block {contract.now}, {transactions}, "
            f"ledger {short(ledger.identity)}, head {short(ledger.head)}"
        )
        for table in (
            self.names.table(contract.convicted, purse=contract.balances, bond=contract.bonds),
            *([self._versions()] if contract.versions else []),
            *([self._requests()] if contract.requests else []),
        ):
            yield from (Line(""), table)
        if sold:
            yield from (Line(""), *(one.line for one in sold))
        yield Line("")
        yield from map(Line, [*self._waiting()] or ["nothing is under way"])
        yield from map(Line, self._amiss())

    def _versions(self) -> Table:
        rows = [
            (
                self.called(root),
                version.stage.value,
                str(version.terms.price),
                "; ".join(
                    ", ".join(map(self.names.of, version.terms.holders(step)))
                    for step in range(len(version.terms.steps))
                ),
            )
            for root, version in self.market.contract.versions.items()
        ]
        return Table.of(("version", "stage", "price", "steps, by who holds them"), rows)

    def _requests(self) -> Table:
        rows = []
        for made in self.market.contract.requests.values():
            left = self.market.contract.left(made)
            rows.append(
                (
                    short(made.id),
                    self.names.of(made.consumer),
                    self.called(made.version),
                    made.phase.value,
                    f"for {counted(left, 'block')}" if left else "",
                    ", ".join(self.names.of(v) for _, v in sorted(made.executors.items())),
                )
            )
        columns = ("request", "by", "of", "phase", "left", "executed by")
        return Table.of(columns, rows)

    def _waiting(self) -> Iterator[str]:
        """What is to be done next, and by whom."""
        versions, requests = self.market.contract.versions, self.market.contract.requests
        for root in self.market.provider.offered:
            if root not in versions:
                yield "provider: to propose the version that it has made"
        for root, version in versions.items():
            if version.stage is Stage.PROPOSED:
                yield f"{self.called(root)}: to be agreed to by all who hold a part"
        for consumer in self._consumers():
            for request in consumer.asked:
                if request not in requests:
                    yield f"{consumer.name}: to make the request that it has kept"
        for made in requests.values():
            if not made.is_over or (self.market.contract.left(made) and made.pots.total()):
                yield f"request {short(made.id)}: {self.due(made)}"
            if not made.is_over:
                yield from self._doubted(made)

    def _amiss(self) -> list[str]:
        """What is not in the parties' storages as it should be, and what mends it."""
        passed_over = [each.passed_over for each in self.market.passed_over]
        hindrance = self.market.around.node.hindrance
        return [*passed_over, *([hindrance] if hindrance else [])]

    def _doubted(self, made: Request) -> Iterator[str]:
        """Who was told to dispute which steps of a request, and has not done so yet."""
        for party in self.market.members.values():
            if isinstance(party, Correspondent):
                for step in range(len(made.terms.steps)):
                    is_done = (step, party.identity) in made.doubted
                    if not is_done and party.is_to_dispute(made.id, step):
                        yield f"{party.name}: to dispute step {step} of request {short(made.id)}"

    def _consumers(self) -> Iterator[Consumer]:
        return (m for m in self.market.members.values() if isinstance(m, Consumer))

    def due(self, made: Request) -> str:
        """Who is to do what about a request, and in which time."""
        contract, name = self.market.contract, self.names.of
        left = contract.left(made)
        blocks = counted(left, "block")
        within = f"within {blocks}" if left else "and the time for it is over"
        match made.phase:
            case Phase.OPEN:
                return f"the beacon is to announce what executors are drawn by, {within}"
            case Phase.ROUTED:
                drawn = name(contract.executor_due(made))
                return f"{drawn} is to put up its stake for step {made.turn}, {within}"
            case Phase.WORK | Phase.PUBLISHED:
                return f"{name(made.executors[made.turn])} is to record step {made.turn}, {within}"
            case Phase.DEMANDED:
                return f"{name(made.sender)} is to publish what was demanded, {within}"
            case Phase.WINDOW:
                return self._in_window(made)
            case Phase.DISPUTED:
                executor = name(made.executors[made.disputed])
                return f"{executor} is to open step {made.disputed}, {within}"
            case Phase.NARROWED:
                return f"{name(made.opponent)} is to answer about step {made.disputed}, {within}"
            case Phase.OPENED:
                return f"the verdict on step {made.disputed} is to be spoken"
        return f"its executors can collect in {blocks}"

    def _in_window(self, made: Request) -> str:
        """For how long steps can still be disputed, and who is to audit which of them."""
        contract = self.market.contract
        audits = [
            f"{self.names.of(contract.auditor(made, step))} is to audit step {step}"
            for step in contract.audits_left(made)
        ]
        if left := contract.left(made):
            steps = f"its steps can be disputed for {counted(left, 'block')} more"
        elif audits:
            forsaken = counted(contract.left_to_auditors(made), "block")
            steps = (
                f"its steps can be disputed no more; in {forsaken}, anybody can have them audited"
            )
        else:
            steps = "its steps can be disputed no more, and it is to be settled"
        return "; ".join([steps, *audits])

    def json(self, sold: Sequence[Sold]) -> dict[str, object]:
        """The same as plain data."""
        contract, ledger = self.market.contract, self.ledger
        return {
            "variant": "hardened",
            "block": contract.now,
            "transactions": ledger.height,
            "ledger": ledger.identity.hex(),
            "head": ledger.head.hex(),
            "parties": self.names.json(
                contract.convicted, purse=contract.balances, bond=contract.bonds
            ),
            "versions": [
                {
                    "version": root.hex(),
                    "api": version.terms.api,
                    "number": version.terms.number,
                    "stage": version.stage.value,
                    "price": version.terms.price,
                }
                for root, version in contract.versions.items()
            ],
            "asked": {one.api: one.json() for one in sold},
            "requests": [
                {
                    "request": made.id.hex(),
                    "consumer": self.names.of(made.consumer),
                    "version": made.version.hex(),
                    "phase": made.phase.value,
                    "blocks_left": contract.left(made),
                    "executors": {str(i): self.names.of(v) for i, v in made.executors.items()},
                }
                for made in contract.requests.values()
            ],
            "waiting": [*self._waiting()],
            "amiss": self._amiss(),
        }
