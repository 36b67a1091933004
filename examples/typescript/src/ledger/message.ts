/** Messages between parties, signed ("What is signed" in docs/formats/signatures.md). */

import type { Bytes } from "../bytes/bytes.ts";
import { type Value, encode } from "../bytes/encoding.ts";
import { fault, say, sign } from "../bytes/signatures.ts";
import { dictionary, read, shaped } from "./fields.ts";

export type Message = {
  readonly ledger: Bytes;
  readonly kind: string;
  readonly sender: Bytes;
  readonly receiver: Bytes;
  readonly subject: Bytes;
  readonly step: bigint;
  readonly content: Bytes;
};

export type SignedMessage = Message & { readonly signature: Bytes };

const SHAPE = {
  ledger: "bytes",
  kind: "text",
  sender: "bytes",
  receiver: "bytes",
  subject: "bytes",
  step: "integer",
  content: "bytes",
  signature: "bytes",
} as const;

/** The bytes of a message as it travels once they are sealed, signed with the key of a seed. */
export function messageBytes(message: Message, seed: Bytes): Bytes {
  const fields: Record<string, Value> = { ...message };
  const signature = sign(seed, say("message", dictionary(fields)));
  return encode(dictionary({ ...fields, signature }));
}

/** The message in these bytes, whoever signed it. */
export function parseMessage(bytes: Bytes): SignedMessage {
  return shaped(read(bytes, "message"), SHAPE, "message");
}

/** Whether the holder of a key has signed a message. */
export function isFrom(key: Bytes, { signature, ...message }: SignedMessage): boolean {
  return fault(key, say("message", dictionary(message)), signature) === undefined;
}
