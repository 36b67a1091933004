"""Jobs in other processes, or in this one where it may have no others."""

from functools import partial
from multiprocessing import get_context
from operator import mul

from checkers.host.jobs import run_jobs
from checkers.host.telling import silent
from checkers.prove.prover import prove
from spec.textbook.lock_server import lock_server


def doubled(numbers: list[int]) -> dict[str, int]:
    return run_jobs({str(number): partial(mul, 2, number) for number in numbers}, silent)


def test_jobs_are_done_also_where_a_process_may_have_no_others() -> None:
    numbers = [1, 2, 3]
    with get_context("fork").Pool(1) as pool:  # its processes are daemonic
        assert pool.apply(doubled, (numbers,)) == doubled(numbers) == {"1": 2, "2": 4, "3": 6}
        pool.apply(confirmed)


def confirmed() -> None:
    prove(lock_server).assert_holds()
