"""Strengthening found from a protocol's text, beside the times of mypyvy's inference.

    python -m benchmarks.strengthen

The peer's seconds were measured elsewhere, on the same protocols in its own language, with
start-up, as ours of this run.
"""

import subprocess
import sys
import time

PEER = {"consensus": 3.0, "lock_server": 4.5, "sharded_store": 9.0, "two_phase": 44.0}
"""Seconds."""


def main() -> None:
    """Print a row for each protocol."""
    print(f"{'':16}{'with start-up':>14}{'mypyvy':>8}{'':>8}  seconds")
    for name, peer in PEER.items():
        started = time.perf_counter()
        command = [sys.executable, "-m", "checkers.cli", "strengthen", name]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        seconds = time.perf_counter() - started
        if done.returncode:
            raise SystemExit(f"{name}: {done.stdout}{done.stderr}")
        print(f"{name:16}{seconds:14.2f}{peer:8.1f}{peer / seconds:7.1f}x")


if __name__ == "__main__":
    main()
