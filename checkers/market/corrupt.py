"""Lets corrupted parties loose in markets, and looks whether the others have to complain."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

import attrs

from adversaries.deviating.hardened.play import names
from adversaries.scratch import scratch
from adversaries.strategies.hardened.world import World, complaints, lived, missed
from adversaries.strategies.will import Curious, Scripted, Strategy, Will, shortest
from checkers.host.telling import Tell, silent
from checkers.market.audit.judge import audit
from checkers.results.page import Block, Line, Listing, Table
from checkers.results.result import Result, Verdict
from checkers.results.words import counted
from impl.hardened.contract import HardenedContract
from impl.hardened.market import HardenedMarket
from impl.ledger.sqlite import Ledger
from impl.ledger.transaction import Transaction
from spec.notation.arguments import checked

OFTEN = (1, 3, 8, 20)
"""At how many of a hundred occasions a coalition deviates: each world has one of these."""
JUDGE = "the judge finds"
UNNAMED = "any other"
"""What moves without a name are counted as, which is not shown."""
PROMISE = "no honest party has to complain"


@attrs.frozen
class Failure:
    """A world in which somebody honest has to complain, and the strategy that does it.

    Attributes:
        moves: by occasion, what is done there, in words; nothing, as long as that is not looked at.
    """

    number: int
    world: World
    strategy: Strategy
    complaints: Sequence[str]
    moves: Mapping[str, str] = attrs.field(factory=dict)

    @property
    def shortest(self) -> "Failure":
        """The same with a strategy of which nothing can be left out.

        Somebody honest still has to complain, if anybody but the judge had to.
        """

        def fails(strategy: Strategy) -> bool:
            found = happened(self.world, Scripted(strategy))
            return bool(_by_parties(found) if _by_parties(self.complaints) else found)

        fewest = shortest(self.strategy, fails)
        will = Scripted(fewest)
        found = happened(self.world, will)
        return attrs.evolve(self, strategy=fewest, complaints=found, moves=will.made)

    def json(self) -> dict[str, object]:
        """All that is needed to play it again."""
        return {
            "number": self.number,
            "world": {**attrs.asdict(self.world), "corrupted": sorted(self.world.corrupted)},
            "strategy": dict(self.strategy),
            "moves": dict(self.moves),
            "complaints": list(self.complaints),
        }


@attrs.frozen
class Corrupted(Result):
    """What came of worlds with corrupted parties in them.

    Attributes:
        worlds: how many there were.
        failures: those in which somebody honest has to complain.
        reached: how often each kind of transaction was appended, also where one of a coalition
            looks into the step of another, and each phase was the last one of a request.
        convicted: how often somebody was, by its role and by what convicted it.
        refused: how often the ledger refused something, by the reason.
        excused: how often the market has not done something for somebody honest, by what it is, and
            by what excuses it.
        played: how often each move was made that no honest party makes, by what it was about.
    """

    worlds: int
    failures: Sequence[Failure]
    reached: Mapping[str, int]
    convicted: Mapping[str, int]
    refused: Mapping[str, int]
    excused: Mapping[str, int]
    played: Mapping[str, int]

    @property
    def moves(self) -> int:
        """How many moves no honest party would have made."""
        return sum(self.played.values())

    @property
    def asked(self) -> str:
        return f"let corrupted parties loose in {counted(self.worlds, 'world')}"

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        if self.failures:
            return {
                PROMISE: Verdict(
                    "refuted", f"refuted in {counted(len(self.failures), 'world')}", "against"
                )
            }
        if self.undecided:
            return {PROMISE: Verdict("vacuous", "nobody deviated", "undecided")}
        return {PROMISE: Verdict("sampled", f"sampled in {counted(self.worlds, 'world')}")}

    @property
    def failed(self) -> bool:
        return bool(self.failures)

    @property
    def undecided(self) -> bool:
        """Whether nobody deviated, so that nothing was tried."""
        return not self.moves

    def page(self) -> Iterator[Block]:
        for failure in self.failures:
            yield Listing(f"world {failure.number}", tuple(_told(failure)))
        for title, told in (
            ("played", {move: n for move, n in self.played.items() if not _is_unnamed(move)}),
            ("refused, for it does not hold that", self.refused),
            ("reached", self.reached),
            ("not done, and excused", self.excused),
            ("convicted", self.convicted),
        ):
            rows = [(what, str(number)) for what, number in sorted(told.items())]
            if rows:
                yield Table.of((title, "times"), rows)
        yield Line(
            f"{counted(self.moves, 'move')} that no honest party makes, in "
            f"{counted(self.worlds, 'world')}"
        )
        [(promise, verdict)] = self.verdicts.items()
        yield Line(f"{promise}: {verdict.words}", verdict.mark)

    def json(self) -> dict[str, object]:
        return {
            "worlds": self.worlds,
            "played": dict(sorted(self.played.items())),
            "refused": dict(sorted(self.refused.items())),
            "excused": dict(sorted(self.excused.items())),
            "reached": dict(sorted(self.reached.items())),
            "convicted": dict(sorted(self.convicted.items())),
            "failures": [failure.json() for failure in self.failures],
        }


def _by_parties(complaints: Sequence[str]) -> list[str]:
    """Those that somebody else has than the judge."""
    return [each for each in complaints if not each.startswith(JUDGE)]


def _told(failure: Failure) -> Iterator[str]:
    yield f"  corrupted: {', '.join(sorted(failure.world.corrupted))}"
    for occasion, number in failure.strategy.items():
        yield f"  {occasion}: {failure.moves.get(occasion, f'move {number}')}"
    for complaint in failure.complaints:
        yield f"  {complaint}"


@checked
def corrupt(worlds: int = 100, seed: int = 0, progress: Tell = silent) -> Corrupted:
    """Have coalitions play anything, in so many worlds, and see whether the others complain.

    Args:
        worlds: how many.
        seed: the number of the first.
        progress: called with a line that says how far it is.
    """
    found = Walk()
    for number in range(seed, seed + worlds):
        progress(f"{number - seed}/{worlds} worlds, {len(found.failures)} failed")
        found.take(number)
    return found.result


@attrs.define
class Walk:
    """Worlds one after the other; what was seldom played is preferred."""

    played: Counter[tuple[str, str | int]] = attrs.field(factory=Counter)
    reached: Counter[str] = attrs.field(factory=Counter)
    convicted: Counter[str] = attrs.field(factory=Counter)
    refused: Counter[str] = attrs.field(factory=Counter)
    excused: Counter[str] = attrs.field(factory=Counter)
    failures: list[Failure] = attrs.field(factory=list)
    worlds: int = 0

    def take(self, number: int) -> None:
        """Play the world of a number, and if it fails, make its strategy as short as it can be."""
        failure = self.play(number)
        if failure is not None:
            self.failures.append(failure.shortest)

    def play(self, number: int) -> Failure | None:
        """Play the world of a number; what came of it, if somebody has to complain."""
        chance = Random(number)
        world = World.of(chance)
        will = Curious(chance, chance.choice(OFTEN), self.played)
        found = happened(world, will, self)
        self.worlds += 1
        return Failure(number, world, will.strategy, found) if found else None

    @property
    def result(self) -> Corrupted:
        """What came of them."""
        played = Counter[str]()
        for (about, move), times in self.played.items():
            played[f"{about}: {move if isinstance(move, str) else UNNAMED}"] += times
        return Corrupted(
            self.worlds,
            self.failures,
            self.reached,
            self.convicted,
            self.refused,
            self.excused,
            played,
        )


def _is_unnamed(move: str) -> bool:
    return move.endswith(f": {UNNAMED}")


def happened(world: World, will: Will, walk: Walk | None = None) -> list[str]:
    """What honest parties have to complain about in a world, which counts in a walk.

    Whatever is said, the market goes on. The judge, who has nothing but the files, must come to the
    same as the contract has, of whose state the node signs a checkpoint in the end.
    """
    with scratch() as folder:
        try:
            return _lived_through(folder, world, will, walk)
        except Exception as error:  # whichever it is: nobody is to be able to stop the others
            return [f"the market stops: {error!r}"]


def _lived_through(folder: Path, world: World, will: Will, walk: Walk | None) -> list[str]:
    with lived(folder, world, will, walk.refused if walk else None) as market:
        found = complaints(market, world)
        if walk:
            walk.reached.update(_reached(market, world))
            walk.excused.update(each.excused for each in missed(market, world) if each.excuse)
        ledger = market.around.node.ledger
        assert isinstance(ledger, Ledger)  # it is opened from its checkpoint, too
        ledger.keep_checkpoint()
        convicted = set(market.contract.convicted)
        roles = {party: _role(world, name) for party, name in names(market).items()}
    judged = audit(folder)
    if judged.departure is not None:
        departure = f"entry {judged.departure.position}, {judged.departure.action}"
        found.append(f"{JUDGE} that the ledger departs at {departure}")
    wrong = (judged.recorded.damage, judged.checkpoint)
    found += [f"{JUDGE}: {each}" for each in wrong if each is not None]
    if {each.party for each in judged.convictions} != convicted:
        found.append(f"{JUDGE} that others are convicted")
    if walk:
        walk.convicted.update(f"{roles[each.party]}: {each.rule}" for each in judged.convictions)
    return found


def _role(world: World, name: str) -> str:
    """What somebody is; who keeps the ledger has no other name."""
    return world.cast[name].__name__.lower() if name in world.cast else name


def _reached(market: HardenedMarket, world: World) -> Iterator[str]:
    friends = {m.identity for name, m in market.members.items() if name in world.corrupted}
    for _, said in market.around.node.ledger:
        yield f"{said.kind} appended"
        if said.kind in ("dispute", "audit") and _sides(market.contract, said) <= friends:
            yield f"{said.kind} between friends"
    for made in market.contract.requests.values():
        yield f"request {made.phase.name.lower()}"


def _sides(contract: HardenedContract, said: Transaction) -> set[bytes]:
    """Whose step is doubted by a dispute or an audit, and whose it is to check."""
    request, step = said.body["request"], said.body["step"]
    assert isinstance(request, bytes)  # it was appended, and so is the step
    assert isinstance(step, int)
    made = contract.requests[request]
    opponent = said.author if said.kind == "dispute" else contract.auditor(made, step)
    return {opponent, made.executors[step]}
