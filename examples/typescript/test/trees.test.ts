import assert from "node:assert/strict";

import { blockCount, blockSize, boundOf, commit, digestOf, open, saltedBlocks } from "../src/bytes/commitments.ts";
import { digest } from "../src/bytes/digest.ts";
import { boundRoot, prove, root, verify } from "../src/bytes/merkle.ts";
import { examples } from "./examples.ts";
import { type WrittenTensor, bytes, hex, tensor } from "./values.ts";

type Rooting = { leaves: string[]; root: string; bound: string };
type Proof = {
  leaf: string;
  index: number;
  size: number;
  proof: string[];
  root: string;
  refused?: string;
};
type Proving = Proof & { leaves: string[] };
type Cutting = { count: number; size: number; blocks: number; last: number };
type Blocking = { tensors: WrittenTensor[]; secret: string; first: string; root: string };
type Committing = {
  request: string;
  step: number;
  opening: string;
  salt: string;
  data: string;
  commitment: string;
};

function holds({ leaf, index, size, proof, root }: Proof): boolean {
  return verify(bytes(leaf), index, size, proof.map(bytes), bytes(root));
}

examples("trees", {
  root: (example: Rooting) => {
    const leaves = example.leaves.map(bytes);
    assert.equal(hex(root(leaves)), example.root);
    assert.equal(hex(boundRoot(leaves)), example.bound);
  },
  prove: (example: Proving) => {
    const leaves = example.leaves.map(bytes);
    if (example.refused) {
      assert.throws(() => prove(leaves, example.index), RangeError);
    } else {
      assert.deepEqual(prove(leaves, example.index).map(hex), example.proof);
      assert.ok(holds(example));
    }
  },
  verify: (example: Proof) => assert.equal(holds(example), !example.refused),
  cut: ({ count, size, blocks, last }: Cutting) => {
    assert.equal(blockSize(count), size);
    assert.equal(blockCount(count), blocks);
    assert.equal(count - size * Math.max(0, blocks - 1), last);
  },
  blocks: (example: Blocking) => {
    const leaves = saltedBlocks(example.tensors.map(tensor), bytes(example.secret));
    assert.equal(hex(leaves[0] ?? new Uint8Array(0)), example.first);
    assert.equal(hex(root(leaves)), example.root);
  },
  commit: (example: Committing) => {
    const { salt, data } = open(bytes(example.opening));
    assert.equal(hex(digest("secret", salt)), example.salt);
    assert.equal(hex(digestOf(boundOf(salt, data))), example.data);
    const found = commit(bytes(example.request), BigInt(example.step), bytes(example.opening));
    assert.equal(hex(found), example.commitment);
  },
});
