"""Exploration beside SPIN: the same protocol, the same states, in the same run.

    python -m benchmarks.spin [two_phase=9] [pipeline=4] ...

SPIN (the Debian package `spin`, with gcc) searches models written for it, compiled with -O2 in its
fastest exhaustive setting of several tried: no partial-order reduction, which gains nothing where
every step touches shared variables, and the best of three sizes of its hash table. Compiling is
left out on both sides, and shown; of several runs the fastest counts.
"""

import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import attrs

from checkers.explore.engine import Engine
from checkers.explore.explorer import prepare
from checkers.host.resources import cores
from checkers.market.subjects import find_machine

MODELS = Path(__file__).parent / "promela"
SIZED = {"two_phase": "Manager", "pipeline": "Request"}
SIZES = {"two_phase": range(3, 11), "pipeline": range(4, 6)}
"""Those that the models are written for."""
SETTINGS: list[tuple[Engine, int]] = [("numpy", 1), ("numpy", cores()), ("numba", 1)]
SETTINGS += [("numba", cores())]
HASH_BITS = (22, 24, 26)
TRIES = 3
"""Of each search; the fastest counts."""
FLAGS = ("-O2", "-DSAFETY", "-DNOFAIR", "-DNOREDUCE", "-DMEMLIM=16000")


@attrs.frozen
class Row:
    """One search: what it found, and what it took."""

    tool: str
    distinct: int
    generated: int
    seconds: float
    compiling: float
    memory: int
    """Bytes at most."""

    @property
    def rate(self) -> float:
        """Distinct states a second."""
        return self.distinct / self.seconds


def search_with_spin(name: str, size: int) -> Row:
    """SPIN's exhaustive search of a model."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        model = MODELS / f"{name}.pml"
        subprocess.run(["spin", "-a", f"-DN={size}", str(model)], cwd=folder, check=True)
        subprocess.run(["gcc", *FLAGS, "-w", "-o", "pan", "pan.c"], cwd=folder, check=True)
        compiled = time.perf_counter()
        runs = [_run_pan(folder, bits) for bits in HASH_BITS for _ in range(TRIES)]
        seconds, said = min(runs)
    return Row(
        "SPIN",
        int(_found(r"(\d+) states, stored", said)),
        int(float(_found(r"([\d.e+]+) transitions", said))),
        seconds,
        compiled - started,
        int(float(_found(r"([\d.]+)\s+total actual memory", said)) * 2**20),
    )


def _run_pan(folder: str, bits: int) -> tuple[float, str]:
    """The seconds of a search with so large a hash table, and what it printed."""
    started = time.perf_counter()
    command = ["./pan", "-m1000000", f"-w{bits}", "-n"]
    run = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return time.perf_counter() - started, run.stdout


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    if match is None:
        raise SystemExit(f"SPIN's output has no {pattern}:\n{text}")
    return match.group(1)


def search(name: str, size: int, engine: Engine, workers: int) -> Row:
    """The explorer's search of the machine's text."""
    machine = find_machine(name)
    started = time.perf_counter()
    explorer = prepare(
        machine, machine.scope(**{SIZED[name]: size}), engine=engine, workers=workers
    )
    compiled = time.perf_counter()
    found = explorer.run()
    return Row(
        f"{engine}, {workers} thread{'s' * (workers > 1)}",
        found.distinct_states,
        found.generated_states,
        found.seconds,
        compiled - started,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10,
    )


def fastest(name: str, size: int, engine: Engine, workers: int) -> Row:
    """The fastest of several searches, in a process of their own so that its memory is theirs."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        rows = [pool.submit(search, name, size, engine, workers).result() for _ in range(TRIES)]
    return min(rows, key=lambda row: row.seconds)


def compare(name: str, size: int) -> None:
    """Print a row for each search, with its rate relative to SPIN's."""
    spin = search_with_spin(name, size)
    print(f"{name}, {SIZED[name]}={size}: {spin.distinct:,} distinct states")
    print(
        f"{'':18}{'generated':>14}{'seconds':>9}{'compiling':>11}{'states/s':>12}{'':>8}{'MiB':>8}"
    )
    for row in (spin, *(fastest(name, size, *setting) for setting in SETTINGS)):
        if row.distinct != spin.distinct:
            raise SystemExit(f"{row.tool} found {row.distinct:,} states: not the same model")
        print(
            f"{row.tool:18}{row.generated:14,}{row.seconds:9.2f}{row.compiling:11.2f}"
            f"{row.rate:12,.0f}{row.rate / spin.rate:7.1f}x{row.memory >> 20:8,}"
        )


def main() -> None:
    """Compare what was asked for."""
    for tool in ("spin", "gcc"):
        if shutil.which(tool) is None:
            raise SystemExit(f"{tool} is not installed; it is the Debian package {tool}")
    for asked in sys.argv[1:] or ["two_phase=9", "pipeline=4"]:
        name, _, size = asked.partition("=")
        if name not in SIZES or not size.isdecimal() or int(size) not in SIZES[name]:
            known = " or ".join(f"{n}={ns[0]}..{ns[-1]}" for n, ns in SIZES.items())
            raise SystemExit(f"{asked}: give {known}")
        compare(name, int(size))


if __name__ == "__main__":
    main()
