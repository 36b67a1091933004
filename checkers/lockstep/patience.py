"""Patience: other people's code answers within some time, or is not waited for any longer."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_TICKS = 4  # in the time that an answer may take


class Overdue(BaseException):
    """An answer did not come in time.

    It is no Exception, lest code that tries again whatever has failed take it for a failure.
    """


class Patience:
    """Interrupts what takes too long.

    A timer of the process ticks, and an answer that is awaited for a tick more than its time has
    is overdue. So a computer that is suspended costs one tick, and a wait costs no look at a clock.
    Only the main thread can be interrupted; in any other there is no limit.

    Args:
        seconds: that an answer may take.

    Attributes:
        asked: whose answer is awaited.
        left: ticks until it is overdue; 0 while none is awaited.
        overdue: whose answer was overdue; of none, nothing.
    """

    most = _TICKS + 1
    """What `left` is set to before an answer is awaited."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.asked = self.overdue = ""
        self.left = 0

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Let the timer tick."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        handler = signal.signal(signal.SIGALRM, self._tick)
        timer = signal.setitimer(signal.ITIMER_REAL, *[self.seconds / _TICKS] * 2)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, *timer)
            signal.signal(signal.SIGALRM, handler or signal.SIG_DFL)

    def _tick(self, *_: object) -> None:
        if self.left > 1:
            self.left -= 1
        elif self.left:  # it stays so: what is swallowed comes again
            self.overdue = self.overdue or self.asked
            raise Overdue
