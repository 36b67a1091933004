/** What is remembered of a request. */

import { type Bytes, nameOf, same } from "../../bytes/bytes.ts";
import { commit, isOpening } from "../../bytes/commitments.ts";
import type { Phase } from "../../ledger/charter.ts";
import type { Terms } from "../../ledger/terms.ts";
import { Account } from "./accounts.ts";
import type { Quarrel } from "./quarrel.ts";
import type { Version } from "./versions.ts";

/** A step of a request. */
export class Step {
  executor: Bytes | undefined;
  /** The number of the key that the executor had in force when the step was assigned to it. */
  since = 0;
  /** How many holders were drawn and did not do it. */
  failed = 0;
  /** The stake and the wage of the executor. */
  readonly pot = new Account();
  /** The names of those who have disputed the step, or were drawn to check it. */
  readonly doubted = new Set<string>();

  isDoubtedBy(party: Bytes): boolean {
    return this.doubted.has(nameOf(party));
  }
}

export class Request {
  readonly id: Bytes;
  readonly consumer: Bytes;
  readonly version: Version;

  phase: Phase = "open";
  /** The block from which on the phase is overdue. */
  deadline = 0n;
  /** What executors are drawn by. */
  seed: Bytes = new Uint8Array(0);
  /** What audits are drawn by, once that is known. */
  lot: Bytes | undefined;

  readonly steps: readonly Step[];
  /** The commitments: to the input, and to the output of each step that is recorded. */
  readonly links: Bytes[];

  readonly escrow = new Account();
  readonly surety = new Account();
  /** The toll of a demand, or the two of a dispute, under way. */
  readonly toll = new Account();

  /** For which key data is to be published, and what was. */
  key: Bytes = new Uint8Array(0);
  published: Bytes | undefined;

  /** The step that is disputed, by whom, and for which key that is to be told what went in. */
  disputed = 0;
  opponent: Bytes = new Uint8Array(0);
  opponentKey: Bytes = new Uint8Array(0);
  /** What is left of the window once the dispute is over. */
  windowLeft = 0n;
  /** How often the quarrel is still to be halved. */
  halvings = 0n;
  /** Once the executor has begun it. */
  quarrel: Quarrel | undefined;
  /** Whether what was shown gives what was recorded. */
  isReproduced = false;

  constructor(id: Bytes, consumer: Bytes, version: Version, input: Bytes) {
    this.id = id;
    this.consumer = consumer;
    this.version = version;
    this.steps = version.terms.steps.map(() => new Step());
    this.links = [input];
  }

  get terms(): Terms {
    return this.version.terms;
  }

  get price(): bigint {
    return this.terms.costs[0] as bigint;
  }

  /** The number of the step to be recorded next; one past the last once all are. */
  get turn(): number {
    return this.links.length - 1;
  }

  /** The step whose turn it is. */
  get current(): Step {
    return this.step(this.turn);
  }

  get isDelivering(): boolean {
    return this.turn === this.steps.length;
  }

  /** What an executor gets for the step whose turn it is. */
  get wage(): bigint {
    const [cost, next] = this.terms.costs.slice(this.turn) as [bigint, bigint];
    return cost - next;
  }

  /** Who is to receive data next. */
  get receiver(): Bytes | undefined {
    return this.isDelivering ? this.consumer : this.current.executor;
  }

  /** Who committed to the data that is to be received next. */
  get sender(): Bytes {
    return this.turn === 0 ? this.consumer : this.executor(this.turn - 1);
  }

  step(number: number): Step {
    return this.steps[number] as Step;
  }

  executor(number: number): Bytes {
    return this.step(number).executor as Bytes;
  }

  /** Whether an opening is one of what goes into a step: the one whose turn it is. */
  isOpenedBy(opening: Bytes | undefined, step = this.turn): boolean {
    if (opening === undefined || !isOpening(opening)) return false;
    const link = this.links[step] as Bytes;
    return same(commit(this.id, BigInt(step), opening), link);
  }
}
