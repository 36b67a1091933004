"""Handshake, model distribution and deployment (III.C)."""

from spec.basic.state import Api, Component, Market, Model, Provider, Step
from spec.notation import action


@action
def deploy(s: Market, m: Model, i: Step, c: Component) -> None:
    """The provider hands a component to the vendor of a step, off the ledger (III.C)."""
    s.deployed[m, i] = True
    s.handed[m, i] = c


@action
def register(s: Market, p: Provider, a: Api, m: Model) -> None:
    """The provider records signature, API id and the vendors' sequence (III.C)."""
    s.registered[a] = True
    s.provider[a] = p
    s.model[a] = m
