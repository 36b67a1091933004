"""Friends of a vendor, or of a provider, in the hardened marketplace: they look, or seem to.

A share of what is earned, even of nothing, gives somebody a part in each request, and so the right
to dispute its steps. Other holders of a part are drawn to check it.
"""

from collections.abc import Iterator
from functools import partial

import attrs

from adversaries.deviating.hardened.play import Deploy
from adversaries.victim import worse
from impl.hardened.market import HardenedMarket
from impl.hardened.parties.acts import Act, Send, Submit
from impl.hardened.parties.provider import Provider
from impl.hardened.parties.public import Watcher
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import Phase
from impl.hardened.records import Request, Version
from impl.hardened.terms import Terms
from impl.models.component import component_of
from impl.quarrel.salts import SALT

FRIENDS = ("friend0", "friend1")
"""Who has a share of nothing."""
with_friends: Deploy = partial(
    HardenedMarket.deploy, shares={"provider": 100, **dict.fromkeys(FRIENDS, 0)}
)
"""Have a version offered of which friends have a share."""


@attrs.define
class ForestallingWatcher(Watcher):
    """Has each audit held without its auditor, who is then told nothing, before that can begin."""

    def attend(self, made: Request) -> Iterator[Act]:
        if made.phase is Phase.WINDOW:
            for step in self.contract.audits_left(made):
                yield Submit("audit", {"request": made.id, "step": step, "key": b""})
        yield from super().attend(made)


@attrs.define
class FavouringProvider(Provider):
    """Hands one holder of each step another component than the registered one."""

    def deploy(self, root: bytes, version: Version) -> Iterator[Act]:
        for act in super().deploy(root, version):
            if isinstance(act, Send) and act.receiver == version.terms.holders(act.step)[1]:
                secret, part = act.content[:SALT], component_of(act.content[SALT:])
                act = attrs.evolve(act, content=secret + worse(part).canonical())
            yield act


@attrs.define
class CredulousVendor(Vendor):
    """Confirms whatever it is handed, and runs that."""

    def is_registered(self, terms: Terms, step: int, handed: bytes) -> bool:
        return True
