"""What results are made of: the types that whoever looks into one meets, and makes none of."""

from checkers.conform.program import Faulty
from checkers.conform.replaying import Otherwise, Replayed
from checkers.conform.vectors import Taken, Vector, Vectors
from checkers.conform.wire import Hello
from checkers.explore.exploration import Cases
from checkers.lockstep.run import Tally
from checkers.market.attack import Attacked
from checkers.market.audit.audited import Candidate
from checkers.market.audit.due import Due
from checkers.market.audit.opened import Opened
from checkers.market.audit.recorded import Recorded
from checkers.market.audit.retelling import Conviction, Departure
from checkers.market.corrupt import Failure
from checkers.market.played.said import Record, Said
from checkers.market.played.story import Fold, Story
from checkers.market.repudiate import Doubt, Wrong
from checkers.mutate.comparison import Comparison
from checkers.mutate.layers import Outcome
from checkers.mutate.mutants import Mutant
from checkers.mutate.mutation import Row
from checkers.prove.concealment import Alike
from checkers.prove.counterexample import Counterexample
from checkers.prove.leak import Leak
from checkers.prove.possible import Possible, Witness
from checkers.prove.proof import LoadBearing, Obligation
from checkers.prove.reach import Reach
from checkers.prove.typespace import Broken, Enumeration, TooMany
from checkers.prove.unranked import Unranked
from checkers.results.page import Line, Listing, Table
from checkers.traces.explain import Blocked, Falsified
from checkers.verdict.ablate import Ablated
from checkers.verdict.decide import Decision
from checkers.verdict.exhibit import Exhibit
from checkers.verdict.jobs import Decided
from checkers.verdict.verify import Check
from spec.notation.calls import Call
from spec.notation.sorts import Field
from spec.paper.claim import (
    Accounts,
    Argued,
    Claim,
    Conceals,
    Ends,
    Holds,
    Placed,
    Point,
    Theorem,
    Tried,
)

__all__ = [
    "Ablated",
    "Accounts",
    "Alike",
    "Argued",
    "Attacked",
    "Blocked",
    "Broken",
    "Call",
    "Candidate",
    "Cases",
    "Check",
    "Claim",
    "Comparison",
    "Conceals",
    "Conviction",
    "Counterexample",
    "Decided",
    "Decision",
    "Departure",
    "Doubt",
    "Due",
    "Ends",
    "Enumeration",
    "Exhibit",
    "Failure",
    "Falsified",
    "Faulty",
    "Field",
    "Fold",
    "Hello",
    "Holds",
    "Leak",
    "Line",
    "Listing",
    "LoadBearing",
    "Mutant",
    "Obligation",
    "Opened",
    "Otherwise",
    "Outcome",
    "Placed",
    "Point",
    "Possible",
    "Reach",
    "Record",
    "Recorded",
    "Replayed",
    "Row",
    "Said",
    "Story",
    "Table",
    "Taken",
    "Tally",
    "Theorem",
    "TooMany",
    "Tried",
    "Unranked",
    "Vector",
    "Vectors",
    "Witness",
    "Wrong",
]
