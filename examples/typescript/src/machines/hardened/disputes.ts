/** Steps are looked into, on request or by chance, and opened as a whole; and the verdict. */

import { require } from "../machine.ts";
import { move, moveAll } from "./accounts.ts";
import type { Data, Party, Request, Step } from "./market.ts";
import { Window } from "./window.ts";

export abstract class Disputes extends Window {
  /** The consumer or a provider doubts a step, and pays two tolls. */
  dispute(q: Party, r: Request, i: Step): void {
    this.#requireDisputable(r, i);
    require(this.#hasStanding(r, q), "party has a part in the request");
    require(this.chances.get(r, i, q) > 0, "party did not dispute the step before");
    const tolls = 2 * this.toll.get(this.pinned.get(r));
    require(tolls <= this.balance.get(q), "party can pay the tolls");

    move(tolls, this.balance.at(q), this.toll_paid.at(r));
    this.#begin(r, i, q);
  }

  /** A step that chance drew is checked, whoever complains; another holder is the opponent. */
  audit(r: Request, i: Step): void {
    this.#requireDisputable(r, i);
    require(this.lots_drawn.get(r), "audits are drawn");
    require(this.audited.get(this.lot.get(r), i), "step is drawn for an audit");
    const auditor = this.auditorOf(r, i);
    require(this.chances.get(r, i, auditor) > 0, "step was not audited before");

    this.#begin(r, i, auditor);
  }

  /** The executor opens input, output and component. */
  open_step(r: Request): void {
    this.requireDisputed(r);
    const i = this.disputed.get(r);
    require(this.#leavesASecret(r, i), "a step of the version stays undisclosed");

    this.disclosed.set(this.pinned.get(r), i, true);
    this.enter(r, "OPENED");
  }

  /** An executor that neither opens its step nor narrows down in time is convicted. */
  refuse_to_open(r: Request): void {
    this.requireDisputed(r);
    this.requireOverdue(r);

    const isTrue = this.true.get(this.pinned.get(r), this.disputed.get(r));
    this.deviate(this.suspectOf(r), isTrue && this.hadTime(r));
    this.upholdDispute(r);
  }

  /** Run again, the step or its row gives something else: its executor is convicted. */
  uphold(r: Request): void {
    require(this.isIn(r, "OPENED"), "step is opened");
    require(!this.#isReproduced(r), "output is not what the component gives");

    this.upholdDispute(r);
  }

  /** Run again, the step or its row gives the same: who disputed it loses its tolls. */
  dismiss(r: Request): void {
    require(this.isIn(r, "OPENED"), "step is opened");
    require(this.#isReproduced(r), "output is what the component gives");

    this.dismissDispute(r);
  }

  protected requireDisputed(r: Request): void {
    require(this.isIn(r, "DISPUTED"), "a step is disputed");
  }

  /** The executor of the step that is disputed. */
  protected suspectOf(r: Request): Party {
    return this.executor.get(r, this.disputed.get(r));
  }

  /** The executor is convicted, and who disputed gets its tolls back. */
  protected upholdDispute(r: Request): void {
    this.convicted.set(this.suspectOf(r), true);
    moveAll(this.toll_paid.at(r), this.balance.at(this.opponent.get(r)));
    this.fail(r, this.disputed.get(r));
  }

  /** The executor gets one toll, and nobody the other; the window is as it was before. */
  protected dismissDispute(r: Request): void {
    const tolls = this.toll_paid.at(r);
    move(Math.floor(tolls.value / 2), tolls, this.pot.at(r, this.disputed.get(r)));
    this.confiscate(tolls);
    this.enter(r, "WINDOW");
    this.left.set(r, this.window_left.get(r));
  }

  #requireDisputable(r: Request, i: Step): void {
    this.requireWindow(r);
    require(i <= this.last.get(this.pinned.get(r)), "step is one of the request's");
    require(this.recorded.get(r, i), "step is recorded");
  }

  /** The executor of a step is to open it, or to begin to narrow down. */
  #begin(r: Request, i: Step, q: Party): void {
    this.chances.set(r, i, q, 0);
    this.disputed.set(r, i);
    this.opponent.set(r, q);
    this.halvings.set(r, this.rounds.get(this.pinned.get(r), i));
    this.informed.set(r, true);
    this.by_row.set(r, false);
    this.leads.set(r, this.#isRight(r, i));
    this.window_left.set(r, this.left.get(r));
    this.enter(r, "DISPUTED");
  }

  /** Whether a party is a request's consumer, or a provider of its version. */
  #hasStanding(r: Request, q: Party): boolean {
    const m = this.pinned.get(r);
    const provides = q === this.provider.get(m) || this.contributes.get(m, q);
    return provides || q === this.consumer.get(r);
  }

  /** Whether some other step of the version was never disclosed. */
  #leavesASecret(r: Request, i: Step): boolean {
    return this.stepsOf(r).some((j) => j !== i && !this.disclosed.get(this.pinned.get(r), j));
  }

  /** Whether the output of a step is what its component gives. */
  #isRight(r: Request, i: Step): boolean {
    const c = this.component.get(this.pinned.get(r), i);
    return this.#outputOf(r, i) === this.run.get(c, this.#inputOf(r, i));
  }

  /** Whether what was opened, run again, gives what was recorded. */
  #isReproduced(r: Request): boolean {
    if (this.by_row.get(r)) return this.row_leads.get(r);
    const i = this.disputed.get(r);
    const c = this.component.get(this.pinned.get(r), i);
    return this.#outputOf(r, i) === this.rerun.get(c, this.#inputOf(r, i));
  }

  #inputOf(r: Request, i: Step): Data {
    return this.opens.get(this.link.get(r, i));
  }

  #outputOf(r: Request, i: Step): Data {
    return this.opens.get(this.link.get(r, i + 1));
  }
}
