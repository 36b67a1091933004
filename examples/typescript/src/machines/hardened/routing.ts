/** How a request is made, and how chance draws who executes each of its steps. */

import { require } from "../machine.ts";
import { move } from "./accounts.ts";
import type { Commitment, Party, Request, Seed, Version } from "./market.ts";
import { Registration } from "./registration.ts";

export abstract class Routing extends Registration {
  /** The consumer pays for a request and commits to its input. */
  request(c: Party, r: Request, m: Version, x: Commitment): void {
    require(this.stage.get(m) === "ACTIVE", "version is active");
    require(this.isIn(r, "FREE"), "request is new");
    const [price, p] = [this.cost.get(m, 0), this.provider.get(m)];
    require(price <= this.balance.get(c), "consumer can pay the price");
    require(price <= this.bond.get(p), "provider can guarantee the refund");

    move(price, this.balance.at(c), this.escrow.at(r));
    move(price, this.bond.at(p), this.surety.at(r));
    this.consumer.set(r, c);
    this.pinned.set(r, m);
    this.link.set(r, 0, x);
    this.author.set(r, 0, c);
    this.enter(r, "OPEN");
  }

  /** The beacon's round that the request waited for is out. */
  route(r: Request, b: Seed): void {
    require(this.isIn(r, "OPEN"), "request waits for the beacon");

    this.seed.set(r, b);
    this.enter(r, "ROUTED");
  }

  /** The beacon's round does not come: the consumer has its money back. */
  lapse(r: Request): void {
    require(this.isIn(r, "OPEN"), "request waits for the beacon");
    this.requireOverdue(r);

    this.refund(r);
  }

  /** Whom chance draws becomes the executor of the step, and puts up its stake. */
  assign(r: Request, v: Party): void {
    this.#requireDrawn(r, v);
    const stake = this.stake.get(this.pinned.get(r));
    require(stake <= this.bond.get(v), "executor can put up the stake");

    const i = this.turn.get(r);
    this.executor.set(r, i, v);
    this.since.set(r, i, this.in_force.get(v));
    move(stake, this.bond.at(v), this.pot.at(r, i));
    this.awaitData(r);
    this.enter(r, "WORK");
  }

  /** Whom chance draws does not put up the stake: the next one is drawn. */
  pass_over(r: Request, v: Party): void {
    this.#requireDrawn(r, v);
    this.requireOverdue(r);
    this.requireSpare(r);

    this.drawNext(r);
  }

  /** No holder is left that puts up the stake: the provider, who chose them, refunds. */
  abandon(r: Request, v: Party): void {
    this.#requireDrawn(r, v);
    this.requireOverdue(r);
    this.requireNoSpare(r);

    this.refund(r);
  }

  /** Requires that the time for the request's phase is over. */
  protected requireOverdue(r: Request): void {
    require(this.left.get(r) === 0, "deadline has passed");
  }

  protected requireSpare(r: Request): void {
    require(this.#sparesUsed(r) < this.#spares(r), "a spare holder is left");
  }

  protected requireNoSpare(r: Request): void {
    require(this.#sparesUsed(r) === this.#spares(r), "no spare holder is left");
  }

  /** The holder at work, or to be at work, is given up: the next one is drawn. */
  protected drawNext(r: Request): void {
    this.attempt.at(r, this.turn.get(r)).value += 1;
    this.enter(r, "ROUTED");
  }

  /** Somebody else is to receive data from now on, and nothing has arrived there. */
  protected awaitData(r: Request): void {
    this.received.set(r, false);
    this.published.set(r, false);
  }

  #requireDrawn(r: Request, v: Party): void {
    require(this.isIn(r, "ROUTED"), "executor is to be drawn");
    const [m, i] = [this.pinned.get(r), this.turn.get(r)];
    const drawn = this.drawn.get(m, i, this.seed.get(r), this.#sparesUsed(r));
    require(v === drawn, "executor is the one drawn");
  }

  #sparesUsed(r: Request): number {
    return this.attempt.get(r, this.turn.get(r));
  }

  #spares(r: Request): number {
    return this.spares.get(this.pinned.get(r));
  }
}
