"""A request, from what a ledger shows of it, and from what has been said of it there."""

from collections.abc import Mapping

import attrs

from checkers.market.hardened.agreed import ROUNDS, VERSIONS
from impl.hardened.phases import Phase
from impl.hardened.records import Request, Told
from impl.hardened.statement import Statement
from impl.ledger.port import View
from impl.quarrel.game import Game
from spec.bytes.encoding import Value


def request_of(view: View, name: bytes) -> Request:
    """A request as a ledger shows it to everybody: of a quarrel, how long that still is."""

    def by_step(field: str) -> dict[int, bytes]:
        return {step: value for (request, step), value in view[field].items() if request == name}

    version, links = view["pinned"][name,], by_step("link")
    return Request(
        id=name,
        consumer=view["consumer"][name,],
        version=version,
        terms=VERSIONS[version].terms,
        escrow=view["escrow"][name,],
        surety=view["surety"][name,],
        links=[links[step] for step in range(view["turn"][name,] + 1)],
        phase=Phase[view["phase"][name,]],
        lot=view["lot"].get((name,), b""),
        executors=by_step("executor"),
        since={step: number for (r, step), number in view["since"].items() if r == name},
        published=b"" if view["published"][name,] else None,
        disputed=view["disputed"][name,],
        opponent=view["opponent"].get((name,), b""),
        halvings=view["halvings"][name,],
    )


@attrs.define
class Heard:
    """What was said of requests in transactions that were appended, as whoever follows knows it.

    Attributes:
        keys: for what key data is to be sealed, of each request of which it was demanded.
        opponents: for what key its opponent is to be told what went into a disputed step.
        games: the quarrels, from where their executors have opened them.
        told: what these have told their opponents.
    """

    keys: dict[bytes, bytes] = attrs.field(factory=dict, init=False)
    opponents: dict[bytes, bytes] = attrs.field(factory=dict, init=False)
    games: dict[bytes, Game] = attrs.field(factory=dict, init=False)
    told: dict[bytes, Told] = attrs.field(factory=dict, init=False)

    def follow(self, kind: str, body: Mapping[str, Value]) -> None:
        """Take note of a transaction that was appended."""
        match kind, body:
            case "demand", {"request": bytes(request), "key": bytes(key)}:
                self.keys[request] = key
            case "dispute" | "audit", {"request": bytes(request), "key": bytes(key)}:
                self.opponents[request] = key
                self.games.pop(request, None)
            case "narrow", {"request": bytes(request), "state": bytes(state), **first}:
                if request not in self.games:
                    self._begin(request, first)
                self.games[request].claim(state)
            case "answer", {"request": bytes(request), "same": bool(same)}:
                self.games[request].answer(same)

    def _begin(self, request: bytes, first: Mapping[str, Value]) -> None:
        """An executor states what a quarrel is about, and tells its opponent what that needs."""
        match first:
            case {"statement": bytes(statement), "sealed": bytes(sealed)}:
                stated = Statement.parse(statement)
                self.games[request] = stated.game(ROUNDS)
                self.told[request] = Told(sealed, stated.salting(ROUNDS))

    def of(self, made: Request) -> Request:
        """A request, with what was said of it."""
        made.key = self.keys.get(made.id, b"")
        made.opponent_key = self.opponents.get(made.id, b"")
        made.game = self.games.get(made.id)
        made.told = self.told.get(made.id)
        return made
