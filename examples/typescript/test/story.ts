/** Requests on a hardened ledger, of which nobody but the ledger decides what happens. */

import { type Bytes, same } from "../src/bytes/bytes.ts";
import { commit } from "../src/bytes/commitments.ts";
import { bind, draw } from "../src/bytes/digest.ts";
import type { Value } from "../src/bytes/encoding.ts";
import { keyOf } from "../src/bytes/sealing.ts";
import { dictionary } from "../src/ledger/fields.ts";
import { type Part, type Terms, versionOf } from "../src/ledger/terms.ts";
import { signed } from "../src/ledger/transaction.ts";
import type { Occasion } from "../src/quarrels/salts.ts";
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
  shares: [[PROVIDER, 66n], [TWO, 33n]],
  steps: [0n, 1n].map((step) => partOf(leaf("a", 0n, step))),
  rows: 1n,
  widths: [1n, 1n, 1n],
  spares: 1n,
  costs: [10n, 6n, 3n],
  stake: 12n,
  toll: 2n,
  rounds: [ROUNDS, 0n], // of which the second are too few, so that nothing comes of the step
  face: new Uint8Array(0),
};
export const SECRET = filled(20);
export const KEY = keyOf(SECRET);
export const NOTHING = new Uint8Array(0);
export const MALFORMED = "transaction is well formed";
const NUMBER = 21n;

type Options = {
  /** By how much the number is wrong that ONE says comes out of the first step. */
  readonly wrong?: bigint;
  /** How ONE salts it, if not as it must. */
  readonly salt?: Bytes;
  /** That of the component. */
  readonly secret?: Bytes;
  /** What is agreed otherwise. */
  readonly terms?: Partial<Terms>;
};

/** A step of the provider's, which both vendors hold. */
export function partOf(leaf: Bytes): Part {
  return { contributor: PROVIDER, holders: HOLDERS, leaf };
}

export class Story {
  readonly ledger: Ledger;
  readonly version: Bytes;
  readonly request: Bytes;
  /** What goes in, and what ONE says that comes out of each step. */
  readonly openings: readonly Bytes[];
  readonly #number: bigint;

  /** A version is active, all have half of 100 in their bonds, and a request is made. */
  constructor({ wrong = 0n, salt, secret, terms: other = {} }: Options = {}) {
    const terms = { ...TERMS, ...other };
    this.version = versionOf(terms);
    this.ledger = hardened(1024n, 100n);
    const { ledger, version } = this;
    ledger.say(PROVIDER, "propose", written(terms));
    for (const [party] of terms.shares) ledger.say(party, "sign", { version });
    for (const holder of HOLDERS) {
      for (const step of [0n, 1n]) ledger.say(holder, "acknowledge", { version, step });
    }
    ledger.say(PROVIDER, "activate", { version });
    for (const party of [PROVIDER, ONE, TWO]) ledger.say(party, "deposit", { amount: 50n });
    this.request = bind("blake3", "request", [ledger.genesis.identity, CONSUMER, 0n, version]);
    this.#number = 2n * NUMBER + wrong;
    const given = opening(filled(21).subarray(16), NUMBER);
    const middle = opening(salt ?? saltAfter(given, this.occasion(0n), secret), this.#number);
    this.openings = [given, middle, opening(saltAfter(middle, this.occasion(1n)))];
    this.say(CONSUMER, "request", { nonce: 0n, version, input: this.link(0n) });
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

  /** A holder is drawn for each step, and the other one after it. */
  route(first = ONE): void {
    const isDrawn = (seed: Bytes) => [0n, 1n].every((step) => isFirst(first, seed, step));
    this.say(BEACON, "route", { beacon: this.#find(isDrawn) });
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
  recordOf(output: Bytes, seed = OLD, kind = "record"): Bytes {
    const body = dictionary({ request: this.request, step: 0n, output });
    const ledger = this.ledger.genesis.identity;
    return signed({ ledger, kind, author: ONE, nonce: 9n, body }, seed);
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
    const [input, output] = [this.opening(0n), this.opening(1n)];
    return new Run(this.occasion(0n, opponent), input, output, this.#number);
  }

  /** For what runs of a step are made; what comes out is salted for no opponent. */
  occasion(step: bigint, opponent: Bytes = NOTHING): Occasion {
    return { request: this.request, step, opponent };
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

  /** An announcement that gives a seed of which something holds. */
  #find(holds: (seed: Bytes) => boolean): Bytes {
    for (let i = 0; ; i += 1) {
      const announced = Uint8Array.of(i);
      if (holds(bind("blake3", "seed", [announced, this.request]))) return announced;
    }
  }
}

/** Whether a holder is drawn first for a step. */
function isFirst(holder: Bytes, seed: Bytes, step: bigint): boolean {
  return same(draw("blake3", HOLDERS, seed, step, 0n) ?? NOTHING, holder);
}

/** Whether chance draws a step for an audit: one in four. */
function isAudited(lot: Bytes, step: bigint): boolean {
  return (bind("blake3", "audit", [lot, step]).at(-1) ?? 0) % 4 === 0;
}
