"""What an honest party says twice, under two numbers, as it can after a crash, counts once.

Whoever stops does not know what is under way: begun again, it says that under the next number. When
the first copy arrives all the same, the second one may be appended whenever its turn comes, after
others have gone on. So no transaction may come to mean something else by then.
"""

from collections.abc import Hashable
from pathlib import Path
from random import Random

import attrs
import numpy as np
import pytest

from impl.hardened.market import CAST, Cast, HardenedMarket
from impl.hardened.network import Faults, Network
from impl.hardened.parties.computing import output_of
from impl.hardened.parties.shown import LEDGER
from impl.hardened.parties.vendor import Vendor
from impl.hardened.phases import Phase
from impl.hardened.records import Request
from impl.ledger.transaction import ROTATE, Transaction, parse
from impl.quarrel.run import Run
from impl.quarrel.salts import SALT, Occasion
from spec.bytes.encoding import encode
from tests.support.linear import linear
from tests.support.selection import some_full

pytestmark = pytest.mark.usefixtures("no_power_is_lost")

PARTS = [linear([[1, 2], [3, -1]], [1, 0]), linear([[2, 0], [1, 1]], [0, 5])]
ROWS, LONGEST = 7, 120
MANY = range(28)
"""Of all that parties say from the request on, which one is said twice."""
SELDOM = [number for number in MANY if number % 3]


class Liar(Vendor):
    """Records what comes of another input, and stands by that once its opponent has answered."""

    def work(self, made: Request, step: int) -> bytes:
        if step > 0:
            return super().work(made, step)
        rounds, occasion = made.terms.rounds[step], Occasion(made.id, step)
        return output_of(self.component(made, step), self._other(made), rounds, occasion)

    def run(self, made: Request, step: int) -> Run | None:
        if step > 0 or made.game is None:
            return super().run(made, step)
        rounds = made.terms.rounds[step]
        return Run.of(self.component(made, step), self._other(made), made.quarrel, rounds)

    def _other(self, made: Request) -> bytes:
        return self.data(made, 0)[:SALT] + encode(np.full((ROWS, 2), 9))


@attrs.define
class Late(Network):
    """Delays by a block what a party says first of one thing, and all that it says with that.

    Attributes:
        number: which of all that parties say on the ledger that is.
        author: who says it, once it is said.
        kind: of what kind it is.
    """

    number: int = 0
    author: bytes = b""
    kind: str = ""
    said: int = 0

    def send(
        self, sender: bytes, receiver: bytes, data: bytes, about: Hashable | None = None
    ) -> None:
        said = parse(data).transaction if receiver == LEDGER else None
        if said is not None and self._is_late(said):
            self._under_way[self.now + 1].append((receiver, data))
        else:
            super().send(sender, receiver, data, about)

    def _is_late(self, said: Transaction) -> bool:
        self.said += 1
        if self.said == self.number + 1:
            self.author, self.kind = said.author, said.kind
        return said.author == self.author and said.kind in (self.kind, ROTATE)


class Market(HardenedMarket):
    """Whoever is delayed stops at once, and begins again with a key that it then replaces."""

    has_stopped = False

    def _act(self, name: str) -> bool:
        acted = super()._act(name)
        network, member = self.around.network, self.members.get(name)
        author = network.author if isinstance(network, Late) else b""
        if member is not None and not self.has_stopped and member.identity == author:
            self.has_stopped = True
            self._begin_again(name)
            self.members[name].replace_key()
        return acted


def disputed(folder: Path, cast: Cast, number: int) -> tuple[Market, Request, str]:
    """A market in which a request was disputed, and one thing was said twice; of which kind."""
    market = Market.create(folder, cast, seed=number)
    network = Late(Faults(), Random(0), number=-1)
    market.around.network = market.around.node.network = network
    version = market.deploy(PARTS, rows=ROWS)
    market.run(LONGEST)
    network.number, network.said = number, 0
    request = market.consumer.ask(version, encode(np.array([[1, i] for i in range(ROWS)])))
    market.provider.dispute(request, 0)
    market.run(LONGEST)
    return market, market.contract.requests[request], network.kind


@pytest.mark.parametrize("number", some_full(MANY, SELDOM))
@pytest.mark.parametrize("liars", [False, True])
def test_who_is_right_is_upheld_whatever_is_said_twice(
    tmp_path: Path, liars: bool, number: int
) -> None:
    """A right executor, whom nobody convicts, and whoever disputes what is wrong."""
    cast = {name: Liar if liars and role is Vendor else role for name, role in CAST.items()}
    market, made, kind = disputed(tmp_path, cast, number)
    with market:
        assert kind, "all that is said is said once"
        lied = {made.executors[0]} if liars else set()
        assert market.contract.convicted == lied, kind
        assert made.phase is (Phase.REFUNDED if liars else Phase.SETTLED), kind
