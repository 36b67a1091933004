"""Dues: what is still to be done, or to be had, when a ledger ends."""

import attrs

from spec.notation.sorts import Value


@attrs.frozen
class Due:
    """Something that somebody is to do, or can have.

    Attributes:
        about: what it concerns: a request by its identifier or number, or a version.
        who: by a key; None where it can be anybody.
        what: is to be done, or can be had.
        when: in words.
    """

    about: Value
    who: bytes | None
    what: str
    when: str
