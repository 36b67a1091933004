/** What only its reader can read (docs/formats/messages.md): libsodium's `crypto_box_seal`. */

import { hsalsa, xsalsa20poly1305 } from "@noble/ciphers/salsa.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { blake2b } from "@noble/hashes/blake2.js";

import type { Bytes } from "./bytes.ts";

const KEY = 32;
const NONCE = 24;

/** The X25519 key of an Ed25519 key: what is sealed for it, the holder of that can read. */
export function lockOf(key: Bytes): Bytes {
  return ed25519.utils.toMontgomery(key);
}

/** The X25519 secret of the Ed25519 key of a seed. */
export function openerOf(seed: Bytes): Bytes {
  return ed25519.utils.toMontgomerySecret(seed);
}

/** The X25519 key of a secret. */
export function keyOf(secret: Bytes): Bytes {
  return x25519.getPublicKey(secret);
}

/** Whether anything can be sealed for an X25519 key: for one of small order nothing can. */
export function canSealFor(key: Bytes): boolean {
  try {
    seal(key, new Uint8Array(0));
    return true;
  } catch {
    return false;
  }
}

/** Data as only the holder of an X25519 key can read it, by a secret that is new. */
export function seal(
  key: Bytes,
  data: Bytes,
  ephemeral: Bytes = x25519.utils.randomSecretKey(),
): Bytes {
  const once = keyOf(ephemeral);
  return Buffer.concat([once, box(once, key, shared(ephemeral, key)).encrypt(data)]);
}

/** What was sealed for the key of an X25519 secret, if it was. */
export function unseal(secret: Bytes, sealed: Bytes): Bytes | undefined {
  const once = sealed.subarray(0, KEY);
  try {
    return box(once, keyOf(secret), shared(secret, once)).decrypt(sealed.subarray(KEY));
  } catch {
    return undefined;
  }
}

function box(once: Bytes, reader: Bytes, key: Bytes): ReturnType<typeof xsalsa20poly1305> {
  return xsalsa20poly1305(key, blake2b(Buffer.concat([once, reader]), { dkLen: NONCE }));
}

/** The key of libsodium's `crypto_box`: HSalsa20 of what both secrets come to. */
function shared(secret: Bytes, key: Bytes): Bytes {
  const common = x25519.getSharedSecret(secret, key);
  const derived = new Uint32Array(8);
  hsalsa(words(Buffer.from("expand 32-byte k")), words(common), new Uint32Array(4), derived);
  return new Uint8Array(derived.buffer);
}

/** Bytes as words, in the order of the computer. */
function words(bytes: Bytes): Uint32Array {
  return new Uint32Array(Uint8Array.from(bytes).buffer);
}
