"""Interruptions that nothing keeps to itself."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer, current_thread, main_thread
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_MOMENT = 0.01  # seconds


@contextmanager
def interruptible() -> Iterator[None]:
    """Within this, an interruption comes out as one, whatever code it comes through.

    Python raises it wherever it is just then. Code in C that called there may pass it on as an
    error of its own, as ctypes does; a destructor drops it, and so it is raised again a moment
    later. Whoever has interruptions ignored, as a shell does with `&`, is left alone.

    Raises:
        KeyboardInterrupt: somebody interrupts.
    """
    before, drop = signal.getsignal(signal.SIGINT), sys.unraisablehook
    process, heard = os.getpid(), False

    def hear(number: int, frame: FrameType | None) -> None:
        nonlocal heard
        if os.getpid() != process:  # was forked from it just now, and ends
            os._exit(130)
        heard = True
        raise KeyboardInterrupt

    def dropped(what: "UnraisableHookArgs") -> None:
        if heard:
            Timer(_MOMENT, os.kill, (process, signal.SIGINT)).start()
        else:
            drop(what)

    if before is not signal.default_int_handler or current_thread() is not main_thread():
        yield
        return
    signal.signal(signal.SIGINT, hear)
    sys.unraisablehook = dropped
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        sys.unraisablehook = drop
        if heard:
            raise KeyboardInterrupt
