import { Layout, Memory, NULL, type Ptr, pages } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FIRST, granuleOf, granulesOf, type Range, rangesOf, rangesOfGranules } from "./support/roots.ts";

const PAGE = 65536;
/** A memory of some granules of 16 bytes, the least ones. */
const SMALL = 16;
const one = Layout.of(SMALL);

describe("several wrappers of one memory", () => {
  test.each([
    ["an ArrayBuffer", new ArrayBuffer(4 * PAGE)],
    ["a SharedArrayBuffer", new SharedArrayBuffer(4 * PAGE)],
    ["a Wasm memory", new WebAssembly.Memory({ initial: 4 })],
  ])("share one root, over %s", (_, target) => {
    const first = Memory.over(target, { from: 0, owner: true });
    const root = pages(first);
    expect(pages(Memory.over(target))).toBe(root);
    expect(pages(first)).toBe(root);
  });

  test("and two memories have two roots", () => {
    expect(pages(Memory.virtual(PAGE))).not.toBe(pages(Memory.virtual(PAGE)));
  });

  test("admit each granule once, however their ranges overlap", () => {
    const bytes = 64 * SMALL;
    const range = fc.tuple(fc.nat(bytes), fc.nat(bytes)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 8 }), fc.boolean(), fc.nat(3), (named, shared, taken) => {
        const buffer = shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes);
        const own = new Set<number>();
        const blocks: (Ptr | 0)[] = [];
        // Where the last range ends inside a granule, which a range that starts there completes.
        let ragged = -1;
        for (const [from, to] of named) {
          const start = from === ragged ? Math.floor(from / SMALL) : Math.ceil(from / SMALL);
          const whole: Range = [Math.max(start, FIRST), Math.floor(to / SMALL)];
          for (const granule of granulesOf([whole])) own.add(granule);
          // Nothing can be handed out so far: the range is refused, and changes nothing.
          const make = () => pages(Memory.over(buffer, { from, to, owner: true }));
          if (own.size === 0) {
            expect(make).toThrow(expect.objectContaining({ name: "MisuseError", code: "too-small" }));
            continue;
          }
          const root = make();
          if (whole[0] <= whole[1] && whole[1] * SMALL < to) ragged = to;
          expect(rangesOf(root).admitted).toEqual(rangesOfGranules(own));
          // Granules handed out in between are not admitted again.
          for (let count = 0; count < taken; count++) blocks.push(root.allocate(one));
        }
        if (own.size === 0) return;
        const root = pages(Memory.over(buffer, { to: 0 }));
        while (blocks.at(-1) !== NULL || blocks.length < 100) blocks.push(root.allocate(one));
        const handedOut = blocks.filter((ptr) => ptr !== NULL).sort((a, b) => a - b);
        expect(handedOut).toEqual([...own].sort((a, b) => a - b).map((granule) => granule * SMALL));
      }),
    );
  });

  test("may name a larger range than the first, which then has a usableSize", () => {
    const buffer = new ArrayBuffer(8 * PAGE);
    pages(Memory.over(buffer, { to: 2 * PAGE }));
    const root = pages(Memory.over(buffer, { from: 2 * PAGE }));
    const layout = Layout.of(4 * PAGE);
    expect(root.usableSize(layout)).toBe(4 * PAGE);
    expect(root.allocate(layout)).toBe(granuleOf(root));
  });

  test("admit bytes that a guest added only when they are used", () => {
    const wasm = new WebAssembly.Memory({ initial: 2, maximum: 4 });
    const root = pages(Memory.over(wasm, { from: PAGE }));
    wasm.grow(2);
    expect(root.owns((2 * PAGE) as Ptr)).toBe(false);
    pages(Memory.over(wasm, { from: 3 * PAGE }));
    expect([2, 3].map((page) => root.owns((page * PAGE) as Ptr))).toEqual([false, true]);
  });

  test("of shared memory have words for the maximum number of ranges, and no more", () => {
    const { state } = pages(Memory.over(new SharedArrayBuffer(48 * SMALL), { owner: true })).describe().nodes[0]!;
    expect([state.admitted!.length, state.free!.length]).toEqual([3 + 2 * 49, 3 + 2 * 49]);
  });

  test("of shared memory keep their words shared, with room for a range at every second granule", () => {
    const buffer = new SharedArrayBuffer(48 * SMALL);
    const root = pages(Memory.over(buffer, { owner: true }));
    const words = () => Object.values(root.describe().nodes[0]!.state);
    const before = words();
    const blocks = Array.from({ length: 47 }, () => root.allocate(one));
    for (let index = 0; index < 47; index += 2) root.deallocate(blocks[index] as Ptr, one);
    expect(rangesOf(root).free.length).toBe(24);
    expect(words().every((array, index) => array === before[index])).toBe(true);
    expect(words().every((array) => array.buffer instanceof SharedArrayBuffer)).toBe(true);
  });
});

test("a guest's data is unchanged after the root has handed out everything, down to the byte before `from`", () => {
  const wasm = new WebAssembly.Memory({ initial: 8, maximum: 12 });
  const from = 5 * PAGE + 1;
  const memory = Memory.over(wasm, { from });
  const root = pages(memory);
  const one = Layout.of(granuleOf(root));
  memory.fill(0 as Ptr, from, 0xa5);
  for (let ptr = root.allocate(one); ptr !== NULL; ptr = root.allocate(one)) memory.fill(ptr, one.size, 0xff);
  expect(memory.byteLength).toBe(12 * PAGE);
  expect(memory.u8.findIndex((byte) => byte !== 0xa5)).toBe(from);
});

test("of a Wasm memory only the named range is handed out: with no range, not one byte of the 4 pages it has", () => {
  const root = pages(Memory.over(new WebAssembly.Memory({ initial: 4, maximum: 4 })));
  expect(root.allocate(one)).toBe(NULL);
  expect(rangesOf(root).admitted).toEqual([]);
});
