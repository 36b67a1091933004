/** The machine `bisection`: a quarrel over many steps is narrowed down to one, which a judge takes. */

import { Fun, type Machine, Table, require } from "./machine.ts";

/** What a computation holds at a position. */
type ComputedValue = string;

/** How many steps were taken. */
type Position = number;

/** How often the quarrel was halved. */
type Round = number;

/** Time that is left to move. */
type Time = number;

/** Who has claimed the end, and who doubts it. */
type Side = "EXECUTOR" | "OPPONENT";

/** What is held of the end. */
type Verdict = "OPEN" | "RIGHT" | "WRONG";

export class Bisection implements Machine {
  // What computing means, and how often a number of steps can be halved.
  readonly step = new Fun<[Position, ComputedValue], ComputedValue>();
  readonly truth = new Fun<[Position], ComputedValue>();
  readonly halvings = new Fun<[Position], Round>();

  // What is fixed: how many steps there are, what the executor claims that they lead to, and the
  // time that each side has for a move.
  last: Position = 0;
  end: ComputedValue = "";
  window: Time = 0;

  // The sides agree up to `low`, and disagree at `high`.
  low: Position = 0;
  high: Position = 0;
  at_low: ComputedValue = "";
  at_high: ComputedValue = "";
  /** What the executor claims of the middle, when it is the opponent's turn. */
  middle: ComputedValue = "";
  turn: Side = "EXECUTOR";
  left: Time = 0;
  verdict: Verdict = "OPEN";
  rounds: Round = 0;

  // What an onlooker sees, who can run the computation.
  judged = false;
  readonly deviated = new Table<[Side], boolean>();

  readonly actions = [this.claim, this.agree, this.doubt, this.judge, this.tick, this.run_out];

  /** The executor says what the value at the middle is. */
  claim(v: ComputedValue): void {
    this.#requireOpen();
    require(this.turn === "EXECUTOR", "executor has the turn");
    require(this.high > this.low + 1, "more than one step is left");

    this.#deviate("EXECUTOR", v !== this.truth.get(this.#between()));
    this.middle = v;
    this.#handOver("OPPONENT");
  }

  /** The opponent agrees up to the middle. */
  agree(): void {
    this.#requireAnswer();

    this.#deviate("OPPONENT", !this.#isMiddleTrue());
    this.low = this.#between();
    this.at_low = this.middle;
    this.rounds += 1;
    this.#handOver("EXECUTOR");
  }

  /** The opponent doubts the middle already. */
  doubt(): void {
    this.#requireAnswer();

    this.#deviate("OPPONENT", this.#isMiddleTrue());
    this.high = this.#between();
    this.at_high = this.middle;
    this.rounds += 1;
    this.#handOver("EXECUTOR");
  }

  /** The judge takes the one step that is left. */
  judge(): void {
    this.#requireOpen();
    require(this.high === this.low + 1, "one step is left");

    const reached = this.step.get(this.low, this.at_low);
    this.judged = true;
    this.verdict = reached === this.at_high ? "RIGHT" : "WRONG";
  }

  /** Time passes. */
  tick(): void {
    this.#requireOpen();
    require(this.left > 0, "time is left");

    this.left -= 1;
  }

  /** Whose turn it is has not moved in time, and loses. */
  run_out(): void {
    this.#requireOpen();
    require(this.left === 0, "deadline has passed");

    this.#deviate(this.turn, true);
    this.verdict = this.turn === "EXECUTOR" ? "WRONG" : "RIGHT";
  }

  #requireOpen(): void {
    require(this.verdict === "OPEN", "quarrel is open");
  }

  /** Requires that the opponent has a claim to answer. */
  #requireAnswer(): void {
    this.#requireOpen();
    require(this.turn === "OPPONENT", "opponent has the turn");
  }

  /** The position that the quarrel is halved at. */
  #between(): Position {
    return Math.floor((this.low + this.high) / 2);
  }

  #isMiddleTrue(): boolean {
    return this.middle === this.truth.get(this.#between());
  }

  /** The other side is to move, within the window. */
  #handOver(side: Side): void {
    this.turn = side;
    this.left = this.window;
  }

  /** Notes that a side has deviated, if so. */
  #deviate(side: Side, wrong: boolean): void {
    if (wrong) this.deviated.set(side, true);
  }
}
