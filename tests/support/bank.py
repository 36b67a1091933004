"""A bank: accounts, transfers, and two actions with an error planted in them."""

from enum import Enum

from spec.notation import Action, Machine, Map, Ordinal, Sort, action, require, state, total


class Account(Sort): ...


class Branch(Sort): ...


class Amount(Ordinal): ...


class Hours(Enum):
    CLOSED = 0
    OPEN = 1


@state
class Bank:
    balance: Map[Account, Amount]
    home: Map[Account, Branch]
    supply: Amount
    hours: Hours
    audited: bool


def init(s: Bank) -> None:
    s.balance.fill(Amount(0))
    s.supply = Amount(0)
    s.hours = Hours.OPEN
    s.audited = False


@action
def deposit(s: Bank, a: Account, n: Amount) -> None:
    s.balance[a] += n
    s.supply += n


@action
def transfer(s: Bank, a: Account, b: Account, n: Amount) -> None:
    require(n <= s.balance[a], "account holds the amount")
    s.balance[a] -= n
    s.balance[b] += n


@action
def counterfeit(s: Bank, a: Account, n: Amount) -> None:
    """A planted error: money from nowhere."""
    s.balance[a] += n


@action
def overdraw(s: Bank, a: Account, n: Amount) -> None:
    """A planted error: no guard keeps the account above zero."""
    s.balance[a] -= n
    s.supply -= n


def money_is_conserved(s: Bank) -> bool:
    return total(s.balance) == s.supply


def bank(*actions: Action[Bank], name: str = "bank") -> Machine[Bank]:
    """A bank at which these things can be done."""
    return Machine(
        name,
        Bank,
        init,
        actions,
        always=(money_is_conserved,),
        sizes={Account: 2, Branch: 1, Amount: 4},
    )
