"""Jobs that do not depend on one another, on all cores, in forked processes."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar, cast

T = TypeVar("T")

# What a job is made of cannot be sent to a process; a fork has it. What it returns can.
_forked: Sequence[Callable[[], object]] = ()


def run_jobs(
    jobs: Mapping[str, Callable[[], T]], progress: Callable[[str], None], workers: int | None = None
) -> dict[str, T]:
    """Do all jobs, by name; long ones had better come first.

    Args:
        jobs: each returns plain data.
        progress: called after each job with a line that says how far it is.
        workers: processes; None for one per core.

    Raises whatever a job raises.
    """
    global _forked
    _forked = list(jobs.values())
    names, done = list(jobs), dict[str, T]()
    with ProcessPoolExecutor(workers or os.cpu_count(), get_context("fork")) as pool:
        futures = {pool.submit(_run, number): name for number, name in enumerate(names)}
        try:
            for future in as_completed(futures):
                name = futures[future]
                done[name] = cast(T, future.result())  # of the job of that name
                progress(f"{len(done)}/{len(jobs)} {name}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return {name: done[name] for name in names}


def _run(number: int) -> object:
    return _forked[number]()
