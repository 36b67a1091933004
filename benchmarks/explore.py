"""Two-phase commit explored from its text, beside a breadth-first search written by hand.

    python -m benchmarks.explore [MANAGERS]

The peer is plain Python over sets of packed integers, as one would write it for this protocol.
"""

import resource
import sys
import time
from collections.abc import Iterator

from checkers.explore.explorer import explore
from spec.textbook.two_phase import two_phase

PUBLISHED = {7: (296_448, 2_744_706), 8: (1_745_408, 18_507_778), 9: (10_340_352, 123_558_402)}
PEER_MANAGERS = 7  # plain Python takes a minute and a half for 8

WORKING, PREPARED, COMMITTED, ABORTED = range(4)


def successors(state: int, managers: int) -> Iterator[int]:
    """Packed: 2 bits for each manager, then coordinator, Commit, Abort, and a bit for each
    manager's message and for each that was counted."""
    flags = state >> 2 * managers
    decided, commit, abort = flags & 3, flags >> 2 & 1, flags >> 3 & 1
    sent, counted = 2 * managers + 4, 3 * managers + 4
    if decided == 0:
        if state >> counted == (1 << managers) - 1:
            yield state | (1 | 4) << 2 * managers
        yield state | (2 | 8) << 2 * managers
    for m in range(managers):
        shift = 2 * m
        working = state >> shift & 3 == WORKING
        if decided == 0 and state >> (sent + m) & 1:
            yield state | 1 << (counted + m)
        if working:
            yield state | PREPARED << shift | 1 << (sent + m)
            yield state | ABORTED << shift
        if commit:
            yield state & ~(3 << shift) | COMMITTED << shift
        if abort:
            yield state & ~(3 << shift) | ABORTED << shift


def search_by_hand(managers: int) -> tuple[int, int]:
    """Distinct and generated states."""
    seen = frontier = {0}
    generated = 1
    while frontier:
        found = set()
        for state in frontier:
            for after in successors(state, managers):
                generated += 1
                found.add(after)
        frontier = found - seen
        seen = seen | frontier
    return len(seen), generated


def main() -> None:
    """Print a row for each search, and the ratio of their rates."""
    managers = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    started = time.perf_counter()
    by_hand = search_by_hand(PEER_MANAGERS)
    peer = by_hand[0] / (time.perf_counter() - started)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = explore(two_phase, two_phase.scope(Manager=managers))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rate = found.distinct_states / found.seconds
    counts = found.distinct_states, found.generated_states
    assert by_hand == PUBLISHED[PEER_MANAGERS]
    assert counts == PUBLISHED.get(managers, counts)
    print(f"{'':24}{'managers':>9}{'distinct':>12}{'generated':>13}{'distinct/s':>12}")
    for name, size, (distinct, generated), speed in (
        ("plain Python, by hand", PEER_MANAGERS, by_hand, peer),
        ("explore, from the text", managers, counts, rate),
    ):
        print(f"{name:24}{size:9}{distinct:12,}{generated:13,}{speed:12,.0f}")
    print(f"ratio of rates {rate / peer:.1f}; peak memory {max(before, memory) / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
