"""What time has changed: blocks pass for every request at once, and windows close."""

from collections.abc import Mapping
from typing import Self

import attrs

from checkers.market.folder.kept import Report
from checkers.market.folder.names import short
from checkers.market.folder.quarrel import QUARREL
from checkers.results.page import Line
from checkers.results.words import counted
from impl.hardened.contract import HardenedContract
from impl.hardened.phases import Phase


@attrs.frozen
class Clock:
    """What time it was, and what could be disputed then.

    Attributes:
        block: how many blocks had passed.
        windows: how many blocks were left to dispute each request that could be disputed, or was
            being disputed, which holds them.
    """

    block: int
    windows: Mapping[bytes, int]

    @classmethod
    def of(cls, contract: HardenedContract) -> Self:
        """What time it is."""
        requests = contract.requests.items()
        left = {r: contract.left(made) for r, made in requests if made.phase is Phase.WINDOW}
        left |= {r: made.window_left for r, made in requests if made.phase in QUARREL}
        return cls(contract.now, {r: blocks for r, blocks in left.items() if blocks})

    def until(self, now: "Clock") -> Report:
        """What has passed since, and what that means for whoever wanted to dispute something."""
        passed, left = now.block - self.block, {r: now.windows.get(r, 0) for r in self.windows}
        page = [Line(f"{counted(passed, 'block has', 'blocks have')} passed")] if passed else []
        for blocks in sorted({*left.values()}):
            those = ", ".join(short(r) for r, some in left.items() if some == blocks)
            page.append(Line(f"{_still(blocks)}: request {those}"))
        json = {"blocks": passed, "windows": {r.hex(): blocks for r, blocks in left.items()}}
        return Report(page if passed else [], {"passed": json})


def _still(blocks: int) -> str:
    if not blocks:
        return "can be disputed no more"
    return f"can be disputed for {counted(blocks, 'block')} more"
