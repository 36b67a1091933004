"""The requests that still concern somebody, of all that were ever made."""

from collections.abc import Callable, Sequence
from itertools import islice

import attrs

from impl.hardened.contract import HardenedContract
from impl.hardened.records import Request


@attrs.define
class Agenda:
    """The requests that still concern somebody.

    Each is taken up once, when it is new on the ledger, and let go once it is of no concern: those
    that are over cost nothing, however many there are. Nothing of this is stored, and nothing is
    forgotten: whoever begins, or whose ledger begins again, goes through all requests once more.

    Attributes:
        concerns: whether a request is still of concern; once it is not, it never is again.
    """

    concerns: Callable[[Request], bool]
    _contract: HardenedContract | None = attrs.field(default=None, init=False)
    _height: int = attrs.field(default=-1, init=False)
    _seen: int = attrs.field(default=0, init=False)
    _open: list[Request] = attrs.field(factory=list, init=False)

    def look(self, contract: HardenedContract, height: int) -> Sequence[Request]:
        """Those of concern as things are now; those whose deadline is next come first.

        Args:
            contract: the contract, which may be another object than it was.
            height: how many transactions have made it what it is.
        """
        if contract is not self._contract:
            self._contract, self._seen, self._open = contract, 0, []
        elif height == self._height:
            return self._open
        self._height = height
        new = len(contract.requests) - self._seen
        latest = islice(reversed(contract.requests.values()), new)  # without passing by the others
        self._seen += new
        self._open += reversed([*latest])
        self._open = [made for made in self._open if self.concerns(made)]
        self._open.sort(key=lambda made: (made.is_over, made.deadline))
        return self._open
