"""What the hardened contract remembers, and how a request comes to its end."""

from collections import ChainMap, Counter
from collections.abc import Collection, Mapping

import attrs

from impl.hardened.chance import auditor, drawn, is_audited
from impl.hardened.charter import Charter
from impl.hardened.phases import Phase, Stage
from impl.hardened.records import Request, Version
from impl.ledger.dispatch import Dispatch
from impl.ledger.genesis import Genesis
from impl.ledger.limits import pieces
from impl.ledger.port import Agreed
from impl.ledger.transaction import Refused, Transaction, require
from spec.bytes.encoding import encode


@attrs.define
class MarketState(Dispatch):
    """The state that all parties agree on.

    Attributes:
        charter: what all have agreed on before the first transaction, as the genesis says.
        now: how many blocks have passed.
        marketed: the versions that are or were on the market.
        drafts: those that were proposed, by the block in which they are forgotten unless they are
            on the market by then.
        current: the version that was activated last, of each provider's API.
        keys: the key in force, of each party that does not sign with its first one any more.
        numbers: which of a party's keys each is that it has had, but for the first, which is 0.
        said: how much of its quota each party has used up in the block under way.
    """

    genesis: Agreed[Genesis]
    charter: Agreed[Charter] = attrs.field(init=False)
    now: int = 0
    marketed: dict[bytes, Version] = attrs.field(factory=dict)
    drafts: dict[int, dict[bytes, Version]] = attrs.field(factory=dict)
    current: dict[tuple[bytes, str], bytes] = attrs.field(factory=dict)
    requests: dict[bytes, Request] = attrs.field(factory=dict)
    balances: Counter[bytes] = attrs.field(init=False)
    bonds: Counter[bytes] = attrs.field(factory=Counter)
    treasury: int = 0
    convicted: set[bytes] = attrs.field(factory=set)
    keys: dict[bytes, bytes] = attrs.field(factory=dict)
    numbers: dict[tuple[bytes, bytes], int] = attrs.field(factory=dict)
    said: Counter[bytes] = attrs.field(factory=Counter)

    def __attrs_post_init__(self) -> None:
        self.charter = Charter.parse(self.genesis.agreed)
        self.balances = Counter(self.charter.purses)

    @property
    def versions(self) -> Mapping[bytes, Version]:
        """Every version that was proposed and is not forgotten."""
        return ChainMap(self.marketed, *self.drafts.values())

    def hear(self, transaction: Transaction) -> None:
        """Only who has an account is heard, and says only so much in a block.

        The clock and the beacon are excepted: how much they have to say is for others to decide.
        """
        author = transaction.author
        if not self.is_always_heard(author):
            require(author in self.charter.purses, "author has an account")
            require(self.said[author] < self.charter.quota, "author has not used up its quota")
            self.said[author] += pieces(encode(transaction.body))
        match transaction.body.get("request"):
            case bytes(request) if request in self.requests:
                self.requests[request].news += 1

    def is_always_heard(self, author: bytes) -> bool:
        """Whether a party has no quota, and needs no account."""
        return author in (self.charter.clock, self.charter.beacon)

    def replace_key(self, author: bytes, key: bytes) -> None:
        """From now on a party signs with another key."""
        self.numbers[author, key] = self.newest(author) + 1
        self.keys[author] = key

    def newest(self, party: bytes) -> int:
        """Which of a party's keys is in force: how many it had before."""
        return self.numbers.get((party, self.keys.get(party, party)), 0)

    def left(self, made: Request) -> int:
        """The blocks that are left of a request's phase."""
        return max(made.deadline - self.now, 0)

    def money(self) -> int:
        """All the money there is, wherever it is."""
        requests, versions = self.requests.values(), self.versions.values()
        waiting = sum(r.escrow + r.surety + r.toll_paid + r.pots.total() for r in requests)
        revenue = sum(version.revenue for version in versions)
        return self.balances.total() + self.bonds.total() + waiting + revenue + self.treasury

    def executor_due(self, made: Request) -> bytes:
        """Whom chance draws for the step whose turn it is."""
        suite, turn = self.charter.suite, made.turn
        return drawn(suite, made.terms.holders(turn), made.seed, turn, made.failed[turn])

    def auditor(self, made: Request, step: int) -> bytes:
        """Who checks a step if chance draws it for an audit."""
        return auditor(self.charter.suite, made.terms, made.lot, step, made.executors[step])

    def is_audited(self, made: Request, step: int) -> bool:
        """Whether chance draws a step for an audit."""
        return is_audited(self.charter.suite, made.lot, step)

    def audits_left(self, made: Request) -> list[int]:
        """The steps that chance has drawn for an audit which was not held."""
        steps = range(len(made.terms.steps)) if made.lot else ()
        audited = [i for i in steps if self.is_audited(made, i)]
        return [i for i in audited if (i, self.auditor(made, i)) not in made.doubted]

    def left_to_auditors(self, made: Request) -> int:
        """The blocks that are left to the auditors of a request to begin; then anybody can.

        It is once more that of the window: how much of that is left when lots are drawn is chance.
        """
        return max(made.deadline + self.charter.windows[Phase.WINDOW] - self.now, 0)

    # What transactions are about

    def _version(self, version: bytes, stage: Stage, reason: str) -> Version:
        """A version at a stage."""
        found = self.versions.get(version)
        if found is None or found.stage is not stage:
            raise Refused(reason)
        return found

    def _made(self, request: bytes, phases: Collection[Phase], reason: str) -> Request:
        """A request that is in one of some phases."""
        made = self.requests.get(request)
        if made is None or made.phase not in phases:
            raise Refused(reason)
        return made

    # How a request goes on, and how it fails

    def _enter(self, made: Request, phase: Phase) -> None:
        made.phase = phase
        if made.is_over:
            made.forget()
        made.deadline = self.now + self.charter.windows[phase]

    def _require_overdue(self, made: Request) -> None:
        require(self.now >= made.deadline, "deadline has passed")

    def _fail(self, made: Request, step: int) -> None:
        """The executor of a step is at fault: its stake makes up for the refund.

        What is left of that is nobody's, lest somebody gain by a conviction.
        """
        short, pot = made.terms.price - made.escrow, made.pots.pop(step, 0)
        covered = min(short, pot)
        made.uncovered = short - covered
        self._refund(made)
        self.bonds[made.terms.provider] += covered
        self.treasury += pot - covered

    def _refund(self, made: Request) -> None:
        """The consumer gets the whole price: what is left of it, and the rest from the surety."""
        price = made.terms.price
        self.balances[made.consumer] += price
        made.surety -= price - made.escrow
        made.escrow = 0
        made.refunded = price
        self._release_surety(made)
        self._enter(made, Phase.REFUNDED)

    def _release_surety(self, made: Request) -> None:
        self.bonds[made.terms.provider] += made.surety
        made.surety = 0
