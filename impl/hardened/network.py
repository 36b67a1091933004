"""A network between parties: it may lose, duplicate, delay and reorder what is sent.

What it does to each message is left to chance, and follows from a seed.
"""

from collections import Counter, defaultdict
from random import Random

import attrs


@attrs.frozen
class Faults:
    """What a network may do to messages; without arguments, nothing.

    Attributes:
        loss: how many in a hundred are lost.
        losses: but no more than so many in a row on the way from one party to another.
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
    _under_way: defaultdict[bytes, list[tuple[int, bytes]]] = attrs.field(
        factory=lambda: defaultdict(list)
    )
    _lost: Counter[tuple[bytes, bytes]] = attrs.field(factory=Counter)

    @property
    def is_busy(self) -> bool:
        """Whether anything is under way."""
        return any(self._under_way.values())

    def send(self, sender: bytes, receiver: bytes, data: bytes) -> None:
        """Send data, which may arrive."""
        if (sender, receiver) in self.severed or self._is_lost(sender, receiver):
            return
        for _ in range(1 + self._happens(self.faults.duplication)):
            due = self.now + self.chance.randint(0, self.faults.delay)
            self._under_way[receiver].append((due, data))

    def receive(self, receiver: bytes) -> bytes | None:
        """Something that has arrived, if anything has."""
        under_way = self._under_way[receiver]
        arrived = [message for message in under_way if message[0] <= self.now]
        if not arrived:
            return None
        message = self.chance.choice(arrived) if self.faults.disorder else arrived[0]
        under_way.remove(message)
        return message[1]

    def forget(self, receiver: bytes) -> None:
        """A receiver goes down: what has arrived and was not received is gone."""
        under_way = self._under_way[receiver]
        under_way[:] = [message for message in under_way if message[0] > self.now]

    def pass_block(self) -> None:
        """A block passes."""
        self.now += 1

    def _is_lost(self, sender: bytes, receiver: bytes) -> bool:
        in_a_row = self._lost[sender, receiver]
        lost = in_a_row < self.faults.losses and self._happens(self.faults.loss)
        self._lost[sender, receiver] = in_a_row + 1 if lost else 0
        return lost

    def _happens(self, percent: int) -> bool:
        return self.chance.randrange(100) < percent
