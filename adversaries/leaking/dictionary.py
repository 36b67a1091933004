"""What digests on a ledger tell whoever has a dictionary of what may lie under them.

Of a label there are ten, of a record of a few coarse fields some ten thousand, and each is hashed
in a millionth of a second. A digest with a salt that nobody knows has no dictionary.
"""

import time
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Literal, TypeAlias

import attrs
import numpy as np

from adversaries.leaking.leakage import Leakage, Row, Tell, silent
from impl.hardened.digests import commitment
from impl.models.fixedpoint import Integers
from impl.models.training import load_digits
from impl.paper.orchestrated.contract import hashed
from impl.quarrel.salts import SALT
from spec.bytes.encoding import encode

What: TypeAlias = Literal["labels", "records", "images"]
FIELDS = 80, 2, 10, 5
"""How many values each field of a record has: an age, a sex, a region, a class of risk."""
CLASSES, DARKEST = 10, 16  # labels, and grey levels of a pixel
GUESSES = 20  # salts that an onlooker tries for each digest
NUMBER = 8  # bytes of a number in a tensor, which come last
STEP = 3  # of a request, whose data is posted


@attrs.frozen(kw_only=True)
class Opened(Row):
    """What a dictionary opens.

    Attributes:
        what: the data under the digests.
        salted: whether each is hashed with a salt.
        digests: on the ledger.
        candidates: in the dictionary.
        found: digests that it opens.
        guessed: what one guess for each finds on average that looks at no digest.
        linked: digests that stand there already, so that equal data shows.
    """

    what: What
    salted: bool
    digests: int
    candidates: int
    found: int
    guessed: float
    linked: int

    def __str__(self) -> str:
        return f"{self.what}, {'salted' if self.salted else 'hashed'}"

    @property
    def shares(self) -> Mapping[str, float]:
        counts = {"opened": self.found, "guessed": self.guessed, "linked": self.linked}
        return {name: count / self.digests for name, count in counts.items()}


def bound(number: int, data: bytes, rng: np.random.Generator) -> bytes:
    """A commitment to the data of a request, with a salt."""
    return commitment(encode(number), STEP, rng.bytes(SALT) + data)


def posted(under: Sequence[bytes], salted: bool, rng: np.random.Generator) -> list[bytes]:
    """What stands on a ledger for data: a digest each, or a commitment with a salt."""
    if not salted:
        return [hashed(data) for data in under]
    return [bound(number, data, rng) for number, data in enumerate(under)]


def found_hashed(digests: Sequence[bytes], candidates: Sequence[bytes]) -> int:
    """How many digests a dictionary opens."""
    known = {hashed(candidate) for candidate in candidates}
    return sum(digest in known for digest in digests)


def found_salted(digests: Sequence[bytes], under: Sequence[bytes], rng: np.random.Generator) -> int:
    """How many commitments `GUESSES` salts open, even of whoever tries the right data only."""
    return sum(
        digest in {bound(number, data, rng) for _ in range(GUESSES)}
        for number, (digest, data) in enumerate(zip(digests, under, strict=True))
    )


def rate(hashes: int = 20_000) -> float:
    """How many candidates this machine hashes in a second, on one thread.

    Whoever tries one number after another encodes one, and then changes its last bytes.
    """
    head = encode(np.array([[0]]))[:-NUMBER]
    began = time.perf_counter()
    for number in range(hashes):
        hashed(head + number.to_bytes(NUMBER, "little"))
    return hashes / (time.perf_counter() - began)


def dictionary(digests: int = 300, seed: int = 0, tell: Tell = silent) -> Leakage:
    """Labels, records of a few coarse fields, and images, hashed and salted."""
    rng = np.random.default_rng(seed)
    images = np.rint(load_digits(seed).traffic.inputs * DARKEST).astype(np.int64)
    every = np.array([*product(*map(range, FIELDS))])
    data: dict[What, tuple[Integers, Integers]] = {
        "labels": (rng.integers(CLASSES, size=(digests, 1)), np.arange(CLASSES).reshape(-1, 1)),
        "records": (rng.choice(every, digests), every),
        "images": (images[:digests], images[digests:]),  # that others have asked about
    }
    rows = []
    for what, (taken, known) in data.items():
        tell(f"dictionary of {what}")
        under, candidates = (
            [encode(row.reshape(1, -1)) for row in some] for some in (taken, known)
        )
        for salted in (False, True):
            ledger = posted(under, salted, rng)
            found = found_salted(ledger, under, rng) if salted else found_hashed(ledger, candidates)
            rows.append(
                Opened(
                    what=what,
                    salted=salted,
                    digests=digests,
                    candidates=len(candidates),
                    found=found,
                    guessed=digests / len(candidates) if what != "images" else 0.0,
                    linked=len(ledger) - len({*ledger}),
                )
            )
    speed = rate()
    return Leakage(
        rows,
        "a dictionary opens every digest of a label or a coarse record and none with a salt; "
        f"{speed:.2g} hashes a second try 2^32 candidates in {2**32 / speed / 3600:.1f} h",
        [f"{row.found} salted {row.what} are opened" for row in rows if row.salted and row.found],
        {"hashes_per_second": speed},
    )
