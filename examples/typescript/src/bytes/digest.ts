/** What 32 bytes stand for (docs/formats/digests.md). */

import { blake3 } from "@noble/hashes/blake3.js";
import { keccak_256 } from "@noble/hashes/sha3.js";

import { encode } from "./encoding.ts";

export type Suite = "blake3" | "evm";
export type Field = bigint | string | Uint8Array;

/** So many bytes of BLAKE3's output for this data, as what the domain says. */
export function expand(domain: string, data: Uint8Array, length: number): Uint8Array {
  return blake3(data, { context: Buffer.from(`tallystick/v1/${domain}`), dkLen: length });
}

export function digest(domain: string, data: Uint8Array): Uint8Array {
  return expand(domain, data, 32);
}

/** What a contract computes of some fields, by the suite that its ledger's genesis names. */
export function bind(suite: Suite, domain: string, fields: Field[]): Uint8Array {
  switch (suite) {
    case "blake3":
      return digest(domain, encode(fields));
    case "evm":
      return keccak_256(Buffer.concat([domain, ...fields].map(word)));
    default:
      throw new Error(`there is no suite ${suite}: give blake3 or evm`);
  }
}

/** A word of the EVM. */
function word(field: Field): Uint8Array {
  if (typeof field === "bigint") return Buffer.from(field.toString(16).padStart(64, "0"), "hex");
  if (typeof field === "string") return keccak_256(Buffer.from(field));
  return field.length === 32 ? field : keccak_256(field);
}

/** The number of an attempt to draw. */
export function number(suite: Suite, seed: Uint8Array, step: bigint, attempt: bigint): bigint {
  const bound = bind(suite, "draw", [seed, step, attempt]);
  return BigInt("0x" + Buffer.from(bound).toString("hex"));
}

/** Whom chance draws for a step of these holders, after so many attempts that failed. */
export function draw<Holder>(
  suite: Suite,
  holders: Holder[],
  seed: Uint8Array,
  step: bigint,
  attempt: bigint,
): Holder | undefined {
  const left = [...holders];
  let drawn: Holder | undefined;
  for (let i = 0n; i <= attempt; i++) {
    const place = number(suite, seed, step, i) % BigInt(left.length);
    [drawn] = left.splice(Number(place), 1);
  }
  return drawn;
}
