"""Providers: they offer versions, hand out components, guarantee refunds, and are paid."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

import attrs

from impl.hardened.digests import leaf
from impl.hardened.parties.acts import Act, Duty, Send, Submit
from impl.hardened.parties.backer import Backer
from impl.hardened.parties.backlog import Backlog
from impl.hardened.parties.computing import is_bound, outline_digest
from impl.hardened.parties.correspondent import Correspondent
from impl.hardened.phases import Phase, Stage
from impl.hardened.records import Request, Version, share_of
from impl.hardened.terms import Terms
from impl.ledger.transaction import Refused, require
from impl.quarrel.salts import SALT, leaf_salt
from spec.bytes.encoding import encode

TOLERATED = 2
"""How many prices a version may cost its provider, beyond what it brings, unless that is said."""


@attrs.define
class Provider(Backer, Correspondent):
    """An API provider: offers versions, hands out components, guarantees refunds, is paid (III.C).

    One who only contributes to another's version agrees to it, and gets a share (III.E).
    """

    _agreed: Backlog = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._agreed = Backlog(self.storage, "agreed")

    def contribute(self, api: str, number: int, step: int, component: bytes) -> bytes:
        """Have a component for a step of a version; the leaf by which its terms are to bind it.

        Nobody else sees it but the holders whom those terms name, not even whoever offers them.
        """
        secret = self.around.randomness(SALT)
        handed = secret + component
        bound = leaf(leaf_salt(secret), api, number, step, outline_digest(handed))
        self.storage.put(_part(bound), handed)
        return bound

    def offer(self, terms: Terms) -> bytes:
        """Offer a version; its root.

        Raises Refused if nobody could propose it on this ledger.
        """
        most = self.contract.charter.rounds
        require(max(terms.rounds) <= most, f"quarrel about a step is halved {most} times at most")
        self.storage.put(_terms(terms.root), encode(terms.body()))
        self.agree(terms.root)
        return terms.root

    @property
    def offered(self) -> Sequence[bytes]:
        """The roots of all that was offered, in order."""
        agreed = self._roots(self._agreed.numbers)
        return [root for root in agreed if not self.storage.missing(_terms(root))]

    def agree(self, root: bytes) -> None:
        """Contribute to a version."""
        self._agreed.add(root)

    def concerns(self, made: Request) -> bool:
        """Until it is over, and its share is collected; and what it has cost, while that counts."""
        terms, version = made.terms, self.contract.versions[made.version]
        has_part = self.identity in (terms.provider, *terms.shares)
        costs = version.stage is Stage.ACTIVE and self.lost(made) > 0
        return has_part and (not made.is_over or version.due(self.identity) > 0 or costs)

    def attend(self, made: Request) -> Iterator[Act]:
        yield from self.audit(made)
        yield from self.oppose(made)
        yield from self.doubt(made)
        yield from self.collect_share(made)

    def duties(self) -> Iterator[Duty]:
        yield from super().duties()
        for root in dict.fromkeys(made.version for made in self.pressing if self.lost(made)):
            yield root.hex(), self.cut_losses(root)
        for number in self._agreed.open:
            yield self._agreed.place(number), self.pursue(number)

    def pursue(self, number: int) -> Iterator[Act]:
        """Have a version on the market to which this party has agreed.

        What a holder refuses is forgotten, and proposed again: what it was handed, or that it says
        no, can be somebody else's fault. It costs a few transactions in `Charter.agreeing` blocks,
        until a later version of the API is there.
        """
        root = self._root(number)
        version = self.contract.versions.get(root)
        stage = Stage.DRAFT if version is None else version.stage
        if stage is Stage.RETIRED or (stage is not Stage.ACTIVE and self._is_replaced(number)):
            self._agreed.close(number)
        elif version is None:
            yield from self.propose(root)
        elif stage is Stage.PROPOSED:
            yield from self.deploy(root, version)

    def _is_replaced(self, number: int) -> bool:
        """Whether something of the same API that this party has offered later came to the market.

        What comes to the market takes the place of what is there: so nothing earlier is to follow.
        """
        root = self._root(number)
        if self.storage.missing(_terms(root)):
            return False
        current = self.contract.current.get((self.identity, self.terms(root).api))
        return current in self._roots(self._agreed.numbers[number + 1 :])

    def propose(self, root: bytes) -> Iterator[Act]:
        """Propose a version, if it is one's own."""
        if not self.storage.missing(_terms(root)):
            terms = self.terms(root)
            require(terms.root == root, "terms are those that were offered")
            yield Submit("propose", {"terms": terms.body()})

    def deploy(self, root: bytes, version: Version) -> Iterator[Act]:
        """Sign, and hand one's own components over until all their holders have them."""
        terms = version.terms
        if self.identity in terms.shares and self.identity not in version.signed:
            yield Submit("sign", {"version": root})
        held = [(i, v) for i in range(len(terms.steps)) for v in terms.holders(i)]
        missing = [at for at in held if at not in version.acknowledged]
        for i, v in missing:
            if terms.contributor(i) == self.identity:
                yield Send("component", v, root, i, self.handed(terms, i))
        if (
            self.identity == terms.provider
            and not missing
            and version.signed >= terms.shares.keys()
        ):
            yield Submit("activate", {"version": root})

    def handed(self, terms: Terms, step: int) -> bytes:
        """What the holders of a step are handed: the component's secret, and the component."""
        handed = self.contributed(terms.steps[step].bound)
        require(is_bound(terms, step, handed), "component is as it was contributed")
        return handed

    def contributed(self, bound: bytes) -> bytes:
        """A component that it has contributed, by its leaf, after its secret. Raises Refused."""
        return self.kept(_part(bound))

    def terms(self, version: bytes) -> Terms:
        """The terms of a version that it has offered. Raises Refused."""
        return Terms.parse(self.read(_terms(version)))

    def collect_share(self, made: Request) -> Iterator[Act]:
        """Collect one's share of what a version has earned, once more is earned."""
        if made.is_over and self.contract.versions[made.version].due(self.identity) > 0:
            yield Submit("collect_share", {"version": made.version})

    @property
    def wanted(self) -> int | None:
        """How much is to be in the bond: no more than guarantees what can be served in time.

        Whoever had more requests made than their holders can take on would refund what these leave
        undone; but one of the dearest can always be made. Raises Refused.
        """
        wanted, known = super().wanted, self.contract.versions
        offered = [
            known[root].terms for root in map(self._root, self._agreed.open) if root in known
        ]
        prices = [terms.price for terms in offered if terms.provider == self.identity]
        if wanted is None or not prices:
            return wanted
        return min(wanted, max(self.capacity * min(prices), max(prices)))

    def tolerate(self, amount: int) -> None:
        """Have a version retired once it has cost so much more than it has brought."""
        self.storage.put("tolerated", encode(amount))

    def tolerated(self, terms: Terms) -> int:
        """How much a version may cost, beyond what it brings. Raises Refused."""
        if self.storage.missing("tolerated"):
            return TOLERATED * terms.price
        match self.read("tolerated"):
            case int(amount):
                return amount
        raise Refused("what a version may cost is a number")

    def lost(self, made: Request) -> int:
        """What a request has cost this party, if it guaranteed the refund.

        If no holder of a step puts up its stake, that is what the steps before have earned: they
        are done, and nobody else has chosen these holders.
        """
        terms, turn = made.terms, made.turn
        if terms.provider != self.identity or made.phase is not Phase.REFUNDED:
            return 0
        if turn < len(terms.steps) and made.executors.get(turn) != self.contract.executor_due(made):
            return terms.price - terms.costs[turn]
        return made.uncovered

    def cut_losses(self, root: bytes) -> Iterator[Act]:
        """Take a version off the market that costs more than it brings and is tolerated.

        Its vendors could agree never to do its last step, and be paid for all others.
        """
        version = self.contract.versions[root]
        terms = version.terms
        lost = sum(self.lost(made) for made in self.pressing if made.version == root)
        brought = share_of(version.earned, terms.shares.get(self.identity, 0))
        if version.stage is Stage.ACTIVE and lost > brought + self.tolerated(terms):
            yield Submit("retire", {"version": root})

    def knows(self, made: Request, step: int) -> tuple[bytes, bytes] | None:
        part, given = _part(made.terms.steps[step].bound), self.intact(made, step)
        if self.storage.missing(part) or given is None:
            return None
        return self.kept(part), given

    def _roots(self, numbers: Iterable[int]) -> Sequence[bytes]:
        """The versions of those of some agreements that can be read, in order."""
        roots = []
        for number in numbers:
            with suppress(Refused):
                roots.append(self._root(number))
        return roots

    def _root(self, number: int) -> bytes:
        """The version of an agreement. Raises Refused."""
        match self.read(self._agreed.place(number)):
            case bytes(root):
                return root
        raise Refused("an agreement is to a version")


def _terms(root: bytes) -> str:
    return f"terms/{root.hex()}"


def _part(bound: bytes) -> str:
    """Where secret and component are kept, by their leaf."""
    return f"part/{bound.hex()}"
