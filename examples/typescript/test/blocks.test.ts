import assert from "node:assert/strict";

import { nameOf } from "../src/bytes/bytes.ts";
import { encode } from "../src/bytes/encoding.ts";
import { hasForked } from "../src/contracts/hardened/evidence.ts";
import { Market } from "../src/contracts/hardened/market.ts";
import { type Variant, variants } from "../src/contracts/variants.ts";
import {
  HEADER,
  type Header,
  blockBytes,
  blockDigest,
  breach,
  hasSigned,
  headerBytes,
  headerOf,
  parseBlock,
  seal,
} from "../src/ledger/block.ts";
import { Chain } from "../src/ledger/chain.ts";
import { Malformed, read, shaped } from "../src/ledger/fields.ts";
import { genesisOf, parseGenesis } from "../src/ledger/genesis.ts";
import { fall, headBytes, parseHead } from "../src/ledger/head.ts";
import { lastOf, parseStretch, stretchBytes } from "../src/ledger/stretch.ts";
import { Refused } from "../src/machines/machine.ts";
import { examples } from "./examples.ts";
import { type Written, bytes, dictionary, hex } from "./values.ts";

type Beginning = {
  variant: Variant;
  genesis: Record<string, Written>;
  bytes: string;
  identity: string;
  refused?: string;
};
type Sealing = {
  seed: string;
  ledger: string;
  height: number;
  previous: string;
  transactions: string[];
  root: string;
  header: string;
  digest: string;
  bytes: string;
};
type Following = { before: string; after: string; refused?: string };
type Reading = { node: string; bytes: string; refused?: string };
type Standing = {
  node: string;
  witnesses: [party: string, key: string][];
  quorum: number;
  bytes: string;
  refused?: string;
};
type Stretching = { bytes: string; last: string; refused?: string };
type Telling = {
  variant: Variant;
  genesis: string;
  blocks: { signed: string; transactions: string[] }[];
  head: string;
  convicted: string[];
  refused?: string;
};
type Forking = { genesis: string; party: string; first: string; second: string; refused?: string };

function header(written: string): Header {
  return shaped(read(bytes(written), "block"), HEADER, "block");
}

/** The code of what is refused, if it is. */
function refusal(doing: () => string | undefined): string | undefined {
  try {
    return doing();
  } catch (error) {
    if (error instanceof Malformed) return error.place;
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

examples("blocks", {
  begin: ({ variant, genesis, identity, refused, ...example }: Beginning) => {
    const fields = dictionary(genesis);
    const found = refusal(() => {
      const begun = genesisOf(fields);
      variants[variant](begun);
      assert.equal(hex(begun.identity), identity);
      assert.deepEqual(parseGenesis(bytes(example.bytes)), begun);
      assert.equal(hex(encode(fields)), example.bytes);
      return undefined;
    });
    assert.equal(found, refused);
  },
  seal: ({ ledger, height, previous, transactions, ...example }: Sealing) => {
    const said = transactions.map(bytes);
    const made = headerOf(bytes(ledger), BigInt(height), bytes(previous), said);
    const block = seal(made, bytes(example.seed));
    assert.equal(hex(made.root), example.root);
    assert.equal(hex(headerBytes(made)), example.header);
    assert.equal(hex(blockDigest(made)), example.digest);
    assert.equal(hex(blockBytes(block)), example.bytes);
    assert.deepEqual(parseBlock(bytes(example.bytes)), block);
  },
  follow: ({ before, after, refused }: Following) => {
    assert.equal(breach(header(before), header(after)), refused);
  },
  read: ({ node, refused, ...example }: Reading) => {
    const found = refusal(() => {
      const block = parseBlock(bytes(example.bytes));
      assert.equal(hex(blockBytes(block)), example.bytes);
      return hasSigned(bytes(node), block.header, block.signature) ? undefined : "signature";
    });
    assert.equal(found, refused);
  },
  ledger: ({ variant, genesis, blocks, head, convicted, refused }: Telling) => {
    const begun = parseGenesis(bytes(genesis));
    const contract = variants[variant](begun);
    const chain = new Chain(begun, contract);
    const found = refusal(() => {
      for (const { signed, transactions } of blocks) {
        chain.take(bytes(signed), transactions.map(bytes));
      }
      assert.equal(hex(chain.head), head);
      assert.deepEqual([...contract.convicted].map((name) => `0x${name}`).sort(), convicted);
      return undefined;
    });
    assert.equal(found, refused);
  },
  head: ({ node, witnesses, quorum, refused, ...example }: Standing) => {
    const keys = new Map(witnesses.map(([party, key]) => [nameOf(bytes(party)), bytes(key)]));
    const found = refusal(() => {
      const head = parseHead(bytes(example.bytes));
      assert.equal(hex(headBytes(head)), example.bytes);
      return fall(head, bytes(node), keys, quorum);
    });
    assert.equal(found, refused);
  },
  stretch: ({ last, refused, ...example }: Stretching) => {
    const found = refusal(() => {
      const stretch = parseStretch(bytes(example.bytes));
      assert.equal(hex(stretchBytes(stretch)), example.bytes);
      assert.equal(hex(blockBytes(lastOf(stretch))), last);
      return undefined;
    });
    assert.equal(found, refused);
  },
  fork: ({ genesis, party, first, second, refused }: Forking) => {
    const market = new Market(parseGenesis(bytes(genesis)));
    const forked = hasForked(market, bytes(party), bytes(first), bytes(second));
    assert.equal(forked, refused === undefined);
  },
});
