/** Requests on a hardened ledger, of which nobody but the ledger decides what happens. */

import { type Bytes, same } from "../src/bytes/bytes.ts";
import { commit } from "../src/bytes/commitments.ts";
import { bind, draw } from "../src/bytes/digest.ts";
import type { Value } from "../src/bytes/encoding.ts";
import { keyOf } from "../src/bytes/sealing.ts";
import { dictionary } from "../src/ledger/fields.ts";
import { type Terms, versionOf } from "../src/ledger/terms.ts";
import { signed } from "../src/ledger/transaction.ts";
import {
  BEACON,
  CLOCK,
  CONSUMER,
  type Ledger,
  OLD,
  ONE,
  PROVIDER,
  TWO,
  filled,
  hardened,
  written,
} from "./ledger.ts";
import { ROUNDS, Run, leaf, opening, saltAfter } from "./run.ts";

const HOLDERS = [ONE, TWO];
const TERMS: Terms = {
  api: "a",
  number: 0n,
  provider: PROVIDER,
  shares: [[PROVIDER, 60n], [TWO, 40n]],
  steps: [0n, 1n].map((step) => {
    return { contributor: PROVIDER, holders: HOLDERS, leaf: leaf("a", 0n, step) };
  }),
  rows: 1n,
  widths: [1n, 1n, 1n],
  spares: 1n,
  costs: [10n, 6n, 3n],
  stake: 12n,
  toll: 2n,
  rounds: [ROUNDS, 0n], // of which the second are too few, so that nothing comes of the step
  face: new Uint8Array(0),
};
export const VERSION = versionOf(TERMS);
export const SECRET = filled(20);
export const KEY = keyOf(SECRET);
export const NOTHING = new Uint8Array(0);
export const MALFORMED = "transaction is well formed";
const NUMBER = 21n;

export class Story {
  readonly ledger: Ledger;
  readonly request: Bytes;
  /** What goes in, and what ONE says that comes out of each step. */
  readonly openings: readonly Bytes[];
  readonly #number: bigint;
  /** What the beacon announces first: by that ONE is drawn for each step, and TWO after it. */
  readonly #announced: Bytes;

  /**
   * A version is active, all have half of 100 in their bonds, and a request is made.
   *
   * What ONE says that comes out of the first step can be wrong by so much, or salted otherwise.
   */
  constructor({ wrong = 0n, salt }: { wrong?: bigint; salt?: Bytes } = {}) {
    this.ledger = hardened(1024n, 100n);
    const { ledger } = this;
    ledger.say(PROVIDER, "propose", written(TERMS));
    for (const [party] of TERMS.shares) ledger.say(party, "sign", { version: VERSION });
    for (const holder of HOLDERS) {
      for (const step of [0n, 1n]) ledger.say(holder, "acknowledge", { version: VERSION, step });
    }
    ledger.say(PROVIDER, "activate", { version: VERSION });
    for (const party of [PROVIDER, ONE, TWO]) ledger.say(party, "deposit", { amount: 50n });
    this.request = bind("blake3", "request", [ledger.genesis.identity, CONSUMER, 0n, VERSION]);
    this.#number = 2n * NUMBER + wrong;
    const given = opening(filled(21).subarray(16), NUMBER);
    const middle = opening(salt ?? this.#saltAfter(given, 0n), this.#number);
    this.openings = [given, middle, opening(this.#saltAfter(middle, 1n))];
    this.say(CONSUMER, "request", { nonce: 0n, version: VERSION, input: this.link(0n) });
    this.#announced = this.#find((seed) => [0n, 1n].every((step) => isFirst(seed, step)));
  }

  say(author: Bytes, kind: string, body: Record<string, Value> = {}): void {
    this.ledger.say(author, kind, { request: this.request, ...body });
  }

  refuses(reason: string, author: Bytes, kind: string, body: Record<string, Value> = {}): void {
    this.ledger.refuses(reason, author, kind, { request: this.request, ...body });
  }

  wait(blocks: number): void {
    for (let block = 0; block < blocks; block += 1) this.ledger.say(CLOCK, "tick");
  }

  route(): void {
    this.say(BEACON, "route", { beacon: this.#announced });
  }

  assign(): void {
    this.say(ONE, "assign");
  }

  record(step: bigint, author = ONE): void {
    this.say(author, "record", { step, output: this.link(step + 1n) });
  }

  /** What ONE is committed to: what goes into a step, or comes out of the last one. */
  link(step: bigint): Bytes {
    return commit(this.request, step, this.opening(step));
  }

  opening(step: bigint): Bytes {
    return this.openings[Number(step)] as Bytes;
  }

  /** A record of the first step by ONE, which nobody has sent. */
  recordOf(output: Bytes, seed = OLD): Bytes {
    const body = dictionary({ request: this.request, step: 0n, output });
    const ledger = this.ledger.genesis.identity;
    return signed({ ledger, kind: "record", author: ONE, nonce: 9n, body }, seed);
  }

  /** Every step is recorded by ONE. */
  done(): void {
    this.route();
    for (const step of [0n, 1n]) {
      this.assign();
      this.record(step);
    }
  }

  /** Lots are drawn by which just the first step is audited, or no step is. */
  drawLots(first: boolean): void {
    const beacon = this.#find((lot) => isAudited(lot, 0n) === first && !isAudited(lot, 1n));
    this.say(BEACON, "draw_lots", { beacon });
  }

  /** The run of the first step that ONE stands by, against an opponent. */
  run(opponent = CONSUMER): Run {
    const occasion = { request: this.request, step: 0n, opponent };
    return new Run(occasion, this.opening(0n), this.opening(1n), this.#number);
  }


  /** Sees that a party has just this much in its balance and in its bond. */
  has(party: Bytes, balance: bigint, bond: bigint): void {
    const { ledger } = this;
    for (const [kind, back, amount] of [
      ["deposit", "withdraw", balance],
      ["withdraw", "deposit", bond],
    ] as const) {
      ledger.refuses("party has the money", party, kind, { amount: amount + 1n });
      ledger.say(party, kind, { amount });
      ledger.say(party, back, { amount });
    }
  }

  #saltAfter(input: Bytes, step: bigint): Bytes {
    return saltAfter(input, { request: this.request, step, opponent: NOTHING });
  }

  /** An announcement that gives a seed of which something holds. */
  #find(holds: (seed: Bytes) => boolean): Bytes {
    for (let i = 0; ; i += 1) {
      const announced = Uint8Array.of(i);
      if (holds(bind("blake3", "seed", [announced, this.request]))) return announced;
    }
  }
}

/** Whether ONE is drawn first for a step, and so TWO after it. */
function isFirst(seed: Bytes, step: bigint): boolean {
  return same(draw("blake3", HOLDERS, seed, step, 0n) ?? NOTHING, ONE);
}

/** Whether chance draws a step for an audit: one in four. */
function isAudited(lot: Bytes, step: bigint): boolean {
  return (bind("blake3", "audit", [lot, step]).at(-1) ?? 0) % 4 === 0;
}
