"""A machine to hold programs to: the price of an order is in escrow until it is delivered, or late.

It has what implementations get wrong: guards and their order, money, time, and what must outlive
the program.
"""

from spec.notation import Machine, Map, Ordinal, Sort, action, forall, not_, require, state, total


class Party(Sort):
    pass


class Order(Sort):
    pass


class Money(Ordinal):
    pass


class Time(Ordinal):
    pass


@state
class Escrow:
    now: Time
    purse: Map[Party, Money]
    placed: Map[Order, bool]
    over: Map[Order, bool]
    buyer: Map[Order, Party]
    seller: Map[Order, Party]
    price: Map[Order, Money]
    deadline: Map[Order, Time]


def init(s: Escrow) -> None:
    s.now = Time(0)
    s.purse.fill(Money(3))
    s.placed.fill(False)
    s.over.fill(False)
    s.buyer.reset()
    s.seller.reset()
    s.price.fill(Money(0))
    s.deadline.fill(Time(0))


@action
def place(s: Escrow, o: Order, b: Party, p: Party, n: Money) -> None:
    """A buyer puts the price of an order in escrow, for two units of time."""
    require(not_(s.placed[o]), "order is new")
    require(b != p, "seller is another")
    require(n > 0, "price is not nothing")
    require(n <= s.purse[b], "buyer has the price")

    s.placed[o] = True
    s.buyer[o] = b
    s.seller[o] = p
    s.price[o] = n
    s.deadline[o] = s.now + 2
    s.purse[b] = s.purse[b] - n


@action
def deliver(s: Escrow, o: Order, p: Party) -> None:
    """The seller delivers in time, and has the price."""
    require(s.placed[o], "order is placed")
    require(not_(s.over[o]), "order is open")
    require(p == s.seller[o], "party is the seller")
    require(s.now < s.deadline[o], "deadline is to come")

    s.over[o] = True
    s.purse[p] = s.purse[p] + s.price[o]


@action
def refund(s: Escrow, o: Order, b: Party) -> None:
    """The buyer takes the price of what is late."""
    require(s.placed[o], "order is placed")
    require(not_(s.over[o]), "order is open")
    require(b == s.buyer[o], "party is the buyer")
    require(s.now >= s.deadline[o], "deadline has passed")

    s.over[o] = True
    s.purse[b] = s.purse[b] + s.price[o]


@action
def tick(s: Escrow) -> None:
    """Time passes."""
    s.now = s.now + 1


def no_money_is_made(s: Escrow) -> bool:
    """Nobody has more than everybody had."""
    return total(s.purse) <= 6


def only_placed_orders_are_over(s: Escrow) -> bool:
    """What is over was placed."""
    return forall(Order, lambda o: not_(s.over[o]) | s.placed[o])


escrow = Machine(
    name="escrow",
    state=Escrow,
    init=init,
    actions=(place, deliver, refund, tick),
    always=(no_money_is_made, only_placed_orders_are_over),
    sizes={Party: 2, Order: 2, Money: 7, Time: 5},
)
