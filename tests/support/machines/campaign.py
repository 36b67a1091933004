"""Random protocols by the thousand, decided by the engines and by brute force.

    .venv/bin/python -m tests.support.machines.campaign FOLDER --machines 20000

Each protocol is one line of `FOLDER/machines.jsonl`, so a campaign can be stopped and gone on
with. At its end the log is packed, and `FOLDER/summary.json` tells what was generated, which
verdicts there were, and what was found. `tests/machines/campaign` is such a folder.
"""

import json
import lzma
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias

import attrs

from checkers.host.jobs import do, processes
from spec.notation import MachineError
from tests.support.machines.compare import COMPARISONS, drawn
from tests.support.machines.generate import generate
from tests.support.machines.oracle.cells import TooLarge
from tests.support.machines.shrink import shrink
from tests.support.machines.subject import Subject
from tests.support.program import add_workers, arguments, counted, folder, positive, run

Told: TypeAlias = dict[str, object]

_LOG, _PACKED = "machines.jsonl", "machines.jsonl.xz"


@attrs.frozen
class Compared:
    """What came of a protocol.

    Attributes:
        wrong: by comparison in which the engines and the oracle disagree, the first complaint.
        verdicts: by comparison, the words of the engine's verdicts; `refused` where it does not
            decide such a protocol, which it says in one line, and which is no disagreement.
    """

    wrong: Mapping[str, str]
    verdicts: Mapping[str, Sequence[str]]


def compare(text: str, seed: int, comparisons: Iterable[str]) -> Compared:
    """Compare what the engines and the oracle say of a protocol.

    Raises:
        MachineError: the text is not in the grammar.
        TooLarge: brute force would take too long.
    """
    found, verdicts = {}, {}
    with TemporaryDirectory() as folder:
        subject = Subject.of(text, seed, Path(folder))
        assert subject.reached  # visited before anything is compared
        for name in comparisons:
            subject.words.clear()
            try:
                complaint = next(COMPARISONS[name](subject), None)
            except MachineError:
                complaint = None
                subject.words.add("refused")
            except TooLarge:  # at another size
                complaint = None
            except Exception as error:  # an engine's own failure is what is looked for
                complaint = f"{type(error).__name__}: {error}"
            verdicts[name] = sorted(subject.words)
            if complaint:
                found[name] = complaint
    return Compared(found, verdicts)


def told(seed: int, also: Sequence[str] = ()) -> Told:
    """What comes of the protocol of a seed, in the comparisons that are drawn and in others."""
    case = generate(seed)
    names = dict.fromkeys([*drawn(Random(seed), case.used), *also])
    line: Told = {"seed": seed, "used": sorted(case.used)}
    try:
        return line | attrs.asdict(compare(case.text, seed, names))
    except MachineError as refusal:
        return line | {"refused": str(refusal).partition("protocol.py")[2]}
    except TooLarge:
        return line | {"too large": True}
    except Exception:
        return line | {"wrong": {"reading": traceback.format_exc(limit=-1)}}


def smallest(seed: int, comparison: str) -> str:
    """The smallest text that is found of a disagreement."""

    def is_so(text: str) -> bool:
        try:
            return bool(compare(text, seed, [comparison]).wrong)
        except Exception:  # it cannot be read, by the one or by the other
            return False

    return shrink(generate(seed).text, is_so)


def summary(lines: Iterable[Any]) -> Told:  # lines of the log
    """What was generated, how often each construct, which verdicts, and what was found."""
    outcomes: Counter[str] = Counter()
    constructs: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    verdicts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    compared: Counter[str] = Counter()
    for line in lines:
        outcome = next((o for o in ("refused", "too large") if o in line), "compared")
        outcomes["disagreement" if line.get("wrong") else outcome] += 1
        constructs.update(line["used"])
        said = line.get("verdicts", {})
        decided = sorted(name for name, words in said.items() if {*words} - {"refused"})
        compared.update(decided)
        pairs.update(" and ".join(pair) for pair in combinations(decided, 2))
        for name, words in said.items():
            verdicts[name].update(words)
    return {
        "machines": sum(outcomes.values()),
        "outcomes": dict(outcomes.most_common()),
        "machines that had each verdict": {
            name: dict(of.most_common()) for name, of in sorted(verdicts.items())
        },
        "machines on which each decided": {name: compared[name] for name in sorted(COMPARISONS)},
        "pairs": dict(pairs.most_common()),
        "machines that use": dict(constructs.most_common()),
    }


def read_log(folder: Path) -> list[Any]:  # lines of the log
    """What a campaign has told so far, packed once it has come to its end."""
    log, packed = folder / _LOG, folder / _PACKED
    if packed.exists() and not log.exists():
        return [json.loads(line) for line in lzma.decompress(packed.read_bytes()).splitlines()]
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def write_log(folder: Path, lines: Sequence[Any]) -> None:  # lines of the log
    """Pack what a campaign has told, and write its summary."""
    ordered = sorted(lines, key=lambda line: line["seed"])
    text = "".join(json.dumps(line) + "\n" for line in ordered)
    (folder / _PACKED).write_bytes(lzma.compress(text.encode()))
    (folder / "summary.json").write_text(json.dumps(summary(lines), indent=2) + "\n")
    (folder / _LOG).unlink()


def _all_told(
    seeds: Sequence[int], also: Sequence[str], known: int, workers: int
) -> Iterator[Told]:
    """What comes of each protocol, in the order in which they are done with."""
    pool = processes(partial(told, also=also), len(seeds), workers)
    try:
        yield from counted([pool.submit(do, seed) for seed in seeds], known)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def main() -> int:
    """Go on with a campaign until there are so many machines."""
    parser = arguments("tests.support.machines.campaign", __doc__)
    parser.add_argument("folder", type=folder, help="where its log is, or is to be")
    parser.add_argument(
        "--machines", type=positive, default=20_000, metavar="N", help="how many there are to be"
    )
    parser.add_argument(
        "--also",
        choices=COMPARISONS,
        action="append",
        default=[],
        metavar="COMPARISON",
        help="made of each new machine, beside those that are drawn",
    )
    add_workers(parser)
    asked = parser.parse_args()
    known = read_log(asked.folder)
    todo = sorted({*range(asked.machines)} - {line["seed"] for line in known})
    log = asked.folder / _LOG
    unpacked = [] if log.exists() else known
    with log.open("a") as out:
        out.writelines(json.dumps(line) + "\n" for line in unpacked)
        for line in _all_told(todo, asked.also, len(known), asked.workers):
            known.append(line)
            print(json.dumps(line), file=out, flush=True)
            for name, complaint in line.get("wrong", {}).items():  # type: ignore[attr-defined]
                print(f"{line['seed']} {name}: {complaint}", flush=True)
    write_log(asked.folder, known)
    wrong = sum(bool(line.get("wrong")) for line in known)
    print(f"{len(known):,} machines, {wrong:,} with a disagreement: {asked.folder}/summary.json")
    return wrong > 0


if __name__ == "__main__":
    run(main)
