"""What a market that serves does for honest parties, and one has not done; what excuses that.

Who can keep it from that excuses it, if corrupted: a holder refuses what it is handed, a beacon
says nothing. Where there is nobody of the kind, the market does not serve.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile

import attrs

from adversaries.strategies.hardened.around import NETWORK
from impl.hardened.market import HardenedMarket
from impl.hardened.parties.consumer import Consumer, needed
from impl.hardened.parties.provider import Provider
from impl.hardened.phases import Phase, Stage
from impl.hardened.records import Request, Version
from impl.hardened.terms import Terms
from impl.ledger.transaction import Transaction
from spec.bytes.encoding import Value

_PASSED = ("pass_over", "abandon")
"""What is said of a holder that was drawn and does not take its step."""
_FAILS = (
    *("lapse", "abandon", "give_up", "withhold", "show_bad"),
    *("refuse_to_open", "uphold", "complain"),
)
"""With what a request ends that is refunded."""


@attrs.frozen
class Missed:
    """Something that was not done.

    Attributes:
        who: for whom it was not, by name.
        what: was not.
        excuse: why the market may leave it undone; nothing, if nothing excuses it.
    """

    who: str
    what: str
    excuse: str = ""

    @property
    def complaint(self) -> str:
        """What somebody honest has to say of it."""
        return f"{self.who} has {self.what}"

    @property
    def excused(self) -> str:
        """What is counted of it."""
        return f"{self.what}: {self.excuse}"


@attrs.frozen
class Missing:
    """Looks for what was not done in a market, at its end.

    Attributes:
        said: all that was said on its ledger.
        corrupted: those who may keep others from anything, by name.
    """

    market: HardenedMarket
    said: Sequence[Transaction]
    corrupted: Collection[str]

    def found(self) -> Iterator[Missed]:
        """For each version of an honest provider, and for each request of an honest consumer."""
        for member in self.market.members.values():
            if member.name in self.corrupted:
                continue
            if isinstance(member, Provider):
                for root in member.offered:
                    yield from self._version(member, root)
            if isinstance(member, Consumer):
                for request, (version, _) in member.orders.items():
                    yield from self._request(member, request, version)

    # Versions

    def _version(self, provider: Provider, root: bytes) -> Iterator[Missed]:
        """Whether a version is on the market for as long as its provider wants it to be."""
        version = self.market.contract.versions.get(root)
        stage = None if version is None else version.stage
        if version is None:
            excuse = self._forgotten(root)
            yield Missed(provider.name, "a version that is not proposed", excuse)
        elif stage is Stage.DRAFT:
            excuse = self._refused(root, version)
            yield Missed(provider.name, "a version that is refused", excuse)
        elif stage is Stage.PROPOSED:
            yield Missed(
                provider.name,
                "a version that is not activated",
                self._lacks(version, version.acknowledged),
            )
        elif stage is Stage.RETIRED:
            by = self._about("version", root, {"retire"})[-1].author
            excuse = "it has cost its provider too much" if by == provider.identity else ""
            yield Missed(provider.name, "a version that is taken off the market", excuse)

    def _forgotten(self, root: bytes) -> str:
        """Why a version may have been proposed, and forgotten since."""
        offers = (Terms.parse(each.body["terms"]) for each in self.said if each.kind == "propose")
        terms = next((terms for terms in offers if terms.root == root), None)
        return "" if terms is None else self._lacks(Version(terms), ())

    def _refused(self, root: bytes, version: Version) -> str:
        """Why a holder may have refused a version, also once it has waited for others too long."""
        *before, last = self._about("version", root, {"acknowledge", "reject"})
        agreed = takewhile(lambda each: each.kind == "acknowledge", reversed(before))
        if self._is_corrupted(last.author):
            return "its holder is corrupted"
        return self._lacks(version, {(each.body["step"], each.author) for each in agreed})

    def _lacks(self, version: Version, acknowledged: Collection[tuple[Value, bytes]]) -> str:
        """Why not everybody may have agreed to a version."""
        terms = version.terms
        held = [(i, party) for i, part in enumerate(terms.steps) for party in part.holders]
        lacking = [at for at in held if at not in acknowledged]
        handing = [terms.contributor(i) for i, _ in lacking]
        silent = [*(terms.shares.keys() - version.signed), *(party for _, party in lacking)]
        if any(map(self._is_corrupted, [*silent, *handing])):
            return "somebody who has to agree is corrupted"
        return "what is handed over is lost" if lacking and NETWORK in self.corrupted else ""

    # Requests

    def _request(self, consumer: Consumer, request: bytes, version: bytes) -> Iterator[Missed]:
        """Whether a request was made, and served if it was."""
        made = self.market.contract.requests.get(request)
        if made is None:
            yield Missed(
                consumer.name, "a request that is never made", self._unmade(consumer, version)
            )
        elif made.phase is Phase.REFUNDED:
            yield Missed(consumer.name, "a request that is not served", self._unserved(made))

    def _unmade(self, consumer: Consumer, root: bytes) -> str:
        """Why somebody may not have asked."""
        contract = self.market.contract
        version = contract.versions.get(root)
        if version is None or version.stage is not Stage.ACTIVE:
            return "its version is not on the market"
        terms = version.terms
        if contract.balances[consumer.identity] < needed(terms):
            return "its consumer has not the money"
        short = contract.bonds[terms.provider] < terms.price
        return self._if_corrupted(terms.provider, "its provider is corrupted") if short else ""

    def _unserved(self, made: Request) -> str:
        """Why a request may have failed."""
        said = self._about("request", made.id, {"record", *_PASSED, *_FAILS})
        ended = next(each for each in said if each.kind in _FAILS)
        if ended.kind == "lapse":
            beacon = self.market.contract.charter.beacon
            return self._if_corrupted(beacon, "the beacon is corrupted")
        if ended.kind != "abandon":
            return "its executor is at fault"
        last = takewhile(lambda each: each.kind in _PASSED, reversed(said))
        drawn = [each.body["holder"] for each in last]
        return "who was drawn is corrupted" if any(map(self._is_corrupted, drawn)) else ""

    # What was said

    def _about(self, field: str, name: bytes, kinds: Collection[str]) -> list[Transaction]:
        """What was said of some kinds about a version or a request, by the field that names it."""
        return [each for each in self.said if each.kind in kinds and each.body[field] == name]

    def _is_corrupted(self, party: Value) -> bool:
        return any(
            member.identity == party and member.name in self.corrupted
            for member in self.market.members.values()
        )

    def _if_corrupted(self, party: Value, excuse: str) -> str:
        return excuse if self._is_corrupted(party) else ""
