"""A story as lines for people, and as plain data."""

from collections.abc import Iterator, Mapping, Sequence

from adversaries.passing import LEDGER, Passed
from checkers.market.folder.account import PLACES
from checkers.market.folder.names import short
from checkers.market.played.story import Entry, Fold, Story
from checkers.results.arrows import Arrow, Lanes, cut
from spec.bytes.encoding import Value

_WIDEST = 138  # columns, beside which a listing is set in
_BLOCK = "block"
_DIGITS = 4  # of a digest that are shown


def lines(story: Story) -> Iterator[str]:
    """The story as a sequence diagram, beside it what it did to the money, and who gained."""
    if not story.record.said:
        yield "nothing passed between parties"
        return
    if story.requests > 1:
        told = f"request {short(story.request)} by {story.asker}"
        yield f"{told}, one of {story.requests} by everybody who asks:"
    yield from _Diagram(story).lines()
    if story.record.gains is not None:
        gains = [f"{name} {gain:+}" for name, gain in story.record.gains.items() if gain]
        yield f"in the end: {', '.join(gains) or 'everybody has as much as before'}"


def plain(story: Story) -> dict[str, object]:
    """The same as plain data, whole."""
    return {
        "deviated": [*story.deviated],
        "request": story.request.hex() or None,
        "requests": story.requests,
        "entries": [_plain(entry) for entry in story.entries],
        "gains": None if story.record.gains is None else dict(story.record.gains),
    }


class _Diagram:
    """Blocks, the parties and what they say, and columns of money: those that there are."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.drawn = [(entry, [*self._arrows(entry)]) for entry in story.entries]
        self.places = [p for p in PLACES if any(e.moved.get(p) for e in story.entries)]
        self.has_blocks = any(s.passed.block is not None for s in story.record.said)
        self.lanes = self._lanes([arrow for _, some in self.drawn for arrow in some])

    def _lanes(self, arrows: Sequence[Arrow]) -> Lanes:
        there = {end for arrow in arrows for end in (arrow.source, arrow.target)} - {LEDGER}
        known = [name for name in self.story.record.parties if name in there]
        beside = len(self._block("")) + len(_heads(self.places))
        return Lanes([*known, *sorted(there - {*known}), LEDGER], arrows, _WIDEST - beside)

    def lines(self) -> Iterator[str]:
        yield self._line(_BLOCK, self.lanes.heads, _heads(self.places))
        for entry, arrows in self.drawn:
            money = _money(entry.moved, self.places)
            if isinstance(entry, Fold):
                room = len(self.lanes.heads) if money.strip() else _WIDEST - len(self._block(""))
                yield self._line("", _folded(entry, room), money)
                continue
            block = "" if entry.passed.block is None else str(entry.passed.block)
            said, *came = map(self.lanes.line, arrows)
            yield self._line(block, said, money)
            for line in came:
                yield self._line("", line, "")

    def _line(self, block: str, drawn: str, money: str) -> str:
        beside = f"{drawn:<{len(self.lanes.heads)}}{money}"
        return cut(f"{self._block(block)}{beside}".rstrip(), _WIDEST)

    def _block(self, block: str) -> str:
        return f"{block:>{len(_BLOCK)}} " if self.has_blocks else ""

    def _arrows(self, entry: Entry) -> Iterator[Arrow]:
        """What was said as an arrow, and what the ledger made of it."""
        if isinstance(entry, Fold):
            return
        passed = entry.passed
        head = "x" if passed.is_in_vain else ""
        yield Arrow(passed.source, passed.target, passed.kind, self._detail(passed), head)
        if passed.is_in_vain:
            why = f"refused unless {passed.refused}" if passed.refused else "not heard"
            yield Arrow(passed.source, passed.source, "", why)
        for name in entry.convicts:
            yield Arrow(name, name, "", f"convicted by {passed.kind}")

    def _detail(self, passed: Passed) -> str:
        """What was said, but for what goes without saying: which request that is told."""
        shown = [
            (name, value)
            for name, value in passed.body.items()
            if (name, value) != ("request", self.story.request)
        ]
        shown.sort(key=lambda field: isinstance(field[1], bytes))  # digests say the least
        words = [word for field in shown if (word := _word(*field))]
        return f" {', '.join(words)}" if words else ""


def _folded(fold: Fold, room: int) -> str:
    """What is not told one by one: as many of its kinds as there is room for, whole."""
    kinds = [f"{n} {kind}" if n > 1 else kind for kind, n in fold.kinds.items()]
    said = f"  ... {len(fold.said)} {fold.where}: "
    told = [kinds, *([*kinds[:many], "..."] for many in range(len(kinds) - 1, 0, -1))]
    lines = [said + ", ".join(some) for some in told]
    return next((line for line in lines if len(line) <= room), cut(said, room))


def _word(name: str, value: Value) -> str:
    """A field in a word or two; nothing of what has no short words."""
    match value:
        case bool():
            return name if value else f"not {name}"
        case int() | str():
            return f"{name} {value}"
        case bytes() if value:
            return f"{name} {value.hex()[:_DIGITS]}"
    return ""


def _heads(places: Sequence[str]) -> str:
    return "".join(f"  {place}" for place in places)


def _money(moved: Mapping[str, int], places: Sequence[str]) -> str:
    """How much more or less there is in each place."""
    changes = (f"{moved[place]:+}" if moved.get(place) else "" for place in places)
    return "".join(
        "  " + change.rjust(len(place)) for place, change in zip(places, changes, strict=True)
    )


def _plain(entry: Entry) -> dict[str, object]:
    if isinstance(entry, Fold):
        return {"folded": entry.where, "said": [_plain(each) for each in entry.said]}
    passed = entry.passed
    return {
        "block": passed.block,
        "source": passed.source,
        "target": passed.target,
        "kind": passed.kind,
        "body": {name: _value(value) for name, value in passed.body.items()},
        "position": passed.position,
        "refused": passed.refused or None,
        "convicts": list(entry.convicts),
        "moved": dict(entry.moved),
    }


def _value(value: Value) -> object:
    """A field as plain data: bytes in hex, and tensors as lists."""
    match value:
        case bytes():
            return value.hex()
        case list():
            return [_value(each) for each in value]
        case dict():
            return {name: _value(each) for name, each in value.items()}
        case None | bool() | int() | str():
            return value
    return value.tolist()
