"""Who sees everything in the hardened market, and so what no contract sees."""

from collections.abc import Mapping

from checkers.market.hardened.agreed import VERSIONS
from checkers.market.values import NOTHING, run_component
from impl.hardened.records import Request
from impl.quarrel.salts import SALT
from spec.notation.sorts import Value


class Onlooker:
    """Who sees everything: what changes hands, who deviates, and what arrives."""

    def __init__(self) -> None:
        self.handed: dict[tuple[bytes, int, bytes], bytes] = {}
        self.arrived: set[tuple[bytes | None, bytes, int]] = set()
        self.deviated: set[bytes] = set()
        self.sound: dict[bytes, bool] = {}
        self.unsound: set[tuple[bytes, int]] = set()
        self.neglected: set[bytes] = set()
        self.second: dict[tuple[bytes, int], int] = {}
        self.forked: set[bytes] = set()
        self.fled: set[tuple[bytes, int]] = set()
        self.informed: dict[bytes, bool] = {}
        self.first_leads: dict[bytes, bool] = {}

    def hand_over(self, m: bytes, i: int, v: bytes, part: bytes) -> None:
        """A provider hands a component to a holder."""
        self.handed[m, i, v] = part
        if part != VERSIONS[m].part(i):
            self.deviated.add(VERSIONS[m].terms.contributor(i))

    def held(self, m: bytes, i: int, v: bytes) -> bytes:
        """What a holder was handed."""
        return self.handed.get((m, i, v), NOTHING)

    def acknowledged(self, m: bytes, i: int, v: bytes) -> None:
        """A holder has acknowledged a component; it deviates if it was handed another."""
        if self.held(m, i, v) != VERSIONS[m].part(i):
            self.deviated.add(v)

    def signed_twice(self, made: Request, i: int, k: int) -> None:
        """A second output of a step is signed off the ledger, with some key of its executor's."""
        self.second[made.id, i] = k
        if self._is_its_own(made, i):
            self.deviated.add(made.executors[i])

    def _is_its_own(self, made: Request, i: int) -> bool:
        """Whether a second output is its executor's, and not that of a thief of an old key."""
        return self.second.get((made.id, i), -1) >= made.since.get(i, 0)

    def rotated(self, p: bytes) -> None:
        """A party signs with another key, and what it has vouched for shows nothing any more."""
        self.forked.discard(p)

    def fork(self, p: bytes) -> None:
        """A party has vouched for two blocks for one place, off the ledger."""
        self.forked.add(p)
        self.deviated.add(p)

    def recorded(self, made: Request, i: int, output: bytes, spent: bytes) -> None:
        """An executor has recorded a step; it deviates unless what it was handed gives that."""
        v = made.executors[i]
        if run_component(self.held(made.version, i, v), spent[SALT:]) != output[SALT:]:
            self.deviated.add(v)

    def arrive(self, made: Request) -> None:
        """Data arrives at who is to have it."""
        self.arrived.add((made.receiver, made.id, made.turn))

    def has_received(self, made: Request) -> bool:
        """Whether who is to receive data next has it."""
        return (made.receiver, made.id, made.turn) in self.arrived

    def published(self, made: Request, opening: bytes | None) -> None:
        """A sender has published data, and its receiver has unsealed it, if that was possible."""
        self.sound[made.id] = opening is not None and made.opens(made.turn, opening)
        if self.sound[made.id]:
            self.arrive(made)
        else:
            self.unsound.add((made.id, made.turn))
            self.deviated.add(made.sender)

    def settled(self, made: Request) -> None:
        """A request has settled; its consumer may have let it, without having its output."""
        answered = made.published is not None
        if (answered and not self.sound[made.id]) or not (answered or self.has_received(made)):
            self.neglected.add(made.id)

    def doubted(self, made: Request) -> None:
        """A quarrel has begun, in which nothing is withheld from anybody yet."""
        self.informed[made.id] = True

    def told(self, made: Request, informed: bool) -> None:
        """An executor has told its opponent what that needs, or deviates."""
        self.informed[made.id] = informed
        if not informed:
            self.deviated.add(made.executors[made.disputed])

    def narrowed(self, made: Request, first: bool, leads: bool) -> None:
        """An executor says of a middle that the first half leads there, or that it does not.

        It deviates if the whole leads to what it says, and that half does not.
        """
        self.first_leads[made.id] = first
        if leads and not first:
            self.deviated.add(made.executors[made.disputed])

    def answered(self, made: Request, same: bool) -> None:
        """An opponent has answered; it deviates unless that is so, or if it could complain."""
        if same != self.first_leads[made.id] or not self.informed[made.id]:
            self.deviated.add(made.opponent)

    def collected(self, made: Request, i: int, left: int) -> None:
        """An executor has collected its stake, maybe while its second output could be shown."""
        if self._is_its_own(made, i) and left:
            self.fled.add((made.id, i))

    def state(self, made: Mapping[int, Request]) -> Mapping[str, Value]:
        """What was seen, in the terms of the machine, with the numbers of the requests."""
        number = {request.id: r for r, request in made.items()}
        return {
            "handed": dict(self.handed),
            "received": {r: self.has_received(request) for r, request in made.items()},
            "signed_twice": {(number[name], i): True for name, i in self.second},
            "second": {(number[name], i): k for (name, i), k in self.second.items()},
            "forked": dict.fromkeys(self.forked, True),
            "sound": {number[name]: sound for name, sound in self.sound.items()},
            "unsound": {(number[name], i): True for name, i in self.unsound},
            "deviated": dict.fromkeys(self.deviated, True),
            "informed": {number[name]: informed for name, informed in self.informed.items()},
            "first_leads": {number[name]: leads for name, leads in self.first_leads.items()},
            "neglected": {number[name]: True for name in self.neglected},
            "hindered": {},
            "in_vain": {},
            "guessed": {},
            "foreseen": {},
            "fled": {(number[name], i): True for name, i in self.fled},
        }
