"""All attacks, in order: the rows of the table, and experiments.

A script needs a marketplace with somebody in it who deviates; an experiment decides, without one,
what no state machine can state: what somebody learns or gains.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from adversaries.deviating.components import rebuilt, renumbered
from adversaries.gaining.chances import grinding, laziness
from adversaries.gaining.expenses import ledger_bytes
from adversaries.gaining.payouts import floors, largest_remainders, payouts
from adversaries.gaining.roots import careless_root, doubled
from adversaries.leaking.attacks import (
    beside,
    chain_observer,
    coalition_law,
    ensemble_share,
    executors,
    formula_neighbours,
    guessed,
    insider,
    linear_formula,
    orchestrator,
    recognised,
    reidentify,
    sandwich,
    share_value,
    tree_path,
)
from adversaries.rows.arbitrators import ARBITRATORS
from adversaries.rows.coalitions import COALITIONS
from adversaries.rows.consumers import CONSUMERS
from adversaries.rows.others import OTHERS
from adversaries.rows.providers import PROVIDERS
from adversaries.rows.row import measured, row
from adversaries.rows.vendors import VENDORS
from adversaries.script import UNDETECTED, Attack, CameTo, Facts, Outcome

ROWS = (*VENDORS, *CONSUMERS, *PROVIDERS, *ARBITRATORS, *OTHERS, *COALITIONS)


def _experiment(
    claims: str,
    name: str,
    variant: str,
    party: str,
    expected: Outcome,
    measure: Callable[[], Facts],
) -> Attack:
    """An attack that needs no marketplace."""

    def script(folder: Path) -> Facts:
        return measure()

    return Attack(name, variant, party, "", CameTo(expected), script, claims.split())


EXPERIMENTS = (
    *row(
        "chain-observer",
        "anybody",
        "rebuilds the model from ordinary traffic on the ledger",
        claims="A1 A2 A4 A30",
        basic=measured(UNDETECTED, chain_observer),
    ),
    *row(
        "formula",
        "anybody",
        "solves for a secret formula that is linear in metrics",
        claims="A5",
        basic=measured(UNDETECTED, linear_formula),
    ),
    _experiment("A1", "coalitions", "orchestrated", "vendors", "U", coalition_law),
    _experiment("A1", "sandwich", "orchestrated", "vendors", "U", sandwich),
    # Two layers hide the exact part; what is trained is still better than any consumer's copy.
    _experiment(
        "A1", "sandwich-deep", "hardened", "vendors", "U", partial(sandwich, (2, 2, 2), 1000)
    ),
    _experiment(
        "A2 A30",
        "middle",
        "orchestrated",
        "vendor",
        "U",
        partial(insider, "vendor", 1, (1, 1, 1), 1000),
    ),
    _experiment(
        "A2 A30",
        "middle-deep",
        "hardened",
        "vendor",
        "P",
        partial(insider, "vendor", 1, (2, 2, 2), 1000),
    ),
    # The first keeps an edge: its own layers do the half of the work that digits show worst.
    _experiment(
        "A2",
        "first-deep",
        "hardened",
        "vendor",
        "U",
        partial(insider, "vendor", 0, (2, 2, 2), 1000, broad=False),
    ),
    _experiment("A3", "share-value", "every", "vendors", "U", share_value),
    _experiment("A4", "link-digests", "orchestrated", "anybody", "U", partial(recognised, False)),
    _experiment("A4", "link-leaves", "hardened", "anybody", "P", partial(recognised, True)),
    _experiment("A5", "formula-split", "orchestrated", "vendors", "U", formula_neighbours),
    _experiment("A6", "tree-path", "basic", "consumer", "U", tree_path),
    _experiment("A6", "tree-whole", "hardened", "consumer", "P", partial(tree_path, shown=False)),
    _experiment("A7", "ensemble-share", "every", "vendor", "U", ensemble_share),
    _experiment("A9", "orchestrator", "orchestrated", "orchestrator", "U", orchestrator),
    _experiment("A11", "random-executors", "every", "vendors", "U", executors),
    _experiment("A13", "dictionary", "orchestrated", "anybody", "U", partial(guessed, False)),
    _experiment("A13", "dictionary-salted", "hardened", "anybody", "P", partial(guessed, True)),
    _experiment("A13", "row-neighbours", "hardened", "anybody", "P", beside),
    _experiment(
        "A14",
        "joint-first",
        "orchestrated",
        "provider",
        "U",
        partial(insider, "provider", 0, (1, 1), 40),
    ),
    _experiment(
        "A14",
        "joint-second",
        "orchestrated",
        "provider",
        "U",
        partial(insider, "provider", 1, (1, 1), 200),
    ),
    _experiment(
        "A14",
        "joint-first-deep",
        "hardened",
        "provider",
        "U",
        partial(insider, "provider", 0, (2, 2), 150, broad=False),
    ),
    _experiment(
        "A14",
        "joint-second-deep",
        "hardened",
        "provider",
        "P",
        partial(insider, "provider", 1, (2, 2), 150, broad=False),
    ),
    _experiment("A15", "reidentify", "every", "executor", "U", reidentify),
    _experiment("A20", "plain-root", "every", "provider", "U", partial(doubled, careless_root)),
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
        "A41", "grinding", "orchestrated", "orchestrator", "U", partial(grinding, 16, False)
    ),
    _experiment("A41", "grinding-beacon", "hardened", "anybody", "P", partial(grinding, 64, True)),
    _experiment("A43", "lazy-gain", "basic", "vendor", "U", partial(laziness, 0, audits=False)),
    # One step in four is audited, so a stake of 3 breaks even.
    _experiment("A43", "lazy-gain-staked", "hardened", "vendor", "P", partial(laziness, 3.3)),
)

ATTACKS = (*ROWS, *EXPERIMENTS)
