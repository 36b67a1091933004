"""The hardened marketplace's contract, put together."""

import attrs

from impl.hardened.dispute import Disputing
from impl.hardened.execution import Executing
from impl.hardened.money import Paying
from impl.hardened.registration import Registering
from impl.hardened.view import shown
from impl.ledger.port import View


@attrs.define
class HardenedContract(Registering, Executing, Disputing, Paying):
    """What decides about the hardened marketplace's transactions.

    It refuses for the reasons of the specification and in the order of the specification, from its
    own code. What only a ledger needs on top (who may speak for whom, and what evidence must look
    like) is asked after that. Time is a count of blocks; money is in whole units; percentages are
    hundredths.
    """

    def view(self) -> View:
        return shown(self)
