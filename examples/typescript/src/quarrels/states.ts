/** What a run holds between two steps ("States" in docs/formats/quarrels.md). */

import type { Bytes } from "../bytes/bytes.ts";
import { NOTHING, digestOf } from "../bytes/commitments.ts";
import { digest } from "../bytes/digest.ts";
import { encode } from "../bytes/encoding.ts";

export type State = {
  /** What the next number has come to so far. */
  readonly accumulator: bigint;
  /** The digests of the tensors that are held. */
  readonly values: readonly Bytes[];
  /** Of the full blocks of what the node has put out. */
  readonly peaks: readonly Bytes[];
  /** What binds the block that is not full; nothing, if none is begun. */
  readonly rest: Bytes;
};

export function stateDigest({ accumulator, values, peaks, rest }: State): Bytes {
  return digest("state", encode([accumulator, values, peaks, rest]));
}

/** The digest of a state that has a tensor and no more, as the first and the last one have. */
export function stateOf(values: Bytes): Bytes {
  return stateDigest({ accumulator: 0n, values: [values], peaks: [], rest: new Uint8Array(0) });
}

/** The digest of the state from which on nothing comes of a run. */
export const GONE = stateOf(digestOf(NOTHING));

/** A state by its digest, as it is claimed; at an end of the run, it needs no salt. */
export function claimed(state: Bytes, salt: Bytes | undefined): Bytes {
  return salt ? digest("claim", Buffer.concat([salt, state])) : state;
}

/** What binds a block that is not full. */
export function restOf(salt: Bytes, block: Bytes): Bytes {
  return block.length === 0 ? block : digest("rest", Buffer.concat([salt, block]));
}
