"""What everybody is owed, by what was said on the ledger, whatever is in the contract's books.

Only what transactions say counts, in their order, and what terms say of money: price and wages are
agreed before anybody works. So who is robbed in the books is robbed of what is found here.
"""

from collections import Counter
from collections.abc import Iterable

import attrs

from impl.hardened.terms import Terms
from impl.ledger.transaction import Transaction
from spec.bytes.encoding import Value


@attrs.define
class _Told:
    """A request, as the ledger tells it.

    Attributes:
        executors: who put up a stake for each step, the last one of each.
        recorded: how many steps are.
        waits: who demanded data last.
        doubted: the step that was looked into last.
        at_a_cost: whether who had it looked into has paid for that.
    """

    terms: Terms
    version: Value
    consumer: bytes
    executors: dict[Value, bytes] = attrs.field(factory=dict)
    recorded: int = 0
    waits: bytes = b""
    doubted: Value = 0
    at_a_cost: bool = False


@attrs.define
class Account:
    """What parties that keep to the protocol are owed beside what they began with.

    Wages, tolls and shares are earned. A consumer pays for what is settled, or forfeited; who
    demands data that is given then has paid its toll. A provider has chosen the holders: if nobody
    goes on with a request, it pays what was earned of it. Nothing else costs anything: no honest
    party is at fault, and none disputes what is right.

    Attributes:
        due: to each party; below zero what it has paid beyond what it has earned.
    """

    due: Counter[bytes] = attrs.field(factory=Counter)
    _terms: dict[Value, Terms] = attrs.field(factory=dict)
    _told: dict[Value, _Told] = attrs.field(factory=dict)
    _earned: Counter[Value] = attrs.field(factory=Counter)

    @classmethod
    def of(cls, said: Iterable[Transaction]) -> "Account":
        """What was said on a ledger comes to."""
        account = cls()
        for each in said:
            account._hear(each)
        for version, earned in account._earned.items():
            for party, share in account._terms[version].shares.items():
                account.due[party] += earned * share // 100
        return account

    def _hear(self, said: Transaction) -> None:
        if said.kind == "propose":
            terms = Terms.parse(said.body["terms"])
            self._terms[terms.root] = terms
        elif said.kind == "request":
            version = said.body["version"]
            made = _Told(self._terms[version], version, said.author)
            self._told[said.body["request"]] = made
        elif said.body.get("request") in self._told:
            self._go_on(said, self._told[said.body["request"]])

    def _go_on(self, said: Transaction, made: _Told) -> None:
        """Something is said about a request."""
        terms, due = made.terms, self.due
        price, toll = terms.costs[0], terms.toll
        match said.kind:
            case "assign":
                made.executors[made.recorded] = said.author
            case "record":
                due[said.author] += terms.costs[made.recorded] - terms.costs[made.recorded + 1]
                made.recorded += 1
            case "demand":
                due[said.author] -= toll
                made.waits = said.author
            case "publish":
                due[said.author] += toll
            case "withhold" | "show_bad":
                due[made.waits] += toll
            case "withhold_input":
                due[made.waits] += toll + price
                due[made.consumer] -= price
            case "show_bad_input":  # of which the toll is a part
                due[made.waits] += price
                due[made.consumer] -= price
            case "dispute" | "audit":
                made.doubted, made.at_a_cost = said.body["step"], said.kind == "dispute"
            case "dismiss" | "concede":
                due[made.executors[made.doubted]] += toll * made.at_a_cost
            case "settle":
                due[made.consumer] -= price
                self._earned[made.version] += terms.costs[made.recorded]
            case "abandon":
                due[terms.provider] -= price - terms.costs[made.recorded]
