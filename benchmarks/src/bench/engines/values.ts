/**
 * The loops of `bench engines` over values: a Vec, a growing Vec and a Box, beside what a program writes without them.
 *
 * @module
 */
import { Layout, type Ptr } from "@alloc/core";
import { Box, f64, Vec } from "@alloc/owned";
import { listOf, Particle, Point, particle } from "../owned/structs.ts";
import { type Heap, heapOf, PEERS } from "./heaps.ts";
import type { Loop, Loops } from "./loop.ts";

/** Values in a Vec that is iterated, and in one that grows. */
const MANY = 10_000;
const GROWN = 1000;
/** Values made and dropped in a pass. */
const VALUES = 1000;
/** The last objects are kept, so that the compiler cannot remove their creation. */
const RING = 256;

type Passes = Readonly<Record<string, () => () => number>>;

function loopsOf(operations: number, sum: number, passes: Passes): Loops[string] {
  return Object.fromEntries(
    Object.entries(passes).map(([name, make]) => [name, (): Loop => ({ operations, sum, pass: make() })]),
  );
}

/** The pass over each peer. */
function peers(pass: (heap: Heap) => number): Passes {
  return Object.fromEntries(
    Object.entries(PEERS).map(([name, make]) => [
      name,
      () => {
        const heap = make();
        return () => pass(heap);
      },
    ]),
  );
}

// What lies behind a loop is in another function: V8 enters long loops in the middle, and what it has not seen by then, behind the
// loop, makes it leave the compiled code after each pass.
function moveByHand(all: Float64Array): void {
  for (let at = 0; at < all.length; at += 6) {
    all[at]! += all[at + 3]!;
    all[at + 1]! += all[at + 4]!;
    all[at + 2]! += all[at + 5]!;
  }
}

function moveAll(values: Iterable<ReturnType<typeof particle>>): void {
  for (const it of values) {
    it.x += it.dx;
    it.y += it.dy;
    it.z += it.dz;
  }
}

function moveByIndex(vec: Vec<ReturnType<typeof particle>>): void {
  for (let index = 0; index < vec.length; index++) {
    const it = vec.peek(index);
    it.x += it.dx;
    it.y += it.dy;
    it.z += it.dz;
  }
}

/** A pass that moves particles. The sum: how far the first one moved, and how far it is from the last one. */
function moving<D>(make: () => D, move: (data: D) => void, xOf: (data: D, at: number) => number): () => () => number {
  return () => {
    const data = make();
    return () => {
      const before = xOf(data, 0);
      move(data);
      return xOf(data, 0) - before + (xOf(data, MANY - 1) - xOf(data, 0));
    };
  };
}

function vecOfParticles(): Vec<ReturnType<typeof particle>> {
  const vec = Vec.withCapacity(Particle, MANY, heapOf());
  for (let id = 0; id < MANY; id++) vec.push(particle(id));
  return vec;
}

const iterated = loopsOf(MANY, 0.5 + MANY - 1, {
  "typed array by hand": moving(
    () => vecOfParticles().view(Float64Array),
    moveByHand,
    (all, at) => all[6 * at]!,
  ),
  Vec: moving(vecOfParticles, moveAll, (vec, at) => vec.get(at).x),
  "Vec, by index": moving(vecOfParticles, moveByIndex, (vec, at) => vec.get(at).x),
  objects: moving(
    () => listOf(MANY, particle),
    moveAll,
    (list, at) => list[at]!.x,
  ),
});

function pushAll(list: { push(value: number): unknown }): void {
  for (let value = 0; value < GROWN; value++) list.push(value);
}

function pushByHand(heap: Heap): number {
  const { f64 } = heap;
  let capacity = 8;
  let at = heap.malloc(8 * capacity) / 8;
  for (let value = 0; value < GROWN; value++) {
    if (value === capacity) {
      const next = heap.malloc(16 * capacity) / 8;
      f64.copyWithin(next, at, at + capacity);
      heap.free(8 * at);
      at = next;
      capacity *= 2;
    }
    f64[at + value] = value;
  }
  return at;
}

/** The sum: the last number and the one in the middle. */
const grown = loopsOf(GROWN, GROWN - 1 + GROWN / 2, {
  array: () => () => {
    const list: number[] = [];
    pushAll(list);
    return list[GROWN - 1]! + list[GROWN / 2]!;
  },
  Vec: () => {
    const heap = heapOf();
    return () => {
      const vec = Vec.withCapacity(f64, 0, heap);
      pushAll(vec);
      const sum = vec.get(GROWN - 1) + vec.get(GROWN / 2);
      vec.dispose();
      return sum;
    };
  },
  ...peers((heap) => {
    const at = pushByHand(heap);
    const sum = heap.f64[at + GROWN - 1]! + heap.f64[at + GROWN / 2]!;
    heap.free(8 * at);
    return sum;
  }),
});

const single = loopsOf(VALUES, VALUES * (VALUES - 1), {
  objects: () => {
    const ring = listOf(RING, (x) => ({ x, y: 0 }));
    return () => {
      let sum = 0;
      for (let x = 0; x < VALUES; x++) {
        const value = { x, y: 0 };
        value.y = value.x;
        ring[x % RING] = value;
        sum += value.x + value.y;
      }
      return sum;
    };
  },
  Box: () => {
    const heap = heapOf();
    return () => {
      let sum = 0;
      for (let x = 0; x < VALUES; x++) {
        const box = Box.new(Point, { x, y: 0 }, heap);
        const value = box.peek();
        value.y = value.x;
        sum += value.x + value.y;
        box.dispose();
      }
      return sum;
    };
  },
  "system() by hand": () => {
    const heap = heapOf();
    const { memory } = heap;
    return () => {
      const { f64 } = memory;
      let sum = 0;
      for (let x = 0; x < VALUES; x++) {
        const ptr = heap.allocate(Layout.of(16, 8)) as Ptr;
        f64[ptr / 8] = x;
        f64[ptr / 8 + 1] = f64[ptr / 8]!;
        sum += f64[ptr / 8]! + f64[ptr / 8 + 1]!;
        heap.deallocate(ptr, Layout.of(16, 8));
      }
      return sum;
    };
  },
  ...peers((heap) => {
    const { f64 } = heap;
    let sum = 0;
    for (let x = 0; x < VALUES; x++) {
      const ptr = heap.malloc(16);
      f64[ptr / 8] = x;
      f64[ptr / 8 + 1] = f64[ptr / 8]!;
      sum += f64[ptr / 8]! + f64[ptr / 8 + 1]!;
      heap.free(ptr);
    }
    return sum;
  }),
});

/** The loops, by name and contender. */
export const VALUE_LOOPS: Loops = { iterate: iterated, push: grown, values: single };
