"""Where versions and requests stand."""

from enum import Enum


class Stage(Enum):
    """Where a version stands."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    ACTIVE = "active"
    RETIRED = "retired"


class Phase(Enum):
    """Where a request stands."""

    OPEN = "open"
    ROUTED = "routed"
    WORK = "work"
    DEMANDED = "demanded"
    PUBLISHED = "published"
    WINDOW = "window"
    DISPUTED = "disputed"
    NARROWED = "narrowed"
    OPENED = "opened"
    SETTLED = "settled"
    REFUNDED = "refunded"
    FORFEITED = "forfeited"


OVER = (Phase.SETTLED, Phase.REFUNDED, Phase.FORFEITED)
