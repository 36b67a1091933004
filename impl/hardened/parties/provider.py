"""Providers: they offer versions, hand out components, guarantee refunds, and are paid."""

from collections.abc import Iterator, Sequence

import attrs

from impl.hardened.digests import SALT, leaf
from impl.hardened.parties.backer import Backer
from impl.hardened.parties.backlog import Backlog
from impl.hardened.parties.computing import outline_digest
from impl.hardened.parties.correspondent import Correspondent, place
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

    _agreed: Backlog = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._agreed = Backlog(self.storage, "agreed")

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
        self.storage.put(_terms(terms.root), encode(terms.body()))
        self.agree(terms.root)
        return terms.root

    @property
    def offered(self) -> Sequence[bytes]:
        """The roots of all that was offered, in order."""
        agreed = [root for root in self._agreed if isinstance(root, bytes)]
        return [root for root in agreed if not self.storage.missing(_terms(root))]

    def agree(self, root: bytes) -> None:
        """Contribute to a version."""
        self._agreed.add(root)

    def concerns(self, made: Request) -> bool:
        """Until it is over, and this party's share of what its version has earned is collected."""
        terms, version = made.terms, self.contract.versions[made.version]
        has_part = self.identity in (terms.provider, *terms.shares)
        return has_part and (not made.is_over or version.due(self.identity) > 0)

    def attend(self, made: Request) -> Iterator[Act]:
        yield from self.oppose(made)
        yield from self.doubt(made)
        yield from self.collect_share(made)

    def due(self) -> Iterator[Act]:
        yield from self.back()
        for number, root in self._agreed.open:
            assert isinstance(root, bytes)  # `agree` kept it
            version = self.contract.versions.get(root)
            if version is None:
                yield from self.propose(root)
            elif version.stage is Stage.PROPOSED:
                yield from self.deploy(root, version)
            elif version.stage is not Stage.DRAFT:
                self._agreed.close(number)

    def propose(self, root: bytes) -> Iterator[Act]:
        """Propose a version, if it is one's own."""
        if not self.storage.missing(_terms(root)):
            yield Submit("propose", {"terms": decode(self.storage.get(_terms(root)))})

    def deploy(self, root: bytes, version: Version) -> Iterator[Act]:
        """Sign; if it is one's own, hand the components over until all holders have them."""
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

    def collect_share(self, made: Request) -> Iterator[Act]:
        """Collect one's share of what a version has earned, once more is earned."""
        if made.is_over:
            yield Submit("collect_share", {"version": made.version})

    def knows(self, made: Request, step: int) -> tuple[bytes, bytes] | None:
        part, given = _part(made.version, step, made.executors[step]), place("data", made, step)
        if self.storage.missing(part) or self.storage.missing(given):
            return None
        return self.storage.get(part)[SALT:], self.storage.get(given)[SALT:]


def _terms(root: bytes) -> str:
    return f"terms/{root.hex()}"


def _part(root: bytes, step: int, holder: bytes) -> str:
    return f"part/{root.hex()}/{step}/{holder.hex()}"
