"""Random runs side by side, beside the rate of TLC's simulation mode.

    python -m benchmarks.simulate

TLC's steps a second, with two workers, were measured elsewhere on the same protocols; ours are of
this run, with every property checked in every state.
"""

from checkers.explore.engine import Engine
from checkers.explore.simulate import Simulator
from checkers.market.subjects import find_machine

PEER = {"two_phase": 130_000, "pipeline": 340_000}
"""TLC's steps a second."""
SIZES = {"two_phase": {"Manager": 7}, "pipeline": {"Request": 4}}
ENGINES: tuple[Engine, ...] = ("numpy", "numba")
RUNS, DEPTH = 200_000, 20


def main() -> None:
    """Print a row for each protocol."""
    print(f"{'':12}{'':8}{'steps':>12}{'steps/s':>12}{'TLC':>10}")
    for name, peer in PEER.items():
        machine = find_machine(name)
        for engine in ENGINES:
            scope = machine.scope(**SIZES[name])
            found = Simulator(machine, scope, RUNS, seed=0, engine=engine).run(DEPTH)
            rate = found.steps / found.seconds
            print(f"{name:12}{engine:8}{found.steps:12,}{rate:12,.0f}{peer:10,}{rate / peer:8.1f}x")


if __name__ == "__main__":
    main()
