"""Whose turn it is off the ledger, and the reasons for refusing what is out of turn."""

from enum import Enum


class Due(Enum):
    """What is to be done next about a request, by the reason for refusing to do it out of turn."""

    SEND = "input is the consumer's to send"
    PICK = "data is the orchestrator's to pass on"
    RECORD = "step is the vendor's to record"
    RETURN = "output is the vendor's to return"
    RECORD_TOO = "step is the orchestrator's to record"
    DELIVER = "output is the orchestrator's to hand over"
    CONFIRM = "output is the consumer's to confirm"
    NOTHING = "all is done"
    STALLED = "nobody waits any longer"
