"""A club whose members are numbered, and people who may join it."""

from spec.notation import Fun, Machine, Map, Ordinal, Scope, Sort, action, require, size, state


class Person(Sort):
    """Somebody."""


class Count(Ordinal):
    """How many there are."""


@state
class Club:
    """A club whose members are numbered, and of which nobody can be thrown out."""

    welcome: Fun[[Person], bool]
    bell: bool
    members: Count
    name: Map[Count, Person]
    paid: Map[Count, bool]
    expelled: bool


def found_club(s: Club) -> None:
    s.bell = False
    s.members = Count(0)
    s.name.reset()
    s.paid.fill(False)
    s.expelled = False


@action
def join(s: Club, p: Person) -> None:
    require(s.welcome(p), "person is welcome")
    s.bell = True  # before the count leaves its sort
    s.name[s.members] = p
    s.members += 1


@action
def pay(s: Club, c: Count) -> None:
    require(c < s.members, "somebody has the number")
    s.paid[c] = True


@action
def hush(s: Club) -> None:
    require(s.bell, "bell rings")
    s.bell = False


@action
def expel(s: Club) -> None:
    require(size(Count) <= s.members, "there are more than can be counted")
    s.expelled = True


club = Machine("club", Club, found_club, (join, pay, hush, expel), sizes={Person: 2, Count: 4})
PEOPLE = Scope(sizes={Count: 4}, universe={Person: [b"ann", b"bob"]})
EVERYBODY = {"welcome": lambda p: True}
