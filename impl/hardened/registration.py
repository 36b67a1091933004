"""Versions: what is proposed, agreed to, put on the market and taken off it."""

import attrs

from impl.hardened.fields import agree
from impl.hardened.phases import Stage
from impl.hardened.records import Version
from impl.hardened.state import MarketState
from impl.hardened.terms import Terms
from impl.ledger.dispatch import transaction
from impl.ledger.transaction import require
from spec.bytes.encoding import Value


@attrs.define
class Registering(MarketState):
    """How versions come and go."""

    @transaction
    def propose(self, author: bytes, terms: dict[str, Value]) -> None:
        """A provider offers a version on these terms."""
        proposed = Terms.parse(terms)
        most = self.charter.rounds
        agree(
            max(proposed.rounds) <= most,
            f"transaction.body.terms.rounds: more than the charter's {most}: give less",
        )
        require(author == proposed.provider, "provider is the version's")
        version = self.versions.get(proposed.root, Version(proposed))
        require(version.stage is Stage.DRAFT, "version is new")
        self._withdraw(version, proposed.root)
        version.stage = Stage.PROPOSED
        version.deadline = self.now + self.charter.agreeing
        self.drafts.setdefault(version.deadline, {})[proposed.root] = version

    @transaction
    def sign(self, author: bytes, version: bytes) -> None:
        """A provider that contributes to a version agrees to it."""
        found = self._version(version, Stage.PROPOSED, "version is proposed")
        require(author in found.terms.shares, "provider contributes to the version")
        found.signed.add(author)

    @transaction
    def acknowledge(self, author: bytes, version: bytes, step: int) -> None:
        """A holder confirms that it was handed the component that its leaf binds."""
        found = self._version(version, Stage.PROPOSED, "version is proposed")
        require(author in found.terms.holders(step), "vendor holds the step")
        found.acknowledged.add((step, author))

    @transaction
    def reject(self, author: bytes, version: bytes, step: int) -> None:
        """A holder refuses what it was handed; the version can be proposed again, to all anew."""
        found = self._version(version, Stage.PROPOSED, "version is proposed")
        require(author in found.terms.holders(step), "vendor holds the step")
        found.stage = Stage.DRAFT
        found.acknowledged.clear()

    @transaction
    def activate(self, author: bytes, version: bytes) -> None:
        """A version that everybody has agreed to can be requested."""
        found = self._version(version, Stage.PROPOSED, "version is proposed")
        terms = found.terms
        require(found.signed >= terms.shares.keys(), "every provider has signed")
        holders = {(i, v) for i in range(len(terms.steps)) for v in terms.holders(i)}
        require(found.acknowledged >= holders, "every holder has acknowledged")
        self._withdraw(found, version)
        found.stage = Stage.ACTIVE
        found.deadline = 0
        self.marketed[version] = found
        self.current[terms.provider, terms.api] = version

    @transaction
    def retire(self, author: bytes, version: bytes) -> None:
        """A provider takes a version off the market; its open requests still end on it."""
        found = self.versions.get(version)
        if found is not None:
            require(author == found.terms.provider, "provider is the version's")
        found = self._version(version, Stage.ACTIVE, "version is active")
        found.stage = Stage.RETIRED

    def _withdraw(self, version: Version, root: bytes) -> None:
        """Have a version no more among those that are forgotten in its block."""
        ending = self.drafts.get(version.deadline, {})
        ending.pop(root, None)
        if not ending:
            self.drafts.pop(version.deadline, None)
