import assert from "node:assert/strict";

import { publicKey } from "../src/bytes/signatures.ts";
import { type Variant, variants } from "../src/contracts/variants.ts";
import { Admission } from "../src/ledger/admission.ts";
import { parseGenesis } from "../src/ledger/genesis.ts";
import { termsOf, versionOf } from "../src/ledger/terms.ts";
import { message, parse, proved, rotation, signed } from "../src/ledger/transaction.ts";
import { Refused } from "../src/machines/machine.ts";
import { examples } from "./examples.ts";
import { type Written, bytes, dictionary, hex } from "./values.ts";

type Signing = {
  seed: string;
  transaction: {
    ledger: string;
    kind: string;
    author: string;
    nonce: number;
    body: Record<string, Written>;
  };
  message: string;
  bytes: string;
};
type Rotating = {
  seed: string;
  new: string;
  ledger: string;
  author: string;
  nonce: number;
  proved: string;
  bytes: string;
};
type Admitting = {
  variant: Variant;
  genesis: string;
  said: string[];
  bytes: string;
  next: number;
  key: string;
  refused?: string;
};
type Naming = { terms: Record<string, Written>; version: string; refused?: string };

examples("transactions", {
  sign: ({ seed, transaction, ...example }: Signing) => {
    const said = {
      ledger: bytes(transaction.ledger),
      kind: transaction.kind,
      author: bytes(transaction.author),
      nonce: BigInt(transaction.nonce),
      body: dictionary(transaction.body),
    };
    const written = signed(said, bytes(seed));
    assert.equal(hex(message(said)), example.message);
    assert.equal(hex(written), example.bytes);
    const { signature, ...read } = parse(written);
    assert.deepEqual(read, said);
  },
  rotate: (example: Rotating) => {
    const [ledger, author] = [bytes(example.ledger), bytes(example.author)];
    const said = rotation(ledger, author, BigInt(example.nonce), bytes(example.new));
    assert.equal(hex(proved(said, publicKey(bytes(example.new)))), example.proved);
    assert.equal(hex(signed(said, bytes(example.seed))), example.bytes);
  },
  admit: ({ variant, said, refused, ...example }: Admitting) => {
    const genesis = parseGenesis(bytes(example.genesis));
    const admission = new Admission(genesis, variants[variant](genesis));
    for (const before of said) admission.admit(bytes(before));
    const last = bytes(example.bytes);
    if (refused) {
      assert.throws(() => admission.admit(last), new Refused(refused));
    } else {
      admission.admit(last);
      const { author } = parse(last);
      assert.equal(admission.next(author), BigInt(example.next));
      assert.equal(hex(admission.inForce(author)), example.key);
    }
  },
  name: ({ terms, version, refused }: Naming) => {
    if (refused) assert.throws(() => termsOf(dictionary(terms)), { message: refused });
    else assert.equal(hex(versionOf(termsOf(dictionary(terms)))), version);
  },
});
