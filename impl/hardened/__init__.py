"""The hardened marketplace on the ledger.

Read `terms` for what is agreed, `digests` for what binds parties and what chance decides, `records`
and `state` for what is remembered; then what can happen, in files that are named as those of the
specification: `registration`, `execution`, `dispute` and `money`, which `contract` puts together.
"""

from impl.hardened.contract import HardenedContract
from impl.hardened.digests import (
    SALT,
    checker,
    commitment,
    drawn,
    is_audited,
    leaf,
    request_id,
    rerun,
    seal,
    seed_of,
    unseal,
)
from impl.hardened.records import Request, Version
from impl.hardened.statement import Statement
from impl.hardened.terms import OVER, Genesis, Phase, Stage, Terms

__all__ = [
    "OVER",
    "SALT",
    "Genesis",
    "HardenedContract",
    "Phase",
    "Request",
    "Stage",
    "Statement",
    "Terms",
    "Version",
    "checker",
    "commitment",
    "drawn",
    "is_audited",
    "leaf",
    "request_id",
    "rerun",
    "seal",
    "seed_of",
    "unseal",
]
