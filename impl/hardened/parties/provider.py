"""Providers: they offer versions, hand out components, guarantee refunds, and are paid."""

from collections.abc import Iterator, Sequence

import attrs

from impl.hardened.digests import SALT, leaf
from impl.hardened.parties.backer import Backer
from impl.hardened.parties.computing import outline_digest
from impl.hardened.parties.correspondent import Correspondent, place, pressing
from impl.hardened.parties.member import Act, Send, Submit
from impl.hardened.phases import Stage
from impl.hardened.records import Request, Version
from impl.hardened.terms import Terms
from spec.bytes.encoding import decode, encode


@attrs.define
class Provider(Backer, Correspondent):
    """An API provider: offers versions, hands out components, guarantees refunds, is paid (III.C).

    One who only contributes to another's version agrees to it, and gets a share (III.E).
    """

    def offer(self, draft: Terms, parts: Sequence[bytes]) -> bytes:
        """Offer a version, of which the terms but for the leaves are given; its root."""
        salts = [{v: self.around.randomness(SALT) for v in held} for held in draft.steps]
        steps = [
            {
                v: leaf(salt, draft.api, draft.number, i, v, outline_digest(part))
                for v, salt in held.items()
            }
            for i, (part, held) in enumerate(zip(parts, salts, strict=True))
        ]
        terms = attrs.evolve(draft, steps=steps)
        for i, (part, held) in enumerate(zip(parts, salts, strict=True)):
            for v, salt in held.items():
                self.storage.put(_part(terms.root, i, v), salt + part)
        self.agree(terms.root)
        self.storage.put(f"terms/{terms.root.hex()}", encode(terms.body()))
        self._list("offer", terms.root)
        return terms.root

    @property
    def offered(self) -> Sequence[bytes]:
        """The roots of all that was offered, in order."""
        return [root for root in self._listed("offer") if isinstance(root, bytes)]

    def agree(self, root: bytes) -> None:
        """Contribute to a version."""
        self.storage.put(f"agreed/{root.hex()}", b"")

    def due(self) -> Iterator[Act]:
        for made in pressing(self.contract.requests.values()):
            yield from self.oppose(made)
            yield from self.doubt(made)
        yield from self.back()
        for root in self.offered:
            if root not in self.contract.versions:
                terms = decode(self.storage.get(f"terms/{root.hex()}"))
                yield Submit("propose", {"terms": terms})
        for root, version in self.contract.versions.items():
            yield from self.deploy(root, version)
            yield from self.collect_share(root, version)

    def deploy(self, root: bytes, version: Version) -> Iterator[Act]:
        """Sign; if it is one's own, hand the components over until all holders have them."""
        if version.stage is not Stage.PROPOSED or self.storage.missing(f"agreed/{root.hex()}"):
            return
        terms = version.terms
        if self.identity in terms.shares and self.identity not in version.signed:
            yield Submit("sign", {"version": root})
        if self.identity != terms.provider:
            return
        held = [(i, v) for i in range(len(terms.steps)) for v in terms.holders(i)]
        missing = [at for at in held if at not in version.acknowledged]
        for i, v in missing:
            yield Send("component", v, root, i, self.handed(root, i, v))
        if not missing and version.signed >= terms.shares.keys():
            yield Submit("activate", {"version": root})

    def handed(self, root: bytes, step: int, holder: bytes) -> bytes:
        """What a holder of a step is handed: the salt of its leaf, and the component."""
        return self.storage.get(_part(root, step, holder))

    def collect_share(self, root: bytes, version: Version) -> Iterator[Act]:
        """Collect one's share of what a version has earned."""
        if version.due(self.identity) > 0:
            yield Submit("collect_share", {"version": root})

    def knows(self, made: Request, step: int) -> tuple[bytes, bytes] | None:
        part, given = _part(made.version, step, made.executors[step]), place("data", made, step)
        if self.storage.missing(part) or self.storage.missing(given):
            return None
        return self.storage.get(part)[SALT:], self.storage.get(given)[SALT:]


def _part(root: bytes, step: int, holder: bytes) -> str:
    return f"part/{root.hex()}/{step}/{holder.hex()}"
