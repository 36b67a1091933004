"""Sequence diagrams in text: who says what to whom, a line for each arrow between columns."""

from collections.abc import Sequence

import attrs

GAP = 4
"""How far a column's name stays from the next one where there is room."""
_SHAFT = 6  # of an arrow beside its label: a space and a dash or a head at each end, and the lane


@attrs.frozen
class Arrow:
    """Something that one says to another, or does.

    Attributes:
        source, target: columns; of what somebody does alone, the same.
        label: what it is called; columns stand so far apart that there is room for it.
        detail: more about it, of which so much is shown as there is room for.
        head: how the arrow ends.
    """

    source: str
    target: str
    label: str
    detail: str = ""
    head: str = ""


class Lanes:
    """Columns, and lines with arrows between them.

    Args:
        names: of the columns, in order.
        arrows: those that there must be room for.
        widest: how wide lines should be at most: details are cut for that, then gaps.
    """

    def __init__(
        self, names: Sequence[str], arrows: Sequence[Arrow], widest: int | None = None
    ) -> None:
        longest = max((len(arrow.detail) for arrow in arrows), default=0)
        for detail, gap in [*((detail, GAP) for detail in range(longest, -1, -1)), (0, 1)]:
            self._places = dict(zip(names, _places(names, arrows, detail, gap), strict=True))
            if widest is None or len(self.heads) <= widest:
                break

    @property
    def heads(self) -> str:
        """The line with the columns' names."""
        heads = ""
        for name, place in self._places.items():
            heads = heads.ljust(place) + name
        return heads

    def line(self, arrow: Arrow) -> str:
        """The line of an arrow."""
        canvas = [" "] * (max(self._places.values()) + 1)
        for place in self._places.values():
            canvas[place] = "|"
        start, end = self._places[arrow.source], self._places[arrow.target]
        if start == end:
            text = f"* {arrow.label}{arrow.detail} "
            canvas[start : start + len(text)] = text
            return "".join(canvas).rstrip()
        left, right = min(start, end), max(start, end)
        said = arrow.label + cut(arrow.detail, right - left - _SHAFT - len(arrow.label))
        canvas[left + 1 : right] = f" {said} ".center(right - left - 1, "-")
        canvas[right - 1 if end > start else left + 1] = arrow.head or ("<>"[end > start])
        return "".join(canvas).rstrip()


def cut(text: str, room: int) -> str:
    """As much of a text as there is room for; nothing of what would be hardly anything."""
    if len(text) <= room:
        return text
    return f"{text[: room - len(_CUT)].rstrip()}{_CUT}" if room > _HARDLY else ""


_CUT = ".."
_HARDLY = 6  # characters


def _places(names: Sequence[str], arrows: Sequence[Arrow], detail: int, gap: int) -> list[int]:
    """Where columns stand: as far apart as their names and what is written between ask for.

    Args:
        names: of the columns.
        arrows: what is written.
        detail: how much of each detail is shown at least, if there is as much.
        gap: between a name and the next, at least.
    """
    number = {name: place for place, name in enumerate(names)}
    spans = [(*sorted((number[a.source], number[a.target])), _width(a, detail)) for a in arrows]
    # What is written at a column itself has room up to the next one.
    spans = [(left, max(right, left + 1), width) for left, right, width in spans]
    places = [2]
    for place, before in enumerate(names[:-1], start=1):
        fitting = [places[left] + width for left, right, width in spans if right == place]
        places.append(max(places[-1] + len(before) + gap, *fitting, 0))
    return places


def _width(arrow: Arrow, detail: int) -> int:
    """What an arrow takes; the detail of what somebody does alone may cover what is beside it."""
    shown = 0 if arrow.source == arrow.target else min(len(arrow.detail), detail)
    return len(arrow.label) + shown + _SHAFT
