"""Whoever is killed while SQLite is at work."""

import os
import sqlite3
from collections.abc import Callable
from functools import partial
from multiprocessing import get_context
from typing import Any


def killed_after(number: int, work: Callable[[], object]) -> bool:
    """Do something in another process, which ends when SQLite has run so many instructions for it.

    False if it was ended so, and did not come to its own end before.
    """
    process = get_context("fork").Process(target=_die_after, args=(number, work))
    process.start()
    process.join()
    return process.exitcode == 0


def _die_after(number: int, work: Callable[[], object]) -> None:
    instructions = iter(range(number))

    class Mortal(sqlite3.Connection):
        def __init__(self, *given: Any, **named: Any) -> None:  # whatever a connection takes
            super().__init__(*given, **named)
            self.set_progress_handler(lambda: next(instructions, None) is None and os._exit(1), 1)

    connect = partial(sqlite3.connect, factory=Mortal)
    setattr(sqlite3, connect.func.__name__, connect)
    work()
    os._exit(0)
