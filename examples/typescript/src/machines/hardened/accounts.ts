/** How money moves: what it is paid into, where it goes at the end, and who collects it. */

import { type Cell, require } from "../machine.ts";
import { Market, type Money, type Party, type Request, type Step, type Version } from "./market.ts";

export abstract class Accounts extends Market {
  /** A party puts money into its bond. */
  deposit(p: Party, n: Money): void {
    require(n <= this.balance.get(p), "party has the money");

    move(n, this.balance.at(p), this.bond.at(p));
  }

  /** A party takes money out of its bond; what is at stake is no longer in there. */
  withdraw(p: Party, n: Money): void {
    require(n <= this.bond.get(p), "party has the money");

    move(n, this.bond.at(p), this.balance.at(p));
  }

  /** The executor of a step collects stake and wage, once nobody can complain any more. */
  collect(r: Request, i: Step): void {
    require(this.isOver(r), "request is over");
    require(this.left.get(r) === 0, "nobody can complain any more");

    this.collected.at(r, i).value += this.pot.get(r, i);
    moveAll(this.pot.at(r, i), this.balance.at(this.executor.get(r, i)));
  }

  /** A provider collects its share of all that a version has earned, in whole units. */
  collect_share(p: Party, m: Version): void {
    const entitled = Math.floor((this.earned.get(m) * this.share.get(m, p)) / 100);
    const due = entitled - this.collected_share.get(m, p);
    require(due <= this.revenue.get(m), "revenue is there");

    this.collected_share.at(m, p).value += due;
    move(due, this.revenue.at(m), this.balance.at(p));
  }

  /** A request fails by the fault of the executor of a step, whose pot makes up for the refund. */
  protected fail(r: Request, i: Step): void {
    const [short, pot] = [this.priceOf(r) - this.escrow.get(r), this.pot.at(r, i)];
    const covered = Math.min(short, pot.value);
    this.uncovered.set(r, short - covered);
    this.refund(r);
    move(covered, pot, this.#bondOfProvider(r));
    this.confiscate(pot); // lest somebody gain by a conviction
  }

  /** The consumer gets the whole price: what is left of it, and the rest from the surety. */
  protected refund(r: Request): void {
    const [price, consumer] = [this.priceOf(r), this.balance.at(this.consumer.get(r))];
    move(price - this.escrow.get(r), this.surety.at(r), consumer);
    moveAll(this.escrow.at(r), consumer);
    this.refunded.set(r, price);
    this.releaseSurety(r);
    this.enter(r, "REFUNDED");
  }

  /** What is left of the provider's guarantee is the provider's again. */
  protected releaseSurety(r: Request): void {
    moveAll(this.surety.at(r), this.#bondOfProvider(r));
  }

  /** Who demanded in vain gets the toll back; if a sender had it for bad data, from the culprit. */
  protected returnToll(r: Request, culprit: Cell<Money>): void {
    const receiver = this.balance.at(this.receiverOf(r));
    const amends = this.published.get(r) ? this.toll.get(this.pinned.get(r)) : 0;
    move(amends, culprit, receiver);
    moveAll(this.toll_paid.at(r), receiver);
  }

  /** The money of an account is nobody's from now on. */
  protected confiscate(account: Cell<Money>): void {
    this.treasury += account.value;
    account.value = 0;
  }

  #bondOfProvider(r: Request): Cell<Money> {
    return this.bond.at(this.provider.get(this.pinned.get(r)));
  }
}

export function move(amount: Money, from: Cell<Money>, to: Cell<Money>): void {
  from.value -= amount;
  to.value += amount;
}

export function moveAll(from: Cell<Money>, to: Cell<Money>): void {
  move(from.value, from, to);
}
