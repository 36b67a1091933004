/** How a quarrel is halved until one step is left ("How it is halved" in docs/formats/quarrels.md). */

import { type Bytes, same } from "../bytes/bytes.ts";
import { type Bound, NOTHING, digestOf } from "../bytes/commitments.ts";
import { check } from "../ledger/fields.ts";
import type { Outline } from "./outline.ts";
import { type Plan, planOf } from "./plan.ts";
import { stateOf } from "./states.ts";
import { takeStep } from "./witness.ts";

/** A state that was claimed: after how many steps, and in which round, if it was in one. */
type Claim = { readonly position: number; readonly state: Bytes; readonly round?: number };

export class Game {
  readonly outline: Outline;
  readonly salts: Bytes;
  readonly rounds: number;
  /** Of the run; without, nothing comes of the input, in no step. */
  readonly plan: Plan | undefined;
  /** The sides agree up to here. */
  low: Claim;
  /** The sides disagree here. */
  high: Claim;
  /** How often it was halved. */
  #halved = 0;
  #middle: Bytes | undefined;

  constructor(outline: Outline, input: Bound, output: Bytes, salts: Bytes, rounds: number) {
    const shape = input instanceof Uint8Array ? undefined : input.shape;
    [this.outline, this.salts, this.rounds] = [outline, salts, rounds];
    this.plan = planOf(outline.program, shape, rounds);
    this.low = { position: 0, state: stateOf(digestOf(this.plan ? input : NOTHING)) };
    this.high = { position: 2 ** rounds, state: stateOf(output) };
  }

  get isNarrow(): boolean {
    return this.high.position === this.low.position + 1;
  }

  get steps(): number {
    return this.plan?.steps ?? 0;
  }

  /** The executor claims what the state at the middle is. */
  claim(state: Bytes): void {
    this.#middle = state;
  }

  /** The opponent agrees up to the middle, or doubts it already. */
  answer(agrees: boolean): void {
    const position = (this.low.position + this.high.position) / 2;
    const round = position < this.steps ? { round: this.#halved } : {};
    const claim = { position, state: this.#middle as Bytes, ...round };
    if (agrees) this.low = claim;
    else this.high = claim;
    this.#halved += 1;
  }

  /** Whether the step that is left leads from what was claimed to what was claimed. */
  holds(witness: Bytes): boolean {
    const { plan, outline, salts, rounds, low, high } = this;
    if (plan === undefined || low.position >= plan.steps) {
      check(witness.length === 0, "past");
      return same(low.state, high.state);
    }
    const since = [low.round, high.round] as const;
    const run = { outline, plan, salts, rounds };
    const [before, after] = takeStep(run, low.position, since, witness);
    check(same(before, low.state), "before");
    return same(after, high.state);
  }
}
