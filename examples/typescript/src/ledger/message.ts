/** Messages between parties, signed and sealed (docs/formats/messages.md). */

import { type Bytes, same } from "../bytes/bytes.ts";
import { encode } from "../bytes/encoding.ts";
import { lockOf, seal } from "../bytes/sealing.ts";
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

type SignedMessage = Message & { readonly signature: Bytes };

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

/** A message as it travels: signed with the key of a seed, and sealed for its reader's key. */
export function sealed(message: Message, seed: Bytes, key: Bytes): Bytes {
  const signature = sign(seed, say("message", dictionary(message)));
  return seal(lockOf(key), encode(dictionary({ ...message, signature })));
}

/** What is wrong with a message that was opened, if anything is: whoever gets it has nothing. */
export function faultOf(
  message: SignedMessage,
  ledger: Bytes,
  reader: Bytes,
  sender: Bytes,
): "ledger" | "receiver" | "signature" | undefined {
  if (!same(message.ledger, ledger)) return "ledger";
  if (!same(message.receiver, reader)) return "receiver";
  return isSignedWith(message, sender) ? undefined : "signature";
}

/** The message in these bytes, whoever signed it. */
export function parseMessage(bytes: Bytes): SignedMessage {
  return shaped(read(bytes, "message"), SHAPE, "message");
}

function isSignedWith({ signature, ...message }: SignedMessage, key: Bytes): boolean {
  return fault(key, say("message", dictionary(message)), signature) === undefined;
}
