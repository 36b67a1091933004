/** Silence, which has an end, and bad data, which can be shown. */

import { require } from "../machine.ts";
import { moveAll } from "./accounts.ts";
import type { Request } from "./market.ts";
import { Work } from "./work.ts";

export abstract class Faults extends Work {
  /** The executor's time is over: it is convicted, and the next holder is drawn. */
  replace(r: Request): void {
    this.#requireSilentExecutor(r);
    this.requireSpare(r);

    this.#convictSilentExecutor(r);
    this.confiscate(this.pot.at(r, this.turn.get(r)));
    this.drawNext(r);
  }

  /** The executor's time is over, and no holder is left: the consumer is refunded. */
  give_up(r: Request): void {
    this.#requireSilentExecutor(r);
    this.requireNoSpare(r);

    this.#convictSilentExecutor(r);
    this.fail(r, this.turn.get(r));
  }

  /** An executor does not publish the output that its receiver demands: it is convicted. */
  withhold(r: Request): void {
    require(this.isIn(r, "DEMANDED"), "data is demanded");
    this.#requireStep(r);
    this.requireOverdue(r);

    this.#convictSender(r);
  }

  /** The consumer does not publish its input: the request is forfeited to who waited for it. */
  withhold_input(r: Request): void {
    require(this.isIn(r, "DEMANDED"), "data is demanded");
    this.#requireNoStep(r);
    this.requireOverdue(r);

    this.#convictConsumer(r);
  }

  /** The receiver shows that what was published does not open the commitment. */
  show_bad(r: Request): void {
    this.#requireBad(r);
    this.#requireStep(r);

    this.#convictSender(r);
  }

  /** The first executor shows that the published input does not open the commitment. */
  show_bad_input(r: Request): void {
    this.#requireBad(r);
    this.#requireNoStep(r);

    this.#convictConsumer(r);
  }

  #requireSilentExecutor(r: Request): void {
    this.requireAtWork(r);
    this.requireOverdue(r);
  }

  #requireBad(r: Request): void {
    require(this.isIn(r, "PUBLISHED", "WINDOW"), "somebody is to receive data");
    require(this.published.get(r), "data is published");
    require(!this.sound.get(r), "data does not open the commitment");
  }

  #requireStep(r: Request): void {
    require(this.turn.get(r) > 0, "a step is recorded");
  }

  #requireNoStep(r: Request): void {
    require(this.turn.get(r) === 0, "no step is recorded");
  }

  /** An executor could have demanded, shown that data is bad, or recorded. */
  #convictSilentExecutor(r: Request): void {
    const v = this.executor.get(r, this.turn.get(r));
    this.convicted.set(v, true);
    this.deviate(v, this.hadTime(r));
  }

  /** The executor of the last recorded step committed to data that it does not give. */
  #convictSender(r: Request): void {
    const i = this.turn.get(r) - 1;
    this.convicted.set(this.executor.get(r, i), true);
    this.deviate(this.senderOf(r), this.#isWithheld(r));
    this.returnToll(r, this.pot.at(r, i));
    this.fail(r, i);
  }

  /** The consumer committed to data that it does not give; its money is who waited's. */
  #convictConsumer(r: Request): void {
    const c = this.consumer.get(r);
    this.convicted.set(c, true);
    this.deviate(c, this.#isWithheld(r));
    this.returnToll(r, this.escrow.at(r));
    moveAll(this.escrow.at(r), this.pot.at(r, 0));
    this.releaseSurety(r);
    this.enter(r, "FORFEITED");
  }

  /** Whether the time for publishing what is demanded is over. */
  #isWithheld(r: Request): boolean {
    return this.isIn(r, "DEMANDED") && this.hadTime(r);
  }
}
