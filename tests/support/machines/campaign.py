"""Random protocols by the thousand, decided by the engines and by brute force.

    python -m tests.support.machines.campaign FOLDER --machines 20000

Each protocol is one line of `FOLDER/machines.jsonl`, so a campaign can be stopped and gone on
with. `FOLDER/summary.json` tells what was generated, and what was found.
"""

import argparse
import json
import os
import sys
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TypeAlias

from spec.notation import MachineError
from tests.support.machines.compare import COMPARISONS, drawn
from tests.support.machines.generate import generate
from tests.support.machines.shrink import shrink
from tests.support.machines.subject import Subject, TooLarge

Told: TypeAlias = dict[str, object]


def wrong(text: str, seed: int, comparisons: Iterable[str]) -> dict[str, str]:
    """By comparison in which the engines and the oracle disagree, the first complaint.

    What an engine refuses to decide, in one line, is no disagreement. Raises MachineError where the
    text is not in the grammar, and TooLarge.
    """
    found = {}
    with TemporaryDirectory() as folder:
        subject = Subject.of(text, seed, Path(folder))
        assert subject.reached  # visited before anything is compared
        for name in comparisons:
            try:
                complaint = next(COMPARISONS[name](subject), None)
            except MachineError:
                continue
            except Exception as error:  # an engine's own failure is what is looked for
                complaint = f"{type(error).__name__}: {error}"
            if complaint:
                found[name] = complaint
    return found


def told(seed: int) -> Told:
    """What comes of the protocol of a seed."""
    case = generate(seed)
    names = drawn(Random(seed))
    line: Told = {"seed": seed, "compared": names}
    try:
        return line | {"wrong": wrong(case.text, seed, names)}
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
            return bool(wrong(text, seed, [comparison]))
        except Exception:  # it cannot be read, by the one or by the other
            return False

    return shrink(generate(seed).text, is_so)


def summary(lines: Iterable[Mapping[str, object]]) -> Told:
    """What was generated, how often each construct, and what was found."""
    constructs: Counter[str] = Counter()
    compared: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    for line in lines:
        outcome = next((o for o in ("refused", "too large") if o in line), "compared")
        outcomes["disagreement" if line.get("wrong") else outcome] += 1
        constructs.update(generate(int(str(line["seed"]))).used.keys())
        if outcome == "compared":
            names = sorted(map(str, line["compared"]))  # type: ignore[call-overload]  # a list
            compared.update(names)
            pairs.update(" and ".join(pair) for pair in combinations(names, 2))
    return {
        "machines": sum(outcomes.values()),
        "outcomes": dict(outcomes.most_common()),
        "compared": dict(compared.most_common()),
        "pairs": dict(pairs.most_common()),
        "machines that use": dict(constructs.most_common()),
    }


def main() -> int:
    """Go on with a campaign until there are so many machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--machines", type=int, default=20_000)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    log = asked.folder / "machines.jsonl"
    known = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    todo = sorted({*range(asked.machines)} - {line["seed"] for line in known})
    with log.open("a") as out, ProcessPoolExecutor(os.cpu_count()) as pool:
        for line in pool.map(told, todo, chunksize=4):
            known.append(line)
            print(json.dumps(line), file=out, flush=True)
            for name, complaint in line.get("wrong", {}).items():  # type: ignore[attr-defined]
                print(f"{line['seed']} {name}: {complaint}", flush=True)
            if len(known) % 100 == 0:
                print(f"{len(known):,} of {asked.machines:,}", file=sys.stderr, flush=True)
    (asked.folder / "summary.json").write_text(json.dumps(summary(known), indent=2) + "\n")
    return any(line.get("wrong") for line in known)


if __name__ == "__main__":
    sys.exit(main())
