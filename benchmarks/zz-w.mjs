// zz-w.ts
import { readFileSync } from "node:fs";

// src/bench/columns.ts
import { ALLOCATE, ALLOCATE_ZEROED, RELEASE, RESIZE } from "@alloc/testkit";
var MAGIC = 1129270337;
var VERSION = 1;
var HEADER = 64;
var ROW = 17;
function decodeColumns(bytes) {
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const header = new DataView(buffer, byteOffset, byteLength);
  const word = (index) => byteLength < HEADER ? 0 : header.getUint32(4 * index, true);
  const length = word(2);
  if (word(0) !== MAGIC || word(1) !== VERSION || byteLength !== HEADER + ROW * length) {
    throw new Error(
      `expected a file of columns, version ${VERSION}, came ${byteLength} bytes that are none: write it anew`
    );
  }
  const column = (index) => new Uint32Array(buffer, byteOffset + HEADER + 4 * length * index, length);
  return {
    length,
    slots: word(3),
    begin: word(4),
    end: word(5),
    peak: header.getFloat64(24, true),
    slot: column(0),
    size: column(1),
    before: column(2),
    align: column(3),
    kinds: new Uint8Array(buffer, byteOffset + HEADER + 16 * length, length)
  };
}

// src/bench/play.ts
import { Layout } from "@alloc/core";
function playAllocator(columns2, begin, end, heap2, ptrs2, of = Layout.of) {
  const { kinds, slot: slots, size: sizes, before: befores, align: aligns } = columns2;
  const { memory: memory2 } = heap2;
  let { u8 } = memory2;
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
    if (ptr + size > u8.length) u8 = memory2.u8;
    u8[ptr] = 1;
    u8[ptr + size - 1] = 1;
  }
}
var NOTHING = new Uint8Array(0);
function noRoom(size) {
  return new Error(`no room for ${size} bytes`);
}

// zz-w.ts
var [dir, opts, file, ms] = process.argv.slice(2);
var { Layout: Layout2, Memory, pages } = await import(dir + "/packages/core/dist/index.js");
var { system } = await import(dir + "/packages/global/dist/index.js");
var columns = decodeColumns(readFileSync(file));
for (let i = 0; i < columns.length; i++) columns.align[i] = Math.max(8, columns.align[i]);
var memory = Memory.linear();
var heap = system({ parent: pages(memory), ...JSON.parse(opts) });
var ptrs = new Uint32Array(columns.slots);
var times = [];
var t0 = performance.now();
for (let run = 0; run < 6 || performance.now() - t0 < +ms; run++) {
  playAllocator(columns, 0, columns.begin, heap, ptrs, Layout2.of);
  const s = process.cpuUsage();
  playAllocator(columns, columns.begin, columns.end, heap, ptrs, Layout2.of);
  const u = process.cpuUsage(s);
  playAllocator(columns, columns.end, columns.length, heap, ptrs, Layout2.of);
  if (run >= 3) times.push((u.user + u.system) * 1e3 / (columns.end - columns.begin));
  if (performance.now() - t0 > 4 * +ms && run > 4) break;
}
var f = heap.footprint();
console.log(JSON.stringify({ times, peak: f.peak }));
