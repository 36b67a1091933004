"""Changes that turn verdicts: for all that is decided, one that has it come out otherwise.

What nothing could refute says nothing. So for each point that something decides a change is kept,
of a protocol, of the implementation, or of what is tried on it, that turns its verdict: from one
that it holds to `refuted`, or from `refuted` to one that it holds. A change is made in a copy of
all this, where a process of its own decides the point again (`turned`).
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import attrs

from checkers.verdict.jobs import Budget, Found
from spec.paper import CLAIMS, THEOREMS
from spec.paper.claim import Accounts, Argued, Conceals, Ends, Ground, Holds, Placed, Point, Tried

FOLDER = Path(__file__).parent / "turns"
_ROOT = Path(__file__).parents[2]
_PACKAGE = __name__.rpartition(".")[0]
_ROOMS = ("spec", "impl", "adversaries", "checkers", "tallystick")
_IN_CHECKOUT = _PACKAGE.count(".") == 1  # in a wheel all lies under `tallystick`
_OURS = [_ROOT / room for room in _ROOMS] if _IN_CHECKOUT else [_ROOT]


def _as_tuples(edits: Sequence[Sequence[str]]) -> Sequence[tuple[str, ...]]:
    return tuple(tuple(edit) for edit in edits)


@attrs.frozen
class Change:
    """A change of a text that is to turn verdicts. It is a job: to see that it does.

    Attributes:
        place: the file.
        old, new: of its text, which occurs once, and what stands there instead.
        why: what is so then.
        turns: what comes out otherwise, by name (`name_of`).
        on: the machine on which a run is looked for that refutes what was proved, by name; else
            the one that it was proved of.
        sizes: those that a run needs that refutes it, by the names of sorts, where they are not the
            machine's.
        takes: by name, the actions that a run without end is made of, beside the fair ones.
        depth: of how many steps at most a run is that refutes what is refuted without the change,
            where not all of its states can be visited: with it, no run of so many steps may.
        also: what goes with it where one place is not enough: each a file, an old and a new text.
    """

    place: str
    old: str
    new: str
    why: str
    turns: Sequence[str] = attrs.field(converter=tuple)
    on: str = ""
    sizes: Mapping[str, int] = attrs.field(factory=dict, hash=False)
    takes: Sequence[str] = attrs.field(default=(), converter=tuple)
    depth: int = 0
    also: Sequence[tuple[str, ...]] = attrs.field(default=(), converter=_as_tuples)

    def __str__(self) -> str:
        return f"change, {self.place}: {self.why}"

    def __call__(self, budget: Budget) -> Found:
        """See that the verdicts turn, however hard the budget is to try."""
        left = list(self._unturned())
        evidence = "; ".join(left) or f"turns {', '.join(self.turns)}"
        return Found({}, evidence, not left)

    def fits(self) -> bool:
        """Whether there is one place where it can be made, and one for all that goes with it."""
        return all(_text(place).count(old) == 1 for place, old, _ in self._edits())

    def _unturned(self) -> Iterator[str]:
        """What does not come out otherwise, and how it does."""
        if not self.fits():
            yield f"{self.place} has not one place that is {self.old!r}"
            return
        with tempfile.TemporaryDirectory(prefix="tallystick-") as folder:
            _copy(Path(folder), self._changed())
            found = _decided(Path(folder), self)
        for name in self.turns:
            expected = {point.expected for point in points() if name_of(point.ground) == name}
            verdicts = found.get(name) or ["nothing"]
            if not expected or not all(is_turned(e, v) for e in expected for v in verdicts):
                yield f"{name} must turn from {', '.join(expected)}, and is {', '.join(verdicts)}"

    def _edits(self) -> Sequence[Sequence[str]]:
        return [(self.place, self.old, self.new), *self.also]

    def _changed(self) -> Mapping[str, str]:
        """The files that are changed, with their texts."""
        texts: dict[str, str] = {}
        for place, old, new in self._edits():
            texts[place] = (texts.get(place) or _text(place)).replace(old, new)
        return texts


def kept_changes() -> list[Change]:
    """The changes that are kept."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.toml"))]
    return [Change(**change) for text in texts for change in tomllib.loads(text)["change"]]


def points() -> list[Point]:
    """Every point that something decides."""
    every = [point for claim in (*CLAIMS, *THEOREMS) for point in claim.points]
    return [point for point in every if not isinstance(point.ground, Argued)]


def name_of(ground: Ground) -> str:
    """What is decided, by name: `hardened.no_false_blame`; an attack by its own."""
    match ground:
        case Holds(machine, text):
            return f"{machine.name}.{text.__name__}"
        case Accounts(machine, finding):
            return f"{machine.name}.{finding}"
        case Ends(machine):
            return f"{machine.name}.ending"
        case Conceals(machine):
            return f"{machine.name}.secrecy"
        case Placed(parts, vendors, crashes):
            return f"{parts} parts on {vendors} vendors, of which {crashes} crash"
        case Tried(attack=attack):
            return attack
        case Argued(why):
            return why


def is_turned(expected: str, verdict: str) -> bool:
    """Whether a verdict is the opposite of another."""
    if expected == "refuted":
        return verdict in ("proved", "exhaustive", "bounded", "sampled")
    return verdict == "refuted"


def _text(place: str) -> str:
    return (_ROOT / place).read_text(encoding="utf-8")


def _copy(folder: Path, texts: Mapping[str, str]) -> None:
    """All that is ours, with other texts in some files."""
    for package in _OURS:
        shutil.copytree(package, folder / package.name)
    home = folder / _ROOT.relative_to(_OURS[0].parent)
    for place, text in texts.items():
        (home / place).write_text(text, encoding="utf-8")


def _decided(folder: Path, change: Change) -> Mapping[str, Sequence[str]]:
    """By name, the verdicts that come out in a folder; where it fails, that of its last words."""
    asked = json.dumps(attrs.asdict(change))
    run = subprocess.run(
        [sys.executable, "-m", f"{_PACKAGE}.turned"],
        input=asked,
        env={**os.environ, "PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        said = [f"nothing: {(run.stderr.strip() or 'it ended').splitlines()[-1]}"]
        return dict.fromkeys(change.turns, said)
    verdicts: Mapping[str, Sequence[str]] = json.loads(run.stdout)
    return verdicts
