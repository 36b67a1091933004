"""Has some of a hardened market's processes act while all others wait."""

from impl.hardened.parties.member import Member
from impl.hardened.parties.node import Node


def quiet(*processes: Member | Node) -> None:
    """Some do what is due until nothing is, and nobody else does anything meanwhile."""
    while sum(process.act() for process in processes):
        pass
