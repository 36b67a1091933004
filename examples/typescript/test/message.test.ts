import assert from "node:assert/strict";
import { test } from "node:test";

import { publicKey } from "../src/bytes/signatures.ts";
import { Malformed } from "../src/ledger/fields.ts";
import { isFrom, messageBytes, parseMessage } from "../src/ledger/message.ts";

const [SENDER, OTHER] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

const MESSAGE = {
  ledger: new Uint8Array(32),
  kind: "input",
  sender: publicKey(SENDER),
  receiver: publicKey(OTHER),
  subject: new Uint8Array(32).fill(7),
  step: 0n,
  content: Uint8Array.of(1, 2, 3),
};

test("a message is read as it was written, and is its sender's", () => {
  const read = parseMessage(messageBytes(MESSAGE, SENDER));
  const { signature, ...message } = read;
  assert.deepEqual(message, MESSAGE);
  assert.ok(isFrom(MESSAGE.sender, read));
  assert.ok(!isFrom(MESSAGE.receiver, read));
  assert.ok(!isFrom(MESSAGE.sender, { ...read, step: 1n }));
});

test("what is too large, or goes on, is no message", () => {
  const written = messageBytes(MESSAGE, SENDER);
  const large = messageBytes({ ...MESSAGE, content: new Uint8Array(2 ** 20) }, SENDER);
  for (const bytes of [large, Buffer.concat([written, Buffer.of(0)]), written.subarray(1)]) {
    assert.throws(() => parseMessage(bytes), Malformed);
  }
});
