"""The requests about which a party has nothing to do, until something is new."""

from collections.abc import Collection

import attrs

from impl.hardened.contract import HardenedContract
from impl.hardened.records import Request


@attrs.define
class Rest:
    """The requests at rest: a party has looked at them, found nothing to do, and waits for nothing.

    What there is to do about one follows from what it is, from the block, from what the node shows
    beside the ledger and from what the party keeps. So a transaction about one request has no other
    looked at again, unless the party waits for money or room to go on with that. Nothing of this is
    stored.
    """

    _resting: dict[str, int] = attrs.field(factory=dict, init=False)  # what was said of it by then
    _contract: HardenedContract | None = attrs.field(default=None, init=False)
    _around: tuple[int, ...] = attrs.field(default=(), init=False)

    def has(self, made: Request) -> bool:
        """Whether a request is at rest."""
        return self._resting.get(made.id.hex()) == made.news

    def take(self, made: Request) -> None:
        """There was nothing to do about a request."""
        self._resting[made.id.hex()] = made.news

    def rouse(
        self, contract: HardenedContract, around: tuple[int, ...], changed: Collection[str]
    ) -> None:
        """Have those rest no more about which there may be something to do now.

        Args:
            contract: the contract, which may be another object than it was.
            around: what all of them depend on, whatever it becomes.
            changed: the names under which something is kept, or no longer.
        """
        about = {name.split("/")[1] if "/" in name else "" for name in changed}
        is_other = contract is not self._contract or around != self._around
        self._contract, self._around = contract, around
        if is_other or not about <= self._resting.keys():
            self._resting.clear()
        for subject in about:
            self._resting.pop(subject, None)
