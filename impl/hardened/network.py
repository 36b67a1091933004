"""A network between parties: it may lose, duplicate, delay and reorder what is sent.

What it does to each message is left to chance, and follows from a seed.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Hashable
from random import Random

import attrs


@attrs.frozen
class Faults:
    """What a network may do to messages; without arguments, nothing.

    Attributes:
        loss: how many in a hundred are lost.
        losses: but no more than so many in a row of what one party says to another again and again.
        duplication: how many in a hundred arrive twice.
        delay: how many blocks a message may be under way; a later one may arrive before it.
        disorder: whether what has arrived is received in any order, and not in that of sending.
    """

    loss: int = 0
    losses: int = 2
    duplication: int = 0
    delay: int = 0
    disorder: bool = False

    @property
    def patience(self) -> int:
        """The blocks after which what is sent anew in every block has certainly arrived."""
        return (self.losses if self.loss else 0) + self.delay


@attrs.define
class Network:
    """What is under way between parties, each by its name.

    Attributes:
        faults: what happens to messages; it can get better or worse.
        chance: decides what happens to each of them.
        now: how many blocks have passed.
        severed: senders with receivers whom nothing of theirs reaches.
    """

    faults: Faults
    chance: Random
    now: int = 0
    severed: set[tuple[bytes, bytes]] = attrs.field(factory=set)
    _under_way: defaultdict[int, list[tuple[bytes, bytes]]] = attrs.field(
        factory=lambda: defaultdict(list)
    )
    _arrived: defaultdict[bytes, deque[bytes]] = attrs.field(factory=lambda: defaultdict(deque))
    _lost: Counter[Hashable] = attrs.field(factory=Counter)

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._under_way) or any(self._arrived.values())

    def send(
        self, sender: bytes, receiver: bytes, data: bytes, about: Hashable | None = None
    ) -> None:
        """Send data, which may arrive.

        Args:
            about: what stays the same when it is said again; unless given, the data does.
        """
        said = sender, receiver, data if about is None else about
        if (sender, receiver) in self.severed or self._is_lost(said):
            return
        for _ in range(1 + self._happens(self.faults.duplication)):
            due = self.now + self.chance.randint(0, self.faults.delay)
            self._under_way[due].append((receiver, data))
        self._deliver()

    def receive(self, receiver: bytes) -> bytes | None:
        """Something that has arrived, if anything has."""
        arrived = self._arrived[receiver]
        if arrived and self.faults.disorder:
            arrived.rotate(self.chance.randrange(len(arrived)))
        return arrived.popleft() if arrived else None

    def forget(self, receiver: bytes) -> None:
        """A receiver goes down: what has arrived and was not received is gone."""
        self._arrived.pop(receiver, None)

    def pass_block(self) -> None:
        """A block passes."""
        self.now += 1
        self._deliver()

    def _deliver(self) -> None:
        """What is due now has arrived."""
        for receiver, data in self._under_way.pop(self.now, ()):
            self._arrived[receiver].append(data)

    def _is_lost(self, said: Hashable) -> bool:
        lost = self._lost[said] < self.faults.losses and self._happens(self.faults.loss)
        self._lost[said] += 1
        if not lost:
            del self._lost[said]
        return lost

    def _happens(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent
