/**
 * The loops of `bench owned` over handles, Columns and copies.
 *
 * @module
 */
import { Memory, type Ptr, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { Arc, Box, Columns, f64, Rc, Vec } from "@alloc/owned";
import { type Contenders, contender, memory, once, parent } from "./contender.ts";
import { listOf, Particle, Point, particle } from "./structs.ts";

/** The last objects are kept, so that the compiler cannot remove their creation. */
const RING = 1024;

export const values: Contenders = {
  objects: contender({
    make: (count) => ({ count, ring: listOf(RING, (x) => ({ x, y: 0 })) }),
    pass({ count, ring }) {
      for (let x = 0; x < count; x++) {
        const value = { x, y: 0 };
        value.y = value.x;
        ring[x % RING] = value;
      }
    },
  }),
  "the block alone": contender({
    make: (count) => ({ count, heap: system({ parent }) }),
    pass({ count, heap }) {
      const { layout } = Point;
      for (let x = 0; x < count; x++) {
        const ptr = heap.allocate(layout) as Ptr;
        memory.f64[ptr / 8] = x;
        memory.f64[ptr / 8 + 1] = x;
        heap.deallocate(ptr, layout);
      }
    },
  }),
  Box: contender({
    make: (count) => ({ count, heap: system({ parent }) }),
    pass({ count, heap }) {
      for (let x = 0; x < count; x++) {
        const box = Box.new(Point, { x, y: 0 }, heap);
        const value = box.peek();
        value.y = value.x;
        box.dispose();
      }
    },
  }),
  "Box, by value": contender({
    make: (count) => ({ count, heap: system({ parent }) }),
    pass({ count, heap }) {
      for (let x = 0; x < count; x++) {
        const box = Box.new(Point, { x, y: 0 }, heap);
        box.value.y = box.value.x;
        box.dispose();
      }
    },
  }),
  Rc: contender({
    make: (count) => ({ count, heap: system({ parent }) }),
    pass({ count, heap }) {
      for (let x = 0; x < count; x++) {
        const rc = Rc.new(Point, { x, y: 0 }, heap);
        rc.peek().x;
        rc.dispose();
      }
    },
  }),
  "Rc, cloned": contender({
    make: (count) => ({ count, rc: Rc.new(Point, { x: 1, y: 2 }, system({ parent })) }),
    pass({ count, rc }) {
      for (let x = 0; x < count; x++) rc.clone().dispose();
    },
  }),
  Weak: contender({
    make: (count) => ({ count, rc: Rc.new(Point, { x: 1, y: 2 }, system({ parent })) }),
    pass({ count, rc }) {
      for (let x = 0; x < count; x++) rc.downgrade().dispose();
    },
  }),
  Arc: contender({
    make: (count) => ({ count, heap: system({ parent: pages(Memory.linear({ shared: true, maximum: 2 ** 22 })) }) }),
    pass({ count, heap }) {
      for (let x = 0; x < count; x++) {
        const arc = Arc.new(Point, { x, y: 0 }, heap);
        arc.peek().x;
        arc.dispose();
      }
    },
  }),
  "Arc, cloned": contender({
    make(count) {
      const heap = system({ parent: pages(Memory.linear({ shared: true, maximum: 2 ** 22 })) });
      return { count, arc: Arc.new(Point, { x: 1, y: 2 }, heap) };
    },
    pass({ count, arc }) {
      for (let x = 0; x < count; x++) arc.clone().dispose();
    },
  }),
};

const columnsOfParticles = once((count) => {
  const all = Columns.withCapacity(Particle, count, parent);
  for (let id = 0; id < count; id++) all.push(particle(id));
  return all;
});

/** The columns that the loop by hand and the loop by column iterate. */
interface Axes {
  readonly [name: string]: Float64Array;
}

function move({ x, y, z, dx, dy, dz }: Axes): void {
  for (let at = 0; at < x!.length; at++) {
    x![at]! += dx![at]!;
    y![at]! += dy![at]!;
    z![at]! += dz![at]!;
  }
}

const FIELDS = ["x", "y", "z", "dx", "dy", "dz"] as const;

export const columns: Contenders = {
  "typed arrays by hand": contender({
    make: (count) => Object.fromEntries(FIELDS.map((name) => [name, new Float64Array(count).fill(0.5)])) as Axes,
    pass: move,
  }),
  "Columns, by column": contender({
    make: columnsOfParticles,
    pass: (all) => move(Object.fromEntries(FIELDS.map((name) => [name, all.view(name)])) as unknown as Axes),
  }),
  "Columns, by row": contender({
    make: columnsOfParticles,
    pass(all) {
      for (let index = 0; index < all.length; index++) {
        const it = all.row(index);
        it.x += it.dx;
        it.y += it.dy;
        it.z += it.dz;
      }
    },
  }),
};

interface Numbers {
  readonly list: Float64Array;
  readonly vec: Vec<number>;
}

const numbers = once((count): Numbers => {
  const list = new Float64Array(count).fill(0.5);
  return { list, vec: Vec.from(f64, list, parent) };
});

export const copies: Contenders = {
  set: contender({ make: numbers, pass: ({ list, vec }) => vec.view(Float64Array).set(list) }),
  "Vec.extend of a typed array": contender({
    make: numbers,
    pass({ list, vec }) {
      vec.clear();
      vec.extend(list);
    },
  }),
  "Vec.extend of a Vec": contender({
    make: (count) => ({ from: numbers(count).vec, to: Vec.withCapacity(f64, count, parent) }),
    pass({ from, to }) {
      to.clear();
      to.extend(from);
    },
  }),
  "Vec.fill": contender({ make: numbers, pass: ({ vec }) => vec.fill(0.5) }),
  "Vec.slice": contender({ make: numbers, pass: ({ vec }) => vec.slice().dispose() }),
};
