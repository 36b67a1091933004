"""Parties that vouch for what they do with money."""

from collections.abc import Iterator

import attrs

from impl.hardened.parties.member import Act, Member, Submit
from spec.bytes.encoding import decode, encode


@attrs.define
class Backer(Member):
    """A party that vouches for what it does with a bond."""

    def set_aside(self, amount: int) -> None:
        """Have so much in the bond, as long as there is the money."""
        self.storage.put("bond", encode(amount))

    def back(self) -> Iterator[Act]:
        """Put what is missing into the bond; what is at stake is not missing."""
        if self.storage.missing("bond"):
            return
        wanted = decode(self.storage.get("bond"))
        assert isinstance(wanted, int)  # `set_aside` kept it
        missing = min(wanted - self._vouched(), self.contract.balances[self.identity])
        if missing > 0:
            yield Submit("deposit", {"amount": missing})

    def _vouched(self) -> int:
        """The bond, with what is taken out of it for steps and requests that are not over."""
        me, requests = self.identity, self.contract.requests.values()
        stakes = sum(q.pots[i] for q in requests for i, v in q.executors.items() if v == me)
        sureties = sum(q.surety for q in requests if q.terms.provider == me)
        return self.contract.bonds[me] + stakes + sureties
