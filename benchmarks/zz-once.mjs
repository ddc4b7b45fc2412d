// src/bench/workloads.ts
import { WORKLOADS } from "@alloc/testkit";

// src/bench/columns.ts
import { ALLOCATE, ALLOCATE_ZEROED, RELEASE, RESIZE } from "@alloc/testkit";
function emptyColumns(length, slots, peak, begin = 0, end = length) {
  const words = () => new Uint32Array(length);
  const kinds = new Uint8Array(length);
  return { length, slots, begin, end, peak, kinds, slot: words(), size: words(), before: words(), align: words() };
}

// src/bench/workloads.ts
function churn({ live: live2, replacements, least, most, align = 0 }) {
  const columns2 = emptyColumns(2 * (live2 + replacements), live2, 0, live2, live2 + 2 * replacements);
  const sizes = new Uint32Array(live2);
  const octaves = Math.max(1, Math.log2(most / least));
  const next = randomOf(1);
  let [bytes, peak] = [0, 0];
  const fill = (index, slot) => {
    const octave = least * 2 ** next(octaves);
    const size = most === least ? least : octave + 1 + next(octave);
    allocate(columns2, index, slot, size, align);
    sizes[slot] = size;
    bytes += size;
    peak = Math.max(peak, bytes);
  };
  const clear = (index, slot) => {
    release(columns2, index, slot, sizes[slot], align);
    bytes -= sizes[slot];
  };
  for (let slot = 0; slot < live2; slot++) fill(slot, slot);
  for (let index = columns2.begin; index < columns2.end; index += 2) {
    const slot = next(live2);
    clear(index, slot);
    fill(index + 1, slot);
  }
  for (let slot = 0; slot < live2; slot++) clear(columns2.end + slot, slot);
  return { ...columns2, peak };
}
function allocate(columns2, index, slot, size, align = 0) {
  columns2.kinds[index] = ALLOCATE;
  columns2.slot[index] = slot;
  columns2.size[index] = size;
  columns2.align[index] = align;
}
function release(columns2, index, slot, size, align = 0) {
  columns2.kinds[index] = RELEASE;
  columns2.slot[index] = slot;
  columns2.before[index] = size;
  columns2.align[index] = align;
}
function randomOf(seed) {
  let state = Math.imul(seed, 2654435769) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.floor((state >>> 0) / 2 ** 32 * below);
  };
}

// src/bench/play.ts
import { Layout } from "@alloc/core";
function playAllocator(columns2, begin, end, heap2, ptrs2, of = Layout.of) {
  const { kinds, slot: slots, size: sizes, before: befores, align: aligns } = columns2;
  const { memory } = heap2;
  let { u8 } = memory;
  for (let index = begin; index < end; index++) {
    const kind = kinds[index];
    const slot = slots[index];
    const size = sizes[index];
    const align = aligns[index];
    let ptr;
    if (kind === RELEASE) {
      heap2.deallocate(ptrs2[slot], of(befores[index], align));
      continue;
    }
    if (kind === ALLOCATE) ptr = heap2.allocate(of(size, align));
    else if (kind === ALLOCATE_ZEROED) ptr = heap2.allocateZeroed(of(size, align));
    else {
      const from = of(befores[index], align);
      const to = of(size, align);
      const old = ptrs2[slot];
      ptr = to.size < from.size ? heap2.shrink(old, from, to) : heap2.grow(old, from, to);
    }
    if (ptr === 0) throw noRoom(size);
    ptrs2[slot] = ptr;
    if (size === 0) continue;
    if (ptr + size > u8.length) u8 = memory.u8;
    u8[ptr] = 1;
    u8[ptr + size - 1] = 1;
  }
}
var NOTHING = new Uint8Array(0);
function noRoom(size) {
  return new Error(`no room for ${size} bytes`);
}

// zz-once.ts
var [dir, opts, count, live] = process.argv.slice(2);
var { Layout: Layout2, Memory, pages } = await import(dir + "/packages/core/dist/index.js");
var { system } = await import(dir + "/packages/global/dist/index.js");
var columns = churn({ live: +live, replacements: +count, least: 16, most: 64 });
for (let i = 0; i < columns.length; i++) columns.align[i] = Math.max(8, columns.align[i]);
var heap = system({ parent: pages(Memory.linear()), ...JSON.parse(opts) });
var ptrs = new Uint32Array(columns.slots);
playAllocator(columns, 0, columns.length, heap, ptrs, Layout2.of);
