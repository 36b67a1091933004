"""What authors have the node look at in vain, which their quotas count as well."""

from collections import Counter

import attrs

from impl.ledger.limits import pieces


@attrs.define
class Refusals:
    """What was refused of each author, in the block under way.

    What is refused stands on no ledger, so no contract can count it, and each node sees to it for
    itself. It counts once: of what was refused last, as much is known as a quota has, lest whoever
    says it again in later blocks use up somebody else's.

    Attributes:
        used: how much of its quota each author has used up in that block by what was refused.
    """

    used: Counter[bytes] = attrs.field(factory=Counter, init=False)
    _known: dict[bytes, dict[bytes, int]] = attrs.field(factory=dict, init=False)
    _sizes: Counter[bytes] = attrs.field(factory=Counter, init=False)

    def pass_block(self) -> None:
        """A block passes, and quotas are there anew."""
        self.used.clear()

    def knows(self, author: bytes, name: bytes) -> bool:
        """Whether something was refused of an author before, and counts no more."""
        return name in self._known.get(author, ())

    def count(self, author: bytes, name: bytes, data: bytes, quota: int) -> None:
        """Something was refused of an author, who has signed it.

        Args:
            name: by which it is known.
            quota: what the author can have said in a block.
        """
        if self.knows(author, name):
            return
        known = self._known.setdefault(author, {})
        known[name] = pieces(data)
        self.used[author] += known[name]
        self._sizes[author] += known[name]
        while self._sizes[author] > quota:
            self._sizes[author] -= known.pop(next(iter(known)))
