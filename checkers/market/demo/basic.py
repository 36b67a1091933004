"""The paper's first protocol at work: a lazy vendor is seen, and not convicted."""

from pathlib import Path

from adversaries.deviating.basic.vendors import LazyVendor
from adversaries.victim import API, parts, right_output, victim
from checkers.market.demo.telling import Say, short, show_digit
from checkers.results.words import counted
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Transaction
from impl.models.component import labels
from impl.models.fixedpoint import Integers
from impl.paper.basic.contract import BasicContract
from impl.paper.basic.market import BasicMarket
from spec.bytes.encoding import encode

_CALLS = 3


def tell_basic(folder: Path, say: Say) -> None:
    """Tell the story, a line at a time."""
    with BasicMarket.create(folder) as market:
        _deploy(market, say)
        say("\nA consumer calls it three times; before the last call, vendor1 turns lazy.")
        for number, row in enumerate(victim()[1][:_CALLS]):
            if number == _CALLS - 1:
                _turn_lazy(market, "vendor1")
            _call(market, number, row.reshape(1, -1), say)
        say("\nWhat anybody can read on the ledger:")
        for position, transaction in market.ledger:
            say(f"  {_entry(market, position, transaction)}")
        say("\nThe consumer doubts the answers and calls the arbitrator.")
        for number in range(_CALLS):
            _dispute(market, number, say)
        say("A digest says which component a vendor names, not which one it ran: this is the")
        say("paper's claim A16, and `tallystick verify` refutes it in four steps.")
    with Ledger.read(folder / "ledger.db", BasicContract) as ledger:
        ledger.verify()
        head = short(ledger.head)
        say(
            "\nThe ledger, verified anew from its file: "
            f"{counted(ledger.height, 'transaction')}, {head}"
        )


def _deploy(market: BasicMarket, say: Say) -> None:
    say("A provider trains a network on handwritten digits and splits it over three vendors.")
    for step, (part, vendor) in enumerate(zip(parts(), market.vendors, strict=True)):
        units = f"{part.program.takes:2d} -> {part.program.gives:2d} units"
        say(f"  step {step}: {units}, {short(part.digest)}, to {vendor.name}")
    say("Its sums are certified to stay below 2**53, so that any two runs give the same bytes.")
    market.provider.deploy(API, parts(), market.vendors)


def _turn_lazy(market: BasicMarket, name: str) -> None:
    vendor = market.members[name]
    market.members[name] = LazyVendor(name, vendor.first, vendor.storage, vendor.ledger)


def _dispute(market: BasicMarket, request: int, say: Say) -> None:
    finding = market.arbitrator.judge(request, market.provider)
    blamed = "nobody" if finding.convicted is None else market.named(finding.convicted)
    wrong = "none" if finding.wrong is None else f"{market.vendors[finding.wrong].name}'s"
    say(
        f"  request {request}: by digests {finding.executed} of {len(parts())} steps executed, "
        f"{blamed} convicted; run again, the wrong output is {wrong}"
    )


def _call(market: BasicMarket, number: int, data: Integers, say: Say) -> None:
    request = market.consumer.request(API, encode(data))
    market.work()
    output = market.consumer.take(request)
    assert output is not None  # every vendor answers here
    show_digit(data, say)
    answer, right = labels(output)[0], labels(right_output(data))[0]
    say(f"  request {number}: the marketplace answers {answer}; the whole model, {right}")


def _entry(market: BasicMarket, position: int, transaction: Transaction) -> str:
    fields = [
        f"{name} {short(value)}" if isinstance(value, bytes) else f"{name} {value}"
        for name, value in transaction.body.items()
        if not isinstance(value, list)
    ]
    author = market.named(transaction.author)
    return f"{position:2d} {author:10s} {transaction.kind:9s} {', '.join(fields)}"
