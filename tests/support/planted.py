"""Faults, planted one at a time in a copy of the tree, and what notices each.

    .venv/bin/python -m tests.support.planted                    # all
    .venv/bin/python -m tests.support.planted checkers/explore   # those of a room

`tests/faults/planted.toml` holds the faults, and `tests/faults/matrix.md` what noticed each when it
was last looked for. Three layers look, each where those before it see nothing: random protocols
that are held to brute force; texts of protocols that are kept, held to it too; and the tests of a
room. What none notices is a hole in the checks. Nothing is planted in the checkout itself.
"""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs

from tests.support.program import Failed, add_workers, arguments, each, refuse_unknown, run

ROOT = Path(__file__).parent.parent.parent
FAULTS = ROOT / "tests" / "faults"

_NOT_COPIED = (".*", "__pycache__", "*.egg-info", "build", "out")
_MACHINES, _SECONDS = 150, 30  # random protocols, and processor time for them, at most
_NOTHING = "**nothing**"
_PATIENCE = 600  # seconds for one layer; a fault may have an engine go on for ever


@attrs.frozen
class Layers:
    """What looks at a module.

    Attributes:
        machines: what of random protocols bears on it, by the names of the comparisons.
        tests: files and folders of tests.
    """

    machines: Sequence[str]
    tests: Sequence[str]


@attrs.frozen
class Fault:
    """A change that makes a verdict wrong.

    Attributes:
        place: the file.
        old, new: of its text, which occurs once, and what stands there instead.
        why: what is wrong then.
        layers: what is to notice it.
    """

    place: str
    old: str
    new: str
    why: str
    layers: Layers

    def fits(self) -> bool:
        """Whether there is one place where it can be planted."""
        return (ROOT / self.place).read_text().count(self.old) == 1

    def planted(self) -> str:
        """The text of the file with it."""
        return (ROOT / self.place).read_text().replace(self.old, self.new)

    def __str__(self) -> str:
        return f"{self.place}: {self.why}"

    @property
    def cells(self) -> str:
        """What it is called in the matrix."""
        return f"| {self.place} | {self.why} |"


@attrs.frozen
class Outcome:
    """What became of a fault.

    Attributes:
        layer: what noticed it: `machines`, `kept` or `tests`; nothing where it is a hole.
        machines: how many random protocols were looked at.
        by: the comparison or the test that notices it, and how.
    """

    fault: Fault
    layer: str
    machines: int
    by: str

    def row(self) -> str:
        """As a row of the matrix."""
        after = f"{self.machines}" if self.layer == "machines" else ""
        by = self.by.replace("|", "¦")
        return f"{self.fault.cells} {self.layer or _NOTHING} | {after} | {by} |"


def planted() -> list[Fault]:
    """Every fault."""
    told = tomllib.loads((FAULTS / "planted.toml").read_text())
    layers = {place: Layers(**named) for place, named in told.pop("layers").items()}
    return [
        Fault(place, fault["old"], fault["new"], fault["why"], _layers_of(place, layers))
        for place, faults in told.items()
        for fault in faults
    ]


def _layers_of(place: str, layers: Mapping[str, Layers]) -> Layers:
    """Those of the module, or else of its room."""
    return layers[max(filter(place.startswith, layers), key=len)]


class NotSound(Failed):
    """What looks for a fault says nothing of it: it fails without it as well, or does not run."""


def notice(fault: Fault) -> Outcome:
    """Plant a fault in a copy of the tree, and look for it there.

    Raises:
        NotSound: a test that notices it says nothing.
    """
    with TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(*_NOT_COPIED))
        path = tree / fault.place
        sound = path.read_text()
        path.write_text(fault.planted())
        if outcome := _compared(fault, tree):
            return outcome
        failed = _tested(tree, fault.layers.tests)
        path.write_text(sound)
        if failed and _tested(tree, [failed]):
            raise NotSound(f"{failed} fails, also without this: {fault}")
        return Outcome(fault, "tests" if failed else "", 0, failed)


