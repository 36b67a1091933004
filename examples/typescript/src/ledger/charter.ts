/** What a hardened ledger agrees on (docs/formats/blocks.md). */

import { type Bytes, areDistinct, nameOf } from "../bytes/bytes.ts";
import type { Suite } from "../bytes/digest.ts";
import type { Value } from "../bytes/encoding.ts";
import { type Dictionary, type Shape, check, listOfBytes, shaped, tuple } from "./fields.ts";
import { checkKey } from "./genesis.ts";

export type Charter = {
  /** The money that each party starts with, by the party's name. Nobody else has an account. */
  readonly purses: ReadonlyMap<string, bigint>;
  readonly beacon: Bytes;
  readonly clock: Bytes;
  /** Blocks that a request may stay in each phase. */
  readonly windows: Readonly<Record<Phase, bigint>>;
  readonly suite: Suite;
  readonly witnesses: readonly Bytes[];
  readonly quorum: bigint;
  /** How much each party may say in a block of time. */
  readonly quota: bigint;
  /** How often a quarrel is halved at most. */
  readonly rounds: bigint;
};

const SHAPE = {
  purses: "list",
  beacon: "bytes",
  clock: "bytes",
  windows: "dictionary",
  suite: "text",
  witnesses: "list",
  quorum: "integer",
  quota: "integer",
  rounds: "integer",
} as const;

/** The phases, and the least number of blocks for each. */
const LEAST = {
  open: 0n,
  routed: 2n,
  work: 2n,
  demanded: 2n,
  published: 2n,
  window: 2n,
  disputed: 2n,
  narrowed: 2n,
  opened: 0n,
  settled: 2n,
  refunded: 2n,
  forfeited: 0n,
} as const;
const LONGEST = 1_000_000n;

export type Phase = keyof typeof LEAST;

/** How often any quarrel can be halved. */
export const ROUNDS = 28n;

export function charterOf(agreed: Dictionary): Charter {
  const place = "genesis.agreed";
  const { purses, windows, suite, ...fields } = shaped(agreed, SHAPE, place);
  const witnesses = listOfBytes(fields.witnesses, `${place}.witnesses`);
  for (const key of witnesses) checkKey(key, `${place}.witnesses`);
  check(areDistinct(witnesses), `${place}.witnesses`);
  checkKey(fields.beacon, `${place}.beacon`);
  checkKey(fields.clock, `${place}.clock`);
  check(isQuorum(fields.quorum, BigInt(witnesses.length)), `${place}.quorum`);
  check(fields.quota >= 2n, `${place}.quota`);
  check(0n <= fields.rounds && fields.rounds <= ROUNDS, `${place}.rounds`);
  return {
    ...fields,
    witnesses,
    purses: pursesOf(purses, `${place}.purses`),
    windows: windowsOf(windows, `${place}.windows`),
    suite: suiteOf(suite, `${place}.suite`),
  };
}

function isQuorum(quorum: bigint, witnesses: bigint): boolean {
  return witnesses === 0n ? quorum === 0n : witnesses < 2n * quorum && quorum <= witnesses;
}

function pursesOf(written: readonly Value[], place: string): ReadonlyMap<string, bigint> {
  const purses = written.map((purse) => tuple(purse, ["bytes", "integer"], place));
  for (const [party] of purses) checkKey(party, place);
  check(areDistinct(purses.map(([party]) => party)), place);
  check(purses.every(([, money]) => money >= 0n), place);
  return new Map(purses.map(([party, money]) => [nameOf(party), money]));
}

function windowsOf(written: Dictionary, place: string): Charter["windows"] {
  const shape: Shape = Object.fromEntries(Object.keys(LEAST).map((phase) => [phase, "integer"]));
  const windows = shaped(written, shape, place) as Charter["windows"];
  for (const phase of Object.keys(LEAST) as Phase[]) {
    const blocks = windows[phase];
    check(LEAST[phase] <= blocks && blocks <= LONGEST, `${place}.${phase}`);
  }
  return windows;
}

function suiteOf(written: string, place: string): Suite {
  check(written === "blake3" || written === "evm", place);
  return written;
}
