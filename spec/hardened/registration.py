"""Handshake, model distribution and deployment (III.C), with several providers (III.E)."""

from spec.hardened.state import (
    Component,
    Hardening,
    Market,
    Party,
    Stage,
    Step,
    Time,
    Version,
    is_on_market,
)
from spec.notation import action, forall, implies, ite, not_, require


@action
def propose(s: Market, p: Party, m: Version) -> None:
    """The provider records signature, identifiers, steps, holders, price and shares (III.C)."""
    require(p == s.provider(m), "provider is the version's")
    require(s.stage[m] == Stage.DRAFT, "version is new")

    s.stage[m] = Stage.PROPOSED
    s.offered[m] = s.agreeing(m)


@action
def sign(s: Market, p: Party, m: Version) -> None:
    """A provider who contributes to a joint version agrees to it (III.E)."""
    require(s.stage[m] == Stage.PROPOSED, "version is proposed")
    require(s.contributes(m, p), "provider contributes to the version")

    s.signed[m, p] = True


@action
def hand_over(s: Market, m: Version, i: Step, v: Party, c: Component) -> None:
    """Who contributes a component hands it to a holder of its step, off the ledger (III.C; III.E).

    A holder keeps what it has acknowledged, whatever it is handed later.
    """
    require(s.holder(m, i, v), "vendor holds the step")
    require(not_(s.acknowledged[m, i, v]), "component is not acknowledged")

    s.handed[m, i, v] = c
    p = s.contributor(m, i)
    s.deviated[p] = s.deviated[p] | (c != s.component(m, i))


@action
def acknowledge(s: Market, v: Party, m: Version, i: Step) -> None:
    """A holder confirms that it was handed the registered component, and that it is one.

    It has read the terms too, and can keep them. III.C; ours: acknowledgement.
    """
    require(s.stage[m] == Stage.PROPOSED, "version is proposed")
    require(s.holder(m, i, v), "vendor holds the step")

    s.acknowledged[m, i, v] = True
    same = s.handed[m, i, v] == s.component(m, i)
    s.deviated[v] = s.deviated[v] | not_(same & s.true(m, i))


@action
def reject(s: Market, v: Party, m: Version, i: Step) -> None:
    """A holder refuses component or terms; nobody is convicted, and who offers them can do so anew.

    Then every holder is asked anew: nobody has to keep for good what may never be sold.

    III.C; ours: acknowledgement.
    """
    require(s.stage[m] == Stage.PROPOSED, "version is proposed")
    require(s.holder(m, i, v), "vendor holds the step")

    s.stage[m] = Stage.DRAFT
    s.acknowledged.fill_by(
        lambda at: s.acknowledged[at] & not_((at[0] == m) & s.holder(m, at[1], at[2]))
    )


@action
def activate(s: Market, m: Version) -> None:
    """A version that every provider signed and every holder acknowledged can be requested.

    III.C; ours: acknowledgement.
    """
    require(s.stage[m] == Stage.PROPOSED, "version is proposed")
    require(
        s.without(Hardening.JOINT_SIGNATURE) | is_signed(s, m),
        "every provider has signed",
    )
    require(
        s.without(Hardening.ACKNOWLEDGEMENT) | is_acknowledged(s, m),
        "every holder has acknowledged",
    )

    s.stage[m] = Stage.ACTIVE
    s.offered[m] = Time(0)
    s.current[s.provider(m), s.api(m)] = m


def is_signed(s: Market, m: Version) -> bool:
    """Every provider has signed a version."""
    return forall(Party, lambda p: implies(s.contributes(m, p), s.signed[m, p]))


def is_acknowledged(s: Market, m: Version) -> bool:
    """Every holder of a step of a version has acknowledged its component."""
    return forall(
        Step,
        Party,
        lambda i, v: implies((i <= s.last(m)) & s.holder(m, i, v), s.acknowledged[m, i, v]),
    )


def forget_drafts(s: Market) -> None:
    """A block passes: what was offered for too long is as if it had never been.

    Whoever has agreed to it by then is not bound any more, and nobody has to keep it (ours:
    deadlines).
    """
    s.stage.fill_by(lambda m: ite(is_forgotten(s, m), Stage.DRAFT, s.stage[m]))
    s.signed.fill_by(lambda at: s.signed[at] & not_(is_forgotten(s, at[0])))
    s.acknowledged.fill_by(
        lambda at: s.acknowledged[at] & not_(is_forgotten(s, at[0]) & s.holder(at[0], at[1], at[2]))
    )
    s.offered.fill_by(lambda m: ite(s.offered[m] == 0, s.offered[m], s.offered[m] - 1))


def is_forgotten(s: Market, m: Version) -> bool:
    """Whether a version was offered for as long as it can be, when a block passes."""
    return not_(is_on_market(s, m)) & (s.offered[m] <= 1)


@action
def retire(s: Market, p: Party, m: Version) -> None:
    """The provider takes a version off the market; open requests still end on it.

    III.C; ours: version pin.
    """
    require(p == s.provider(m), "provider is the version's")
    require(s.stage[m] == Stage.ACTIVE, "version is active")

    s.stage[m] = Stage.RETIRED
