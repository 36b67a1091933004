import assert from "node:assert/strict";
import { test } from "node:test";

import { encode } from "../src/bytes/encoding.ts";
import { lockOf, openerOf, seal, unseal } from "../src/bytes/sealing.ts";
import { publicKey } from "../src/bytes/signatures.ts";
import { Malformed, dictionary as fieldsOf } from "../src/ledger/fields.ts";
import { faultOf, parseMessage, sealed } from "../src/ledger/message.ts";
import { examples } from "./examples.ts";
import { type Written, bytes, dictionary, hex } from "./values.ts";

type Sealing = { ephemeral: string; key: string; data: string; sealed: string };
type Opening = {
  ledger: string;
  reader: string;
  seed: string;
  key: string;
  sealed: string;
  message: Record<string, Written>;
  refused?: string;
};

/** What comes of what arrived: a message, or the code for which it is none. */
function opened({ ledger, reader, seed, key, ...arrived }: Opening): object | string {
  const found = unseal(openerOf(bytes(seed)), bytes(arrived.sealed));
  if (!found) return "sealed";
  try {
    const read = parseMessage(found);
    const { signature, ...message } = read;
    return faultOf(read, bytes(ledger), bytes(reader), bytes(key)) ?? fieldsOf(message);
  } catch (error) {
    if (error instanceof Malformed) return error.place.replace(/\..*/, "");
    throw error;
  }
}

examples("messages", {
  seal: ({ key, data, ephemeral, ...example }: Sealing) => {
    assert.equal(hex(seal(lockOf(bytes(key)), bytes(data), bytes(ephemeral))), example.sealed);
  },
  open: (example: Opening) => {
    assert.deepEqual(opened(example), example.refused ?? dictionary(example.message));
  },
});

const [SENDER, READER] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];

const MESSAGE = {
  ledger: new Uint8Array(32),
  kind: "data",
  sender: publicKey(SENDER),
  receiver: publicKey(READER),
  subject: new Uint8Array(32).fill(7),
  step: 0n,
  content: Uint8Array.of(1, 2, 3),
};

test("what is sealed for a reader, that reader reads", () => {
  const found = unseal(openerOf(READER), sealed(MESSAGE, SENDER, publicKey(READER)));
  const { signature, ...read } = parseMessage(found ?? new Uint8Array(0));
  assert.deepEqual(read, MESSAGE);
  assert.equal(unseal(openerOf(SENDER), sealed(MESSAGE, SENDER, publicKey(READER))), undefined);
});

test("what is larger than a transaction is no message", () => {
  const large = { ...MESSAGE, content: new Uint8Array(2 ** 20), signature: new Uint8Array(64) };
  assert.throws(() => parseMessage(encode(fieldsOf(large))), Malformed);
});
