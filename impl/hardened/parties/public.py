"""Parties without an interest of their own: the beacon, and anybody who watches."""

from collections.abc import Iterator
from functools import partial

import attrs

from impl.hardened.parties.acts import Act, Keep, Submit
from impl.hardened.parties.correspondent import place
from impl.hardened.parties.member import Member
from impl.hardened.parties.pool import POOLED
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from impl.ledger.keys import KEY
from spec.bytes.encoding import Value


@attrs.define
class Beacon(Member):
    """Announces two rounds for each request: before its first step, and after its last.

    A round is a signature, which nobody else can foresee or choose; the beacon is trusted not to.
    """

    @property
    def quota(self) -> int:
        """As many as can be under way: the beacon is always heard."""
        return POOLED

    def concerns(self, made: Request) -> bool:
        return not made.is_over and not made.lot

    def attend(self, made: Request) -> Iterator[Act]:
        if made.phase is Phase.OPEN:
            yield Submit("route", {"request": made.id, "beacon": self.key.sign(made.id)})
        if made.phase is Phase.WINDOW:
            yield Submit("draw_lots", {"request": made.id, "beacon": self.key.sign(made.seed)})


@attrs.define
class Watcher(Member):
    """Anybody: has done what anybody may have the contract do."""

    def concerns(self, made: Request) -> bool:
        return not made.is_done

    def attend(self, made: Request) -> Iterator[Act]:
        yield from self.advance(made)
        yield from self.expose(made)

    def advance(self, made: Request) -> Iterator[Act]:
        """Hold drawn audits, have verdicts spoken, and end what is overdue."""
        contract = self.contract
        if made.phase is Phase.WINDOW and contract.left_to_auditors(made) == 0:
            for step in contract.audits_left(made):
                yield Submit("audit", {"request": made.id, "step": step, "key": b""})
        if made.phase is Phase.OPENED and not made.reproduced:
            yield Submit("uphold", {"request": made.id})
        elif made.phase is Phase.OPENED:
            yield Submit("dismiss", {"request": made.id})
        kind = after_deadline(made)
        is_held_up = kind == "settle" and contract.audits_left(made)  # refused, it uses up a quota
        if kind is not None and contract.left(made) == 0 and not is_held_up:
            drawn_next = kind in ("pass_over", "abandon")
            holder = {"holder": contract.executor_due(made)} if drawn_next else {}
            yield Submit(kind, {"request": made.id, **holder})

    def expose(self, made: Request) -> Iterator[Act]:
        """Keep signed records that the ledger refused; show those that contradict another."""
        for claim in self.node.refused.get(made.id, ()):
            if claim.contradicts(made) and self.contract.counts(claim):
                shown = claim.key + claim.evidence
                yield Keep(place("second", made, claim.step), partial(bytes, shown))
        if not made.is_over:
            return
        for step in range(made.turn):
            kept = place("second", made, step)
            if not self.storage.missing(kept) and made.pots[step]:
                shown = self.kept(kept)
                key, evidence = shown[:KEY], shown[KEY:]
                found = self.contract.second(made, step, key, evidence)
                if found is not None and self.contract.counts(found):
                    body: dict[str, Value] = {"request": made.id, "step": step}
                    yield Submit("expose", {**body, "key": key, "evidence": evidence})


def after_deadline(made: Request) -> str | None:
    """What anybody may have the contract do once the time for a phase is over."""
    spare = made.failed[made.turn] < made.terms.spares
    match made.phase:
        case Phase.OPEN:
            return "lapse"
        case Phase.ROUTED:
            return "pass_over" if spare else "abandon"
        case Phase.WORK | Phase.PUBLISHED:
            return "replace" if spare else "give_up"
        case Phase.DEMANDED:
            return "withhold" if made.turn else "withhold_input"
        case Phase.WINDOW:
            return "settle"
        case Phase.DISPUTED:
            return "refuse_to_open"
        case Phase.NARROWED:
            return "concede"
    return None
