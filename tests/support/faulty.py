"""Tables of faults in the hardened market: what finds each, when it is put there.

For each fault the number of worlds with corrupted parties that were played until somebody honest
had to complain, and of what; or that nobody had to, and whether a scripted test sees it. How the
complaints came about is kept beside it, in a folder of stories.
"""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import attrs

from checkers.host.files import replace_whole
from checkers.host.jobs import do, processes
from tests.support.changes import Change
from tests.support.hunt import Quarry, hunted
from tests.support.program import add_workers, arguments, counted, positive

ROOT = Path(__file__).parents[2]


@attrs.frozen
class Fault:
    """A fault that the market once had, or could have.

    Attributes:
        name: what is so then.
        changes: put it there.
        test: what sees it if no world does, as pytest names it; nothing, if nothing does.
    """

    name: str
    changes: Sequence[Change]
    test: str = ""

    @property
    def place(self) -> str:
        """Under which name a story of it is kept."""
        return re.sub("[^a-z]+", "_", self.name) + ".json"

    @property
    def is_seen(self) -> bool:
        """Whether its test fails with it."""
        if not self.test:
            return False
        relapsed = ["-p", "tests.support.relapsed", "--relapse", self.name]
        command = [sys.executable, "-m", "pytest", "-x", "-q", *relapsed, self.test]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        return ended.returncode == 1  # a test failed, and nothing else went wrong


@attrs.frozen
class Row:
    """A line of the table.

    Attributes:
        fault: its name.
        worlds: how many were played, if the last one found it; none where a story was told by hand,
            or where nobody had to complain.
        complaints: of what somebody had to complain in the last of them; nothing, if nobody had to.
        seen: by which test, if one was seen to fail.
    """

    fault: str
    worlds: int
    complaints: Sequence[str] = ()
    seen: str = ""


def row(number: int, faults: Sequence[Fault], worlds: int, stories: Path) -> Row:
    """Look for a fault: in so many worlds, and if none shows it, in what is scripted."""
    fault = faults[number]
    played, story = hunted(Quarry(fault.changes), worlds)
    if story is None:
        return Row(fault.name, 0, seen=fault.test if fault.is_seen else "")
    story.keep(stories / fault.place)
    return Row(fault.name, played, story.complaints)


def read(path: Path) -> list[Row]:
    """The table in a file."""
    return [Row(**line) for line in json.loads(path.read_text(encoding="utf-8"))]


def tabulate(faults: Sequence[Fault], program: str, doc: str | None) -> int:
    """Be a program that puts each fault there, and writes down what finds it; its exit status.

    Args:
        faults: which.
        program: its module.
        doc: what is said of it.
    """
    parser = arguments(program, doc)
    parser.add_argument("file", type=Path, help="where the table is to be")
    parser.add_argument("stories", type=Path, help="the folder for what is found")
    parser.add_argument("--worlds", type=positive, default=30, metavar="N", help="so many each")
    add_workers(parser)
    asked = parser.parse_args()
    asked.stories.mkdir(parents=True, exist_ok=True)
    find = partial(row, faults=faults, worlds=asked.worlds, stories=asked.stories)
    with processes(find, len(faults), asked.workers) as pool:
        rows = [*counted([pool.submit(do, number) for number in range(len(faults))])]
    rows.sort(key=lambda each: [fault.name for fault in faults].index(each.fault))
    lines = [attrs.asdict(each) for each in rows]
    replace_whole(asked.file, (json.dumps(lines, indent=1) + "\n").encode())
    print(f"{sum(bool(r.complaints or r.seen) for r in rows)} of {len(rows)} faults are found")
    return 0
