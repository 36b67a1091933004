"""Handshake, model distribution and deployment (III.C), with overlap (III.D)."""

from spec.basic.state import Api, Component, Model, Request, Step
from spec.notation import action, all_of, exists, not_, require
from spec.orchestrated.state import Market, Party, Place, deviate


@action
def hand_over(s: Market, m: Model, i: Step, v: Party, c: Component) -> None:
    """The provider hands a holder a component in place of the right one, off the ledger."""
    require(s.holder(m, i, v), "vendor holds the step")
    require(c != s.component(m, i), "component is another")
    require(not_(is_at_work(s, m, i, v)), "vendor is between its record and its output")

    s.handed[m, i, v] = c
    deviate(s, s.owner(m), True)


def is_at_work(s: Market, m: Model, i: Step, v: Party) -> bool:
    """Whether a vendor has recorded a step, and is still to return what it has computed."""
    return exists(
        Request,
        lambda r: all_of(
            s.place[r] == Place.RECORDED,
            s.model[s.api[r]] == m,
            s.hop[r] == i,
            s.picked[r, i] == v,
        ),
    )


@action
def register(s: Market, a: Api, m: Model) -> None:
    """The provider records signature, API id and holders (III.C; III.D)."""
    s.registered[a] = True
    s.provider[a] = s.owner(m)
    s.model[a] = m
