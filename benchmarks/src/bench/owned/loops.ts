/**
 * What `bench owned` measures: the same values as objects, in typed arrays by hand, and in handles of `@alloc/owned`.
 *
 *     particles    { x y z dx dy dz: f64 }                            48 bytes     x += dx, y += dy, z += dz
 *     one field    the same                                                        x += 1
 *     sprites      { id: u32, kind: u8, alive: bool, x y dx dy: f32 }  24 bytes     where alive: x += dx, y += dy
 *     values       { x y: f64 }, one by one                           16 bytes     made, read, written and dropped
 *     columns      particles as typed arrays, and in Columns          48 bytes     x += dx, y += dy, z += dz
 *     copies       numbers: f64                                        8 bytes     all copied
 *
 * @module
 */
import type { Allocator } from "@alloc/core";
import { system } from "@alloc/global";
import { Box, bool, f32, f64, struct, u8, u16, u32, type Vec } from "@alloc/owned";
import { type Contenders, contender, once, parent, vecOf } from "./contender.ts";
import { columns, copies, values } from "./handle-loops.ts";
import { listOf, Particle, Point, particle } from "./structs.ts";

const Sprite = struct({ id: u32, kind: u8, alive: bool, x: f32, y: f32, dx: f32, dy: f32 });
const sprite = (id: number) => ({ id, kind: id % 7, alive: true, x: id, y: id, dx: 0.5, dy: 0.25 });

/** Makes and uses Vecs of five other structs, as a larger program does. */
export function useOthers(): void {
  const heap: Allocator = system({ parent });
  const others = [
    vecOf(struct({ x: f32, y: f32 }), 1000, (id) => ({ x: id, y: id })),
    vecOf(struct({ y: u32, x: f64 }), 1000, (id) => ({ x: id, y: id })),
    vecOf(struct({ x: u16, dx: u8 }), 1000, (id) => ({ x: id, dx: id % 9 })),
    vecOf(struct({ alive: bool, x: f64, dx: f64 }), 1000, (id) => ({ alive: true, x: id, dx: 1 })),
    vecOf(struct({ id: u32, x: f64 }), 1000, (id) => ({ id, x: id })),
  ] as readonly Vec<{ x: number }>[];
  for (let round = 0; round < 200; round++) {
    for (const vec of others) {
      for (const it of vec) it.x = it.x > 60000 ? 0 : it.x + 1;
      Box.new(vec.type, vec.get(round), heap).dispose();
    }
  }
  for (const vec of others) vec.dispose();
}

const inVec = () => parent.footprint().held;
/** One Vec for all loops, by hand or not: where an array lies matters more than which loop iterates it. */
const vecOfParticles = once((count) => vecOf(Particle, count, particle));
const vecOfSprites = once((count) => vecOf(Sprite, count, sprite));

const particles: Contenders = {
  "typed array by hand": contender({
    make: (count) => vecOfParticles(count).view(Float64Array),
    pass(all) {
      for (let at = 0; at < all.length; at += 6) {
        all[at]! += all[at + 3]!;
        all[at + 1]! += all[at + 4]!;
        all[at + 2]! += all[at + 5]!;
      }
    },
    bytes: (all) => all.byteLength,
  }),
  Vec: contender({
    make: vecOfParticles,
    pass(vec) {
      for (const it of vec) {
        it.x += it.dx;
        it.y += it.dy;
        it.z += it.dz;
      }
    },
    bytes: inVec,
  }),
  "Vec, by index": contender({
    make: vecOfParticles,
    pass(vec) {
      for (let index = 0; index < vec.length; index++) {
        const it = vec.peek(index);
        it.x += it.dx;
        it.y += it.dy;
        it.z += it.dz;
      }
    },
  }),
  objects: contender({
    make: (count) => listOf(count, particle),
    pass(list) {
      for (const it of list) {
        it.x += it.dx;
        it.y += it.dy;
        it.z += it.dz;
      }
    },
  }),
};

const oneField: Contenders = {
  "typed array by hand": contender({
    make: (count) => vecOfParticles(count).view(Float64Array),
    pass(all) {
      for (let at = 0; at < all.length; at += 6) all[at]! += 1;
    },
  }),
  Vec: contender({
    make: vecOfParticles,
    pass(vec) {
      for (const it of vec) it.x += 1;
    },
  }),
  objects: contender({
    make: (count) => listOf(count, particle),
    pass(list) {
      for (const it of list) it.x += 1;
    },
  }),
};

const sprites: Contenders = {
  "typed array by hand": contender({
    make(count) {
      const vec = vecOfSprites(count);
      return { bytes: vec.view(Uint8Array), floats: vec.view(Float32Array) };
    },
    pass({ bytes, floats }) {
      for (let at = 0; at < floats.length; at += 6) {
        if (bytes[4 * at + 5] === 0) continue;
        floats[at + 2]! += floats[at + 4]!;
        floats[at + 3]! += floats[at + 5]!;
      }
    },
    bytes: ({ bytes }) => bytes.byteLength,
  }),
  Vec: contender({
    make: vecOfSprites,
    pass(vec) {
      for (const it of vec) {
        if (!it.alive) continue;
        it.x += it.dx;
        it.y += it.dy;
      }
    },
    bytes: inVec,
  }),
  objects: contender({
    make: (count) => listOf(count, sprite),
    pass(list) {
      for (const it of list) {
        if (!it.alive) continue;
        it.x += it.dx;
        it.y += it.dy;
      }
    },
  }),
};

/** The timed loops, by workload and contender. */
export const LOOPS: Readonly<Record<string, Contenders>> = {
  particles,
  "one field": oneField,
  sprites,
  values,
  columns,
  copies,
};

/** The measured memory: the same data, and values that stay. */
export const HOLDERS: Readonly<Record<string, Contenders>> = {
  particles,
  sprites,
  values: {
    objects: contender({ make: (count) => listOf(count, (x) => ({ x, y: 0 })), pass() {} }),
    Box: contender({
      make(count) {
        const heap = system({ parent });
        return { heap, boxes: listOf(count, (x) => Box.new(Point, { x, y: 0 }, heap)) };
      },
      pass() {},
      bytes: ({ heap }) => heap.footprint().held,
    }),
  },
};
