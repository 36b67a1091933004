"""Whoever else deviates in the hardened marketplace: beacons, and who has no part in a request."""

from collections.abc import Iterator

import attrs

from impl.hardened.parties.acts import Act, Keep, Submit
from impl.hardened.parties.correspondent import place
from impl.hardened.parties.public import Beacon, Watcher
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from impl.ledger.keys import lock


@attrs.define
class MuteBeacon(Beacon):
    """Says nothing."""

    def attend(self, made: Request) -> Iterator[Act]:
        yield from ()


@attrs.define
class FadingBeacon(Beacon):
    """Says whom chance draws, and nothing of the audits."""

    def attend(self, made: Request) -> Iterator[Act]:
        for act in super().attend(made):
            if isinstance(act, Submit) and act.kind == "route":
                yield act


@attrs.define
class Outsider(Watcher):
    """Disputes what it has no part in, to see what is shown."""

    def attend(self, made: Request) -> Iterator[Act]:
        yield from super().attend(made)
        tried = self.storage.missing(place("outside", made, 0))
        if made.phase is Phase.WINDOW and tried:
            yield Keep(place("outside", made, 0), bytes)
            key = lock(self.identity)
            yield Submit("dispute", {"request": made.id, "step": 0, "key": key})
