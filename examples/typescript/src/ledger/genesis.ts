/** Block 0 of a ledger (docs/formats/blocks.md). */

import type { Bytes } from "../bytes/bytes.ts";
import { digest } from "../bytes/digest.ts";
import { type Value, encode } from "../bytes/encoding.ts";
import { type Dictionary, check, readUnlimited, shaped } from "./fields.ts";

const VERSION = 1n;
const KEY = 32;

export type Genesis = {
  /** What people call the ledger. */
  readonly name: string;
  /** The public key with which blocks are signed, for good. */
  readonly node: Bytes;
  /** What the contract begins with. */
  readonly agreed: Dictionary;
  /** What is signed for this ledger names it. */
  readonly identity: Bytes;
};

const SHAPE = { version: "integer", name: "text", node: "bytes", agreed: "dictionary" } as const;

export function parseGenesis(bytes: Bytes): Genesis {
  return genesisOf(readUnlimited(bytes, "genesis"));
}

/** The genesis that has these fields. */
export function genesisOf(fields: Value): Genesis {
  const { version, ...genesis } = shaped(fields, SHAPE, "genesis");
  check(version === VERSION, "genesis.version");
  checkKey(genesis.node, "genesis.node");
  return { ...genesis, identity: digest("genesis", encode(fields)) };
}

export function checkKey(key: Bytes, place: string): void {
  check(key.length === KEY, place);
}
