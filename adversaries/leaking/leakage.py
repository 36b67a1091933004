"""What experiments on leaks give: rows of facts, what they mean, and which break a law."""

from collections.abc import Callable, Sequence

import attrs

from adversaries.leaking.copies import Fidelity

Tell = Callable[[str], None]
"""Is told what is under way."""


def silent(line: str) -> None:
    """Tells nobody."""


@attrs.frozen(kw_only=True)
class Case:
    """An attack, beside a consumer who asked as often.

    Attributes:
        attack: who attacks and what is attacked.
        requests: how many are asked or observed.
        copy: how well the attacker's copy agrees; None if nothing runs that could be one.
        black_box: how well the consumer's does, who has inputs and answers alone.
    """

    attack: str
    requests: int
    copy: Fidelity | None
    black_box: Fidelity


@attrs.frozen
class Leakage:
    """What an experiment found.

    Attributes:
        rows: the facts, all of one attrs class.
        upshot: what they mean, in a sentence.
        broken: the facts that are not as the experiment's law has them, each told in a line.
    """

    rows: Sequence[attrs.AttrsInstance]
    upshot: str
    broken: Sequence[str] = ()

    def facts(self) -> list[dict[str, object]]:
        """The rows as plain data."""
        return [attrs.asdict(row) for row in self.rows]
