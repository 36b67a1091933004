/** Heads: blocks that witnesses have signed as well, so that all see one history. */

import { type Bytes, nameOf } from "../bytes/bytes.ts";
import { encode } from "../bytes/encoding.ts";
import { type SignedBlock, blockBytes, hasSigned, parseBlock } from "./block.ts";
import { check, dictionary, read, shaped, tuple } from "./fields.ts";

export type Head = {
  readonly block: SignedBlock;
  /** Parties with their signatures of the block's header. */
  readonly witnessed: readonly (readonly [party: Bytes, signature: Bytes])[];
};

const SHAPE = { signed: "bytes", witnessed: "list" } as const;

export function parseHead(bytes: Bytes): Head {
  const { signed, witnessed } = shaped(read(bytes, "head"), SHAPE, "head");
  const pairs = witnessed.map((pair) => tuple(pair, ["bytes", "bytes"], "head.witnessed"));
  check(areSorted(pairs.map(([party]) => party)), "head.witnessed");
  return { block: parseBlock(signed), witnessed: pairs };
}

export function headBytes({ block, witnessed }: Head): Bytes {
  return encode(dictionary({ signed: blockBytes(block), witnessed }));
}

/** Whether each stands once, in order. */
function areSorted(parties: readonly Bytes[]): boolean {
  return parties.slice(1).every((party, i) => Buffer.compare(parties[i] as Bytes, party) < 0);
}

/** Why a head does not stand, if it does not. `keys` are those in force, by witnesses' names. */
export function fall(
  { block: { header, signature }, witnessed }: Head,
  node: Bytes,
  keys: ReadonlyMap<string, Bytes>,
  quorum: number,
): "node" | "quorum" | undefined {
  if (!hasSigned(node, header, signature)) return "node";
  const counted = witnessed.filter(([party, its]) => {
    const key = keys.get(nameOf(party));
    return key !== undefined && hasSigned(key, header, its);
  });
  return quorum > 0 && counted.length >= quorum ? undefined : "quorum";
}
