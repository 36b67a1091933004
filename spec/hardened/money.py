"""Accounts: bonds, wages and shares. Every payment is collected by whom it is for (III.E)."""

from spec.hardened.state import (
    Hardening,
    Market,
    Money,
    Party,
    Request,
    Step,
    Version,
    is_over,
    is_shown,
    is_signed_twice,
)
from spec.notation import action, not_, require


@action
def deposit(s: Market, p: Party, n: Money) -> None:
    """A party puts money into its bond (ours: stake, surety)."""
    require(n <= s.balance[p], "party has the money")

    s.balance[p] -= n
    s.bond[p] += n


@action
def withdraw(s: Market, p: Party, n: Money) -> None:
    """A party takes money out of its bond; what is at stake is no longer in there.

    Ours: stake, surety.
    """
    require(n <= s.bond[p], "party has the money")

    s.bond[p] -= n
    s.balance[p] += n


@action
def collect(s: Market, r: Request, i: Step) -> None:
    """The executor of a step collects stake and wage, once nobody can complain any more.

    III.E; ours: escrow, lock.
    """
    require(is_over(s, r), "request is over")
    require(s.without(Hardening.LOCK) | (s.left[r] == 0), "nobody can complain any more")

    could_show = (s.left[r] == 0) & is_shown(s, r, i)
    s.balance[s.executor[r, i]] += s.pot[r, i]
    s.collected[r, i] += s.pot[r, i]
    s.pot[r, i] = Money(0)
    s.fled[r, i] = is_signed_twice(s, r, i) & not_(could_show)


@action
def collect_share(s: Market, p: Party, m: Version) -> None:
    """A provider collects its share of all that a version has earned, in whole units (III.E)."""
    due = entitlement(s, m, p) - s.collected_share[m, p]
    require(due <= s.revenue[m], "revenue is there")

    s.collected_share[m, p] += due
    s.revenue[m] -= due
    s.balance[p] += due


def entitlement(s: Market, m: Version, p: Party) -> Money:
    """A provider's share of all that a version has earned, rounded down."""
    return s.earned[m] * s.share(m, p) // 100
