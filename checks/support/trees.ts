/**
 * Random trees of all combinators and leaves: a tree as an expression, and the chain it makes.
 *
 *     limit(3000)                              depth 1
 *       └ fallback                                   2
 *           ├ affix(8, 8)                            3
 *           │   └ freeTree                           4
 *           │       └ scoped(2000)                   5
 *           └ system()
 *
 * @module
 */
import {
  affix,
  aligned,
  bucketize,
  budget,
  cascade,
  fallback,
  freeTree,
  limit,
  nullAllocator,
  quantize,
  segregate,
} from "@alloc/combinators";
import { Allocator, type Can, can, Layout } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system, tinyHeap } from "@alloc/global";
import { proxy, stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import fc from "fast-check";

/** A tree as an expression, and a function that makes its chain, anew with each call. */
export interface Tree {
  readonly text: string;
  readonly make: () => Allocator;
}

type Wrap = (inner: Allocator) => Allocator;

const AFFIXES = { prefix: Layout.of(12, 4), suffix: Layout.of(5, 8) };
const WRAPPERS: Record<string, Wrap> = {
  "limit(3000)": (inner) => limit(inner, 3000),
  "limit({ count: 9 })": (inner) => limit(inner, { count: 9 }),
  "limit({ budget: budget({ bytes: 5000, count: 20 }) })": (inner) =>
    limit(inner, { budget: budget({ bytes: 5000, count: 20 }) }),
  "quantize(48)": (inner) => quantize(inner, 48),
  "quantize(powers of two)": (inner) => quantize(inner, (size) => 2 ** Math.ceil(Math.log2(size))),
  "aligned(64)": (inner) => aligned(inner, 64),
  "affix({ prefix })": (inner) => affix(inner, { prefix: AFFIXES.prefix }),
  "affix({ prefix, suffix })": (inner) => affix(inner, AFFIXES),
  freeTree: (inner) => freeTree(inner),
  "proxy({})": (inner) => proxy(inner, {}),
  stats: (inner) => stats(inner),
  from: (inner) => Allocator.from(inner),
};

/** The leaves over a parent, by their expressions. */
export const LEAVES: Readonly<Record<string, (parent: Allocator) => Allocator>> = {
  "freeList(64)": (parent) => freeList(64, { blocks: 12, parent }),
  "freeList(24)": (parent) => freeList(24, { blocks: 12, parent }),
  "scoped(2000)": (parent) => scoped(2000, { parent }),
  "scoped(500, { grow: true })": (parent) => scoped(500, { parent, grow: true }),
  "system()": (parent) => system({ parent }),
  "tinyHeap()": (parent) => tinyHeap({ parent }),
  "nullAllocator()": (parent) => nullAllocator(parent.memory),
};

/** Most members of a cascade: the kit asks all of them for their footprint at each step. */
const MEMBERS = 8;
/** Combinators that take a factory and call it repeatedly. */
const MANY: Record<string, (make: () => Allocator) => Allocator> = {
  cascade: (make) => cascade((index) => (index < MEMBERS ? requireOwner(make()) : undefined)),
  "bucketize({ from: 16, to: 1024, factor: 4 })": (make) => bucketize(make, { from: 16, to: 1024, factor: 4 }),
  "bucketize({ from: 24, to: 96, step: 24 })": (make) => bucketize(make, { from: 24, to: 96, step: 24 }),
};

/**
 * Makes trees of all combinators and leaves.
 *
 * @param parent - the source of the leaves' chunks
 * @param depth - the most levels, including leaves
 * @param leaves - the leaves to choose from
 */
export function treesOf(parent: Allocator, depth: number, leaves = LEAVES): fc.Arbitrary<Tree> {
  const leaf = fc.constantFrom<Tree>(
    ...Object.entries(leaves).map(([text, make]) => ({ text, make: () => make(parent) })),
  );
  const { tree } = fc.letrec<{ tree: Tree; pair: Tree; wrapped: Tree; many: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: depth - 1, depthSize: "large" },
      leaf,
      { weight: 2, arbitrary: tie("pair") },
      { weight: 3, arbitrary: tie("wrapped") },
      tie("many"),
    ),
    pair: fc.tuple(tie("tree"), tie("tree"), fc.option(fc.constantFrom(16, 64, 1000))).map(pairOf),
    wrapped: fc
      .tuple(fc.constantFrom(...Object.entries(WRAPPERS)), tie("tree"))
      .map(([[name, wrap], inner]) => ({ text: `${name}(${inner.text})`, make: () => wrap(inner.make()) })),
    many: fc
      .tuple(fc.constantFrom(...Object.entries(MANY)), tie("tree"))
      .map(([[name, wrap], inner]) => ({ text: `${name}(${inner.text})`, make: () => orItself(wrap, inner.make) })),
  }));
  return tree;
}

function pairOf([first, second, threshold]: [Tree, Tree, number | null]): Tree {
  const one = threshold === null ? `fallback(${first.text}` : `segregate([${threshold}, ${first.text}]`;
  return {
    text: `${one}, ${second.text})`,
    make: () => {
      const one = first.make();
      const other = orDispose(one, second.make);
      if (threshold !== null) return segregate([threshold, one], other);
      return can(one, "owns") ? fallback(one, other) : fallback(other as Can<"owns">, one);
    },
  };
}

/** Makes an allocator; if that throws, disposes of `one`. */
function orDispose(one: Allocator, make: () => Allocator): Allocator {
  try {
    return make();
  } catch (error) {
    one.dispose();
    throw error;
  }
}

/** Wraps an allocator; returns it unwrapped if the wrapper refuses it, because it serves none of the sizes or lacks `owns`. */
function orItself(wrap: (make: () => Allocator) => Allocator, make: () => Allocator): Allocator {
  try {
    return wrap(make);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return make();
  }
}

function requireOwner(allocator: Allocator): Can<"owns"> {
  if (can(allocator, "owns")) return allocator;
  allocator.dispose();
  throw new TypeError("it does not support owns");
}
