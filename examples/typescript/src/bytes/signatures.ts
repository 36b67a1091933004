/** Ed25519, strictly (docs/formats/signatures.md), and what is signed. */

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";

import { type Value, encode } from "./encoding.ts";

const { Point } = ed25519;
const L = Point.Fn.ORDER;

/** Points of small order, in every way to write them, without the highest bit. */
const SMALL = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
]);

export function publicKey(seed: Uint8Array): Uint8Array {
  return ed25519.getPublicKey(seed);
}

export function sign(seed: Uint8Array, message: Uint8Array): Uint8Array {
  return ed25519.sign(message, seed);
}

/** What is wrong with a signature, by the codes of the page, if anything is. */
export function fault(
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): "length" | "scalar" | "commitment" | "key" | "equation" | undefined {
  if (key.length !== 32 || signature.length !== 64) return "length";
  const [r, s] = [signature.subarray(0, 32), littleEndianNumber(signature.subarray(32))];
  if (s >= L) return "scalar";
  if (isSmall(r)) return "commitment";
  const a = pointOf(key);
  if (!a || isSmall(key)) return "key";
  const k = littleEndianNumber(sha512(Buffer.concat([r, key, message]))) % L;
  // Without a cofactor, unlike the library's own `verify`.
  const expected = Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k)).toBytes();
  return Buffer.compare(expected, r) === 0 ? undefined : "equation";
}

function isSmall(point: Uint8Array): boolean {
  const bytes = Buffer.from(point);
  bytes.writeUInt8(bytes.readUInt8(31) & 0x7f, 31);
  return SMALL.has(bytes.toString("hex"));
}

/** The point that these bytes are, if it is written with them. */
function pointOf(bytes: Uint8Array): InstanceType<typeof Point> | undefined {
  try {
    return Point.fromBytes(bytes);
  } catch {
    return undefined;
  }
}

function littleEndianNumber(bytes: Uint8Array): bigint {
  return BigInt("0x" + Buffer.from(bytes).reverse().toString("hex"));
}

/** What can be signed, and the fields that it has. */
const SAYINGS = {
  transaction: ["version", "ledger", "kind", "author", "nonce", "body"],
  block: ["ledger", "height", "previous", "root", "count"],
  message: ["ledger", "kind", "sender", "receiver", "subject", "step", "content"],
};

/** The bytes that are signed. */
export function say(what: keyof typeof SAYINGS, fields: Map<string, Value>): Uint8Array {
  const wanted = SAYINGS[what];
  if (fields.size !== wanted.length || !wanted.every((name) => fields.has(name))) {
    throw new Error(`a ${what} has the fields ${wanted.join(", ")}`);
  }
  return encode(fields);
}
