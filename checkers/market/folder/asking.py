"""What consumers were told of what they asked for, so that whoever asks again does not pay again.

A command can be ended after it has asked for something and before anybody has seen what came of it.
Whoever repeats it then means the same request; whoever has seen the answer means another one.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from impl.storage import Storage

R = TypeVar("R")
W = TypeVar("W")


def keep_told(consumer: Storage, requests: Iterable[str]) -> None:
    """Keep in a consumer's storage that people have seen what came of some requests."""
    for request in requests:
        consumer.put(_told(request), b"")


def is_told(consumer: Storage, request: str) -> bool:
    """Whether people have seen what came of a request."""
    return not consumer.missing(_told(request))


def taken_up(untold: Mapping[R, W], wanted: Sequence[W]) -> list[R | None]:
    """For each of what is wanted, the request for it of which nobody was told, if there is one.

    Args:
        untold: what each such request was for.
        wanted: what is asked for now.
    """
    left = dict(untold)
    found = []
    for each in wanted:
        same = next((request for request, asked in left.items() if asked == each), None)
        if same is not None:
            del left[same]
        found.append(same)
    return found


def _told(request: str) -> str:
    return f"told/{request}"
