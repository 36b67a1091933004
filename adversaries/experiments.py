"""Experiments that decide what no state machine can state: what somebody learns or gains."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from adversaries.attacks import Attack, Facts, Outcome
from adversaries.chances import executor_exposure, grinding, laziness
from adversaries.expenses import ledger_bytes
from adversaries.guessing import dictionary, linking, rebuilt, renumbered
from adversaries.learning import (
    deep_joint_provider,
    deep_joint_provider_backwards,
    deep_middle,
    deep_sandwich,
    formula,
    joint_provider,
    joint_provider_backwards,
    middle,
    orchestrator,
    reidentify,
    sandwich,
    share_value,
)
from adversaries.payouts import floors, largest_remainders, payouts
from adversaries.trees import sub_forest, tree_path


def _experiment(
    claims: str,
    name: str,
    variant: str,
    party: str,
    expected: Outcome,
    measure: Callable[[], Facts],
    number: int | None = None,
) -> Attack:
    """An attack that needs no marketplace."""

    def script(folder: Path) -> Facts:
        return measure()

    return Attack(number, name, variant, party, expected, script, claims.split())


EXPERIMENTS = (
    _experiment("A1", "sandwich", "orchestrated", "vendors", "U", sandwich, 35),
    # Two layers hide the exact part; what is trained is still better than any consumer's copy.
    _experiment("A1", "sandwich-deep", "hardened", "vendors", "U", deep_sandwich, 35),
    _experiment("A2 A30", "middle", "orchestrated", "vendor", "U", middle, 36),
    _experiment("A2 A30", "middle-deep", "hardened", "vendor", "P", deep_middle, 36),
    _experiment("A3", "share-value", "every", "vendors", "U", share_value),
    _experiment("A4", "link-digests", "orchestrated", "anybody", "U", partial(linking, False)),
    _experiment("A4", "link-leaves", "hardened", "anybody", "P", partial(linking, True)),
    Attack(None, "formula", "basic", "anybody", "U", formula, ("A5",)),
    _experiment("A6", "tree-path", "basic", "consumer", "U", tree_path),
    _experiment("A6", "tree-whole", "hardened", "consumer", "P", partial(tree_path, shown=False)),
    _experiment("A7", "sub-forest", "every", "vendor", "U", sub_forest),
    _experiment("A9", "orchestrator", "orchestrated", "orchestrator", "U", orchestrator, 37),
    _experiment("A11", "random-executors", "orchestrated", "vendors", "U", executor_exposure),
    _experiment(
        "A13", "dictionary", "orchestrated", "anybody", "U", partial(dictionary, False), 39
    ),
    _experiment(
        "A13", "dictionary-salted", "hardened", "anybody", "P", partial(dictionary, True), 39
    ),
    _experiment("A14", "joint-first", "orchestrated", "provider", "U", joint_provider),
    _experiment("A14", "joint-second", "orchestrated", "provider", "U", joint_provider_backwards),
    # The first keeps an edge: its own layers do the half of the work that digits show worst.
    _experiment("A14", "joint-first-deep", "hardened", "provider", "U", deep_joint_provider),
    _experiment(
        "A14", "joint-second-deep", "hardened", "provider", "P", deep_joint_provider_backwards
    ),
    _experiment("A15", "reidentify", "every", "executor", "U", reidentify),
    _experiment("A21", "rebuilt", "basic", "vendor", "U", partial(rebuilt, False)),
    _experiment("A21", "rebuilt-canonical", "hardened", "vendor", "P", partial(rebuilt, True)),
    _experiment("A21", "renumbered", "every", "vendor", "U", renumbered),
    _experiment("A29", "ledger-bytes", "basic", "nobody", "U", partial(ledger_bytes, False)),
    _experiment(
        "A29", "ledger-bytes-committed", "hardened", "nobody", "P", partial(ledger_bytes, True)
    ),
    # Largest remainders leave nothing over, and take back what was drawn; floors never do.
    _experiment(
        "A40", "drawn-remainders", "every", "provider", "U", partial(payouts, largest_remainders)
    ),
    _experiment("A40", "drawn-floors", "hardened", "provider", "P", partial(payouts, floors)),
    _experiment(
        "A41", "grinding", "orchestrated", "orchestrator", "U", partial(grinding, 16, False), 41
    ),
    _experiment(
        "A41", "grinding-beacon", "hardened", "anybody", "P", partial(grinding, 64, True), 41
    ),
    _experiment("A43", "lazy-gain", "basic", "vendor", "U", partial(laziness, 0, audits=False)),
    # One step in four is audited, so a stake of 3 breaks even.
    _experiment("A43", "lazy-gain-staked", "hardened", "vendor", "P", partial(laziness, 3.3)),
)
