"""Jobs that do not depend on one another, on all cores, in forked processes."""

import os
import signal
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import connection, current_process, get_context, parent_process
from threading import Thread
from typing import Any, TypeVar

from checkers.host.resources import cores
from checkers.host.telling import Tell
from checkers.naming.loading import keep_raised

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

# What a job is made of cannot be sent to a process; a fork has it. What it returns can.
_forked: Callable[[int], object] | None = None


def alone() -> bool:
    """Whether this process may have no others: it is one of a `multiprocessing.Pool`."""
    return current_process().daemon


def processes(
    job: Callable[[int], object], numbers: int, workers: int | None = None
) -> ProcessPoolExecutor:
    """Processes that end with this one, and `do` a job, which takes a number.

    Args:
        job: returns plain data.
        numbers: how many there are.
        workers: how many; None for one per core, or for one where each core has one already.
    """
    workers = workers or (1 if _forked else cores())
    return ProcessPoolExecutor(max(1, min(workers, numbers)), get_context("fork"), _begin, (job,))


def do(number: int) -> Any:  # what the job returns
    """In one of the processes: do its job with a number."""
    assert _forked
    try:
        return _forked(number)
    except BaseException as error:
        keep_raised(error)
        raise


def run_jobs(
    jobs: Mapping[K, Callable[[], T]], progress: Tell, workers: int | None = None
) -> dict[K, T]:
    """Do all jobs, by name; long ones had better come first.

    Args:
        jobs: each returns plain data; its name is whatever says which it is, as text.
        progress: called at first with the job that is begun with, and after each with that, and
            with how many are done.
        workers: as for `processes`.

    Raises whatever a job raises.
    """
    if alone():
        return {name: job() for name, job in jobs.items()}
    todo, names, done = list(jobs.values()), list(jobs), dict[K, T]()
    with processes(lambda number: todo[number](), len(todo), workers) as pool:
        futures = {pool.submit(do, number): name for number, name in enumerate(names)}
        try:
            progress(f"0/{len(jobs)}, first {names[0]}" if names else "0/0")
            for future in as_completed(futures):
                name = futures[future]
                done[name] = future.result()
                progress(f"{len(done)}/{len(jobs)} {name}")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return {name: done[name] for name in names}


def _begin(job: Callable[[int], object]) -> None:
    global _forked
    _forked = job
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # who interrupts need not wait for an answer
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Nobody wants what a process does whose parent was ended, by whatever signal."""
    parent = parent_process()
    assert parent is not None  # this process was forked
    connection.wait([parent.sentinel])
    os._exit(1)
