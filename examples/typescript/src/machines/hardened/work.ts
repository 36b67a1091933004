/** How a step is executed: data arrives, or is demanded and published, and the step is recorded. */

import { require } from "../machine.ts";
import { move, moveAll } from "./accounts.ts";
import type { Commitment, Party, Request } from "./market.ts";
import { Routing } from "./routing.ts";

export abstract class Work extends Routing {
  /** Data reaches who is to have it, off the ledger. */
  hop(r: Request): void {
    require(this.isIn(r, "WORK", "WINDOW"), "somebody is to receive data");
    require(!this.received.get(r), "data has not arrived");

    this.received.set(r, true);
  }

  /** The executor commits to its output; input and component are known by reference. */
  record(v: Party, r: Request, y: Commitment): void {
    this.requireAtWork(r);
    const [m, i] = [this.pinned.get(r), this.turn.get(r)];
    require(v === this.executor.get(r, i), "vendor is the executor");

    const [x, next] = [this.link.get(r, i), i + 1];
    move(this.cost.get(m, i) - this.cost.get(m, next), this.escrow.at(r), this.pot.at(r, i));
    this.recorded.set(r, i, true);
    this.built_on.set(r, i, x);
    this.link.set(r, next, y);
    this.author.set(r, next, v);
    this.turn.set(r, next);
    this.awaitData(r);
    this.enter(r, this.isDelivering(r) ? "WINDOW" : "ROUTED");
    const computed = this.run.get(this.handed.get(m, i, v), this.opens.get(x));
    this.deviate(v, this.opens.get(y) !== computed);
  }

  /** Who did not receive data asks for it on the ledger, and pays for the room it takes. */
  demand(q: Party, r: Request): void {
    require(this.isIn(r, "WORK", "WINDOW"), "somebody is to receive data");
    require(q === this.receiverOf(r), "party is the one to receive");
    require(!this.published.get(r), "data is not published");
    const toll = this.toll.get(this.pinned.get(r));
    require(toll <= this.balance.get(q), "party can pay the toll");

    move(toll, this.balance.at(q), this.toll_paid.at(r));
    this.enter(r, "DEMANDED");
  }

  /** The sender publishes the data, sealed for its receiver; the toll is the sender's. */
  publish(r: Request, sound: boolean): void {
    require(this.isIn(r, "DEMANDED"), "data is demanded");

    const p = this.senderOf(r);
    moveAll(this.toll_paid.at(r), this.balance.at(p));
    this.published.set(r, true);
    this.sound.set(r, sound);
    if (sound) this.received.set(r, true);
    else this.unsound.set(r, this.turn.get(r), true);
    this.enter(r, this.isDelivering(r) ? "WINDOW" : "PUBLISHED");
    this.deviate(p, !sound);
  }

  protected requireAtWork(r: Request): void {
    require(this.isIn(r, "WORK", "PUBLISHED"), "request waits for a record");
  }
}