def _compared(fault: Fault, tree: Path) -> Outcome | None:
    """What is noticed in random protocols, or else in texts that are kept, if anything is."""
    if not fault.layers.machines:
        return None
    limits = ["--machines", _MACHINES, "--seconds", _SECONDS]
    try:
        run = _run(tree, "tests.support.machines.noticed", *fault.layers.machines, *limits)
    except subprocess.TimeoutExpired:
        return Outcome(fault, "machines", _MACHINES, "no engine comes to an end")
    if run.returncode:
        return Outcome(fault, "machines", 0, run.stderr.strip().splitlines()[-1])
    found = json.loads(run.stdout)
    how = f"{found['comparison']}: {found['complaint'][:80]}"
    if found["kept"]:
        return Outcome(fault, "kept", found["machines"], f"{found['kept']}, {how}")
    return Outcome(fault, "machines", found["machines"], how) if found["comparison"] else None


def _tested(tree: Path, tests: Sequence[str]) -> str:
    """The first of some tests that fails, if one does."""
    options = ["-x", "-q", "-m", "not full", "-p", "no:cacheprovider", "--tb=no"]
    try:
        run = _run(tree, "pytest", *options, *tests)
    except subprocess.TimeoutExpired:
        return "no test comes to an end"
    if run.returncode not in (0, 1):
        raise NotSound(f"{', '.join(tests)}: {run.stdout}{run.stderr}")
    failed = [line for line in run.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failed[0].split(" ", 1)[1].partition(" - ")[0] if failed else ""


def _run(tree: Path, module: str, *options: object) -> subprocess.CompletedProcess[str]:
    """Run a module in a tree, of which all is imported."""
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    kept = {"XDG_CACHE_HOME": str(tree.parent / "cache")}  # no compiled code of another fault's
    there = {"PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1"}
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, options)],
        cwd=tree,
        env={**os.environ, **threads, **kept, **there},
        capture_output=True,
        text=True,
        timeout=_PATIENCE,
        check=False,
    )


def matrix(rows: Sequence[str]) -> str:
    """What noticed each fault, for people."""
    layers = [row.split(" | ")[2] for row in rows]
    machines, kept, tests = map(layers.count, ("machines", "kept", "tests"))
    return "\n".join(
        [
            "# Planted faults, and what notices them",
            "",
            "`python -m tests.support.planted` plants the faults of `planted.toml`, one at a time,",
            "and writes what notices each: random protocols that are held to brute force, after",
            "how many, and in which comparison; a text that is kept; or else a test.",
            "",
            f"{len(rows)} faults: {machines} noticed by random protocols, {kept} by kept texts,",
            f"{tests} by tests, {layers.count(_NOTHING)} by nothing.",
            "",
            "| in | fault | noticed by | after | how |",
            "|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def write_matrix(fresh: Mapping[str, str]) -> None:
    """Write the matrix, with fresh rows by the cells of their faults, and the others as known."""
    path = FAULTS / "matrix.md"
    known = path.read_text().splitlines() if path.exists() else []
    rows = [
        next((row for row in (fresh.get(cells, ""), *known) if row.startswith(cells)), "")
        for cells in (fault.cells for fault in planted())
    ]
    path.write_text(matrix([row for row in rows if row]))


def main() -> int:
    """Plant faults, and say what notices each; fails where nothing does."""
    parser = arguments("tests.support.planted", __doc__)
    parser.add_argument("places", nargs="*", help="files or folders; else all faults")
    add_workers(parser)
    asked = parser.parse_args()
    every = planted()
    refuse_unknown(
        parser,
        asked.places,
        lambda place: any(fault.place.startswith(place) for fault in every),
        {fault.place.rpartition("/")[0] for fault in every},
    )
    faults = [fault for fault in every if fault.place.startswith(tuple(asked.places or [""]))]
    fresh: dict[str, str] = {}
    holes = 0
    for outcome in each(notice, faults, asked.workers):
        holes += not outcome.layer
        fresh[outcome.fault.cells] = outcome.row()
        print(outcome.row(), flush=True)
        write_matrix(fresh)
    print(f"{len(faults) - holes} of {len(faults)} faults are noticed")
    return holes > 0


if __name__ == "__main__":
    run(main)
