/** Salts ("Salts" in docs/formats/quarrels.md): they hide what a run holds, until it is shown. */

import type { Bytes } from "../bytes/bytes.ts";
import { SALT } from "../bytes/commitments.ts";
import { digest, expand } from "../bytes/digest.ts";
import { encode } from "../bytes/encoding.ts";

/** What a run is made for: no salt of one is that of another. */
export type Occasion = {
  readonly request: Bytes;
  readonly step: bigint;
  readonly opponent: Bytes;
};

/** From which all salts of a run follow: the input's salt, and the component's salting key. */
export type Secrets = { readonly salt: Bytes; readonly key: Bytes };

/** The salts of a run: of the states that are claimed, and of the blocks that each node puts out. */
export type Salts = { readonly claims: readonly Bytes[]; readonly outputs: readonly Bytes[][] };

/** The salt of the leaf of a component, by its secret. */
export function leafSalt(secret: Bytes): Bytes {
  return digest("leaf-salt", secret).subarray(0, SALT);
}

/** The key with which the runs of a component are salted, by its secret. */
export function saltingKey(secret: Bytes): Bytes {
  return digest("salting-key", secret);
}

/** The salt of what comes out, whoever quarrels about it. */
export function outputSalt({ salt, key }: Secrets, { request, step }: Occasion): Bytes {
  return digest("output-salt", encode([key, salt, request, step])).subarray(0, SALT);
}

/** The salts of a run that so many rounds halve, of nodes that put out so many blocks. */
export function saltsOf(
  secrets: Secrets,
  occasion: Occasion,
  rounds: number,
  blocks: readonly number[],
): Salts {
  const { request, step, opponent } = occasion;
  const secret = encode([secrets.key, secrets.salt, request, step, opponent]);
  const [claims = [], ...inner] = inParts(secret, [rounds, ...blocks.slice(0, -1)]);
  const last = inParts(outputSalt(secrets, occasion), blocks.slice(-1));
  return { claims, outputs: [...inner, ...last] };
}

/** Lists of so many salts, which follow one after the other from a secret. */
function inParts(secret: Bytes, sizes: readonly number[]): Bytes[][] {
  const count = sizes.reduce((a, b) => a + b, 0);
  const salts = expand("salts", secret, SALT * count);
  let at = 0;
  return sizes.map((size) =>
    Array.from({ length: size }, () => salts.subarray(at, (at += SALT))),
  );
}
