"""The hardened protocol at work: a lazy vendor is convicted by one operation."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from adversaries.deviating.hardened.vendors import ForgingVendor
from adversaries.victim import API, parts, right_output, victim
from checkers.host.telling import silent
from checkers.market.demo.telling import Say, short, show_digit, show_page
from checkers.market.folder.account import Account
from checkers.market.folder.names import Names, Party
from checkers.market.folder.placed import Placed, placed
from checkers.market.folder.story import story, told
from checkers.results.words import counted
from impl.folder import NODE
from impl.hardened.chance import AUDITED
from impl.hardened.contract import HardenedContract
from impl.hardened.market import CAST, HardenedMarket
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from impl.ledger import sqlite
from impl.ledger.port import Ledger
from impl.ledger.transaction import Transaction
from impl.models.component import labels
from spec.bytes.encoding import encode

_LAZY = "vendor1"
_LONGEST = 1000  # blocks


def tell_hardened(folder: Path, say: Say) -> None:
    """Tell the story, a line at a time."""
    data = victim()[1][2:3]
    with _answered_lazily(folder) as (market, where, made):
        names, ledger = _names(market), market.around.node.ledger
        say("The same network on the hardened market, where whoever executes puts money at stake.")
        show_page(where.page(), say)
        say("\nA consumer asks for the third digit again. The lazy vendor1 is drawn again, commits")
        say("to zeros, and will stand by them whatever it is asked.")
        show_digit(data, say)
        before = story(_said(ledger), names, made)
        show_page([told(before)], say)
        output = market.consumer.output(made.id)
        assert output is not None  # `_answered_lazily` has seen to it
        answer, right = labels(output)[0], labels(right_output(data))[0]
        say(f"  the marketplace answers {answer}; the whole model, {right}")
        step = next(step for step, v in made.executors.items() if names.of(v) == _LAZY)
        say(f"\nChance draws one step in {AUDITED} for an audit, and this time none. The provider")
        say(f"has all parts, runs step {step} itself, and disputes it while the window is open.")
        market.provider.dispute(made.id, step)
        market.run(_LONGEST)
        show_page([told(story(_said(ledger), names, made)[len(before) :])], say)
        say("\nThe contract has run that one operation again: not the model, and no part of it.")
        say("What vendor1 says comes next does not follow, so vendor1 is convicted, and the refund")
        say("comes out of its stake. What is left of that is nobody's, lest convicting be a gain.")
        say("\nEverybody's bill:")
        show_page(Account.of(ledger, names).page(None), say)
        say("\nWhat settles is right if somebody disputed it who answered right: so much of the")
        say("paper's claim A16 holds here, and `tallystick verify` proves it for any number.")
    with sqlite.Ledger.read(ledger.path, HardenedContract) as again:
        head = short(again.head)
        say(
            "\nThe ledger, verified anew from its file: "
            f"{counted(again.height, 'transaction')}, {head}"
        )


@contextmanager
def _answered_lazily(folder: Path) -> Iterator[tuple[HardenedMarket, Placed, Request]]:
    """A market whose consumer was just answered by the lazy vendor, and not found out yet.

    Who executes and what is audited is left to chance, so it takes a market or a few.
    """
    cast = {**CAST, _LAZY: ForgingVendor}
    where = placed(parts(), [n for n in cast if n.startswith("vendor")], 1, silent)
    for seed in count():
        with HardenedMarket.create(folder / str(seed), cast, seed=seed) as market:
            root = market.deploy(parts(), api=API, holders=where.holders)
            request = market.consumer.ask(root, encode(victim()[1][2:3]))
            while market.consumer.output(request) is None:
                market.pass_block()
            made = market.contract.requests[request]
            executors = map(market.named, made.executors.values())
            if _LAZY in executors and made.phase is Phase.WINDOW and not made.doubted:
                yield market, where, made
                return


def _names(market: HardenedMarket) -> Names:
    node = {NODE: Party(NODE, market.around.node.key.public)}
    return Names({n: Party(n, m.identity) for n, m in market.members.items()} | node)


def _said(ledger: Ledger) -> list[Transaction]:
    return [each for _, each in ledger]
