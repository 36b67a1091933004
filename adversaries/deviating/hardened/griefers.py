"""Parties of the hardened marketplace that cost others time, or money, and break no rule by it."""

from collections.abc import Iterator

import attrs

from adversaries.deviating.hardened.providers import worsened
from adversaries.deviating.hardened.vendors import SilentVendor
from impl.hardened.charter import QUOTA
from impl.hardened.market import PURSE
from impl.hardened.parties.acts import Act, Send, Submit
from impl.hardened.parties.consumer import Consumer
from impl.hardened.parties.provider import Provider
from impl.hardened.parties.public import Watcher
from impl.hardened.parties.shown import LEDGER
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import Phase
from impl.hardened.records import Request, Version

CROWD = 5
"""Versions that nobody needs."""
JUNK = 4
"""Pieces of junk for each vendor in a block."""
DRAFTS, OFFERED = 40, 10
"""Versions that nobody can take up, and the blocks in which they are offered."""
FLOOD, FLOODED = 3 * QUOTA, 2
"""Transactions that are refused, in each of so many blocks."""


@attrs.define
class GrudgingConsumer(Consumer):
    """Gives its input only where it is paid for that: once it is demanded, in the last block."""

    def give(self, made: Request) -> Iterator[Act]:
        if made.phase is Phase.DEMANDED and self.contract.left(made) == 1:
            yield from super().give(made)


@attrs.define
class GrudgingVendor(Vendor):
    """Gives its output only where it is paid for that: once it is demanded, in the last block."""

    def give(self, made: Request) -> Iterator[Act]:
        if made.phase is Phase.DEMANDED and self.contract.left(made) == 1:
            yield from super().give(made)


@attrs.define
class LateVendor(Vendor):
    """Puts up its stake, records and defends itself in the last block that there is for it."""

    def execute(self, made: Request) -> Iterator[Act]:
        if self.contract.left(made) == 1:
            yield from super().execute(made)

    def defend(self, made: Request) -> Iterator[Act]:
        if self.contract.left(made) == 1:
            yield from super().defend(made)


@attrs.define
class AbsentVendor(Vendor):
    """Does not put up its stake for the last step."""

    def execute(self, made: Request) -> Iterator[Act]:
        if not _is_last(made):
            yield from super().execute(made)


@attrs.define
class IdleVendor(SilentVendor):
    """Puts up its stake for the last step, and then does nothing."""

    def execute(self, made: Request) -> Iterator[Act]:
        yield from super().execute(made) if _is_last(made) else Vendor.execute(self, made)


@attrs.define
class CrowdingProvider(Provider):
    """Offers versions that nobody needs, as soon as somebody asks for another."""

    def attend(self, made: Request) -> Iterator[Act]:
        yield from super().attend(made)
        if len(self.offered) == 1:
            for number in range(CROWD):
                self.offer(worsened(self, made.terms, made.terms.number + 1 + number))


@attrs.define
class DraftingProvider(Provider):
    """Offers versions once that nobody can take up, for it hands nothing over."""

    def propose(self, root: bytes) -> Iterator[Act]:
        if self.contract.now < OFFERED:
            yield from super().propose(root)

    def deploy(self, root: bytes, version: Version) -> Iterator[Act]:
        yield from ()


@attrs.define
class JunkConsumer(Consumer):
    """Sends vendors junk in every block, each piece as if it went into another step."""

    def attend(self, made: Request) -> Iterator[Act]:
        yield from super().attend(made)
        for number in range(JUNK):
            for vendor in made.terms.holders(0):
                past = len(made.terms.steps) + number
                yield Send("data", vendor, made.id, past, b"junk")


@attrs.define
class VainWatcher(Watcher):
    """Says in each of some blocks a lot that is refused: it takes money that it does not have."""

    _flooded: int = attrs.field(default=-1, init=False)

    def act(self) -> bool:
        now = self.contract.now
        if self._flooded < now < FLOODED:
            self._flooded = now
            number = self.ledger.next_nonce(self.identity)
            for excess in range(now * FLOOD, (now + 1) * FLOOD):
                act = Submit("withdraw", {"amount": PURSE + 1 + excess})
                self.around.network.send(self.identity, LEDGER, self._signed(number, act))
        return super().act()


def _is_last(made: Request) -> bool:
    return made.turn == len(made.terms.steps) - 1
