"""What the programs share that are run by hand for long: arguments, progress, and how they end."""

import os
import sys
from argparse import (
    Action,
    ArgumentDefaultsHelpFormatter,
    ArgumentParser,
    ArgumentTypeError,
    RawDescriptionHelpFormatter,
)
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NoReturn, TypeVar

from checkers.cli.interruption import interruptible
from checkers.cli.progress import progress
from checkers.cli.streams import steady_streams

T = TypeVar("T")
R = TypeVar("R")


class Failed(Exception):
    """The work cannot go on; the text says why, in one line."""


class _Format(RawDescriptionHelpFormatter, ArgumentDefaultsHelpFormatter):
    """Keeps a docstring's lines, and names defaults where there are some."""

    def _get_help_string(self, action: Action) -> str | None:
        return super()._get_help_string(action) if action.default else action.help


def arguments(name: str, does: str | None) -> ArgumentParser:
    """A parser for the arguments of a module, which is named in full, with its docstring."""
    return ArgumentParser(prog=f"python -m {name}", description=does, formatter_class=_Format)


def add_workers(parser: ArgumentParser) -> None:
    """Have it take `--workers`."""
    parser.add_argument(
        "--workers", type=positive, default=os.cpu_count(), metavar="N", help="so many at a time"
    )


def positive(text: str) -> int:
    """The number from 1 that a text writes."""
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"{text}: give a whole number from 1")
    return int(text)


def folder(text: str) -> Path:
    """A folder, which is made if need be."""
    path = Path(text)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArgumentTypeError(f"{text}: no folder can be here: {error.strerror}") from error
    return path


def refuse_unknown(
    parser: ArgumentParser,
    names: Sequence[str],
    known: Callable[[str], bool],
    there: Collection[str],
) -> None:
    """End with a refusal if a name is not known; there are some others."""
    for name in names:
        if not known(name):
            parser.error(f"there is no {name!r}; there are {', '.join(sorted(there))}")


def each(do: Callable[[T], R], items: Collection[T], workers: int) -> Iterator[R]:
    """What comes of each item, as it is done with, so many at a time, and how many are."""
    pool = ThreadPoolExecutor(workers)
    try:
        yield from counted([pool.submit(do, item) for item in items])
    finally:
        pool.shutdown(cancel_futures=True)  # what is under way takes its folders away


def counted(futures: Collection[Future[R]], before: int = 0) -> Iterator[R]:
    """What comes of some work, as it is done; says how much is, where some was before."""
    whole = before + len(futures)
    progress(f"{before:,} of {whole:,}")
    for number, future in enumerate(as_completed(futures), before + 1):
        yield future.result()
        progress(f"{number:,} of {whole:,}")


def run(main: Callable[[], int]) -> NoReturn:
    """Run a program and exit: its own status, 130 if it is interrupted, 2 if it cannot go on."""
    with steady_streams(progress):
        status = _status(main)
    sys.exit(status)


def _status(main: Callable[[], int]) -> int:
    try:
        with interruptible():
            return main()
    except KeyboardInterrupt:
        _say("interrupted")
        sys.stdout.flush()
        os._exit(130)  # waiting for nothing that is still under way
    except (Failed, OSError, BrokenExecutor) as error:
        _say(f"{error or type(error).__name__}")
        return 2


def _say(line: str) -> None:
    progress.done()
    print(" ".join(line.split()), file=sys.stderr, flush=True)
