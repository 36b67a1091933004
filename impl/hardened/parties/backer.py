"""Parties that vouch for what they do with money."""

from collections.abc import Iterator

import attrs

from impl.hardened.parties.acts import Act, Duty, Submit
from impl.hardened.parties.member import Member
from impl.ledger.transaction import Refused
from spec.bytes.encoding import encode


@attrs.define
class Backer(Member):
    """A party that vouches for what it does with a bond."""

    def set_aside(self, amount: int) -> None:
        """Have so much in the bond: as long as there is the money, and once it is not at stake."""
        self.storage.put("bond", encode(amount))

    def take_out(self, amount: int) -> None:
        """Have so much less in the bond than vouches now, at stake or not."""
        self.set_aside(self._vouched() - amount)

    @property
    def bond(self) -> int:
        """What is left in the bond, less what is under way takes out."""
        return self.contract.bonds[self.identity] - self._outbox.bond

    @property
    def wanted(self) -> int | None:
        """How much is to be in the bond, if that is said. Raises Refused."""
        if self.storage.missing("bond"):
            return None
        match self.read("bond"):
            case int(wanted):
                return wanted
        raise Refused("what is to be in the bond is a number")

    def duties(self) -> Iterator[Duty]:
        yield from super().duties()
        yield "bond", self.back()

    def back(self) -> Iterator[Act]:
        """Put what is missing into the bond, and take out what is too much.

        What is at stake is not missing, and cannot be taken out; tolls stay in the purse.
        """
        wanted = self.wanted
        if wanted is None:
            return
        missing = wanted - self._vouched()
        if missing > 0 and (put := min(missing, self.spare)) > 0:
            yield Submit("deposit", {"amount": put}, purse=put, bond=-put)
        if missing < 0 and (taken := min(-missing, self.bond)) > 0:
            yield Submit("withdraw", {"amount": taken}, purse=-taken, bond=taken)

    def _vouched(self) -> int:
        """The bond, with what is taken out of it for steps and requests that are not over.

        Of what an executor is to collect, the wage was never in its bond.
        """
        me, requests = self.identity, self.pressing
        stakes = sum(
            min(q.pots[i], q.terms.stake)
            for q in requests
            for i, v in q.executors.items()
            if v == me
        )
        sureties = sum(q.surety for q in requests if q.terms.provider == me)
        return self.bond + stakes + sureties
