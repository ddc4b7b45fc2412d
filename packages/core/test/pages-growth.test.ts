import { Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FIRST, GRANULE, granuleOf, granulesOf, type Range, rangesOf, rangesOfGranules } from "./support/roots.ts";

const PAGE = 65536;
const MiB = 2 ** 20;
const MOST_PAGES = 40;
const GUEST = 0xa5;

/** The whole granules of a range of bytes that a root may hand out. */
const granulesIn = (from: number, to: number): Set<number> =>
  granulesOf([[Math.max(Math.ceil(from / GRANULE), FIRST), Math.floor(to / GRANULE)]]);

const length = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 300 }));
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("allocate" as const), length, log: fc.nat(17) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("release" as const), block: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("resize" as const), block: fc.nat(), length }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("guest" as const, "grow" as const), pages: fc.nat(3) }) },
);

describe("a root in a memory that other code grows", () => {
  test.each([false, true])("hands out only its own granules and loses none of them, shared: %s", (shared) => {
    const program = fc.array(step, { maxLength: 30, size: "max" });
    fc.assert(
      fc.property(program, fc.integer({ min: 1, max: 4 }), fc.nat(PAGE), (steps, initial, below) => {
        const wasm = new WebAssembly.Memory({ initial, maximum: MOST_PAGES, shared });
        const from = initial * PAGE - below;
        // So that granules have 4 KiB.
        const memory = Memory.over(wasm, { from, maximum: 16 * MiB, owner: true });
        const root = pages(memory);
        const own = granulesIn(from, initial * PAGE);
        const guests: Range[] = [];
        const live: { ptr: Ptr; length: number; align: number }[] = [];
        /** The guest writes into all of its bytes. */
        const settle = (start: number, end: number) => {
          memory.fill(start as Ptr, end - start, GUEST);
          guests.push([start, end]);
        };
        const claim = (ptr: Ptr, length: number) => {
          for (const granule of granulesOf([[ptr / GRANULE, ptr / GRANULE + length]])) {
            expect(own.has(granule), `granule ${granule} is the root's`).toBe(true);
          }
          memory.fill(ptr, length * GRANULE, 0xff);
        };
        /** The growth of the memory during a call of the root belongs to the root. */
        const growing = <T>(call: () => T): T => {
          const end = memory.byteLength;
          const result = call();
          for (const granule of granulesIn(end, memory.byteLength)) own.add(granule);
          return result;
        };
        settle(0, from);

        for (const step of steps) {
          const end = memory.byteLength;
          if (step.do === "allocate") {
            const align = 2 ** step.log;
            const { free } = rangesOf(root);
            const ptr = growing(() => root.allocate(Layout.of(step.length * GRANULE, align)));
            const tail = free.at(-1)?.[1] === end / GRANULE ? free.at(-1)! : [end / GRANULE];
            if (ptr !== NULL) {
              expect(ptr % align).toBe(0);
              claim(ptr, step.length);
              live.push({ ptr, length: step.length, align });
            } else if (align <= GRANULE) {
              const room = free.some(([start, end]) => start + step.length <= end);
              const couldGrow = Math.max(tail[0]!, FIRST) + step.length <= (MOST_PAGES * PAGE) / GRANULE;
              expect(room || couldGrow, "there was room").toBe(false);
            }
          } else if ("pages" in step) {
            if (end + step.pages * PAGE > MOST_PAGES * PAGE) continue;
            if (step.do === "guest") wasm.grow(step.pages);
            else if (step.pages > 0) memory.grow(step.pages * PAGE);
            settle(end, memory.byteLength);
          } else if (live.length > 0) {
            const index = step.block % live.length;
            const block = live[index]!;
            const layout = Layout.of(block.length * GRANULE, block.align);
            if (step.do === "release") {
              root.deallocate(block.ptr, layout);
              live.splice(index, 1);
            } else {
              const to = Layout.of(step.length * GRANULE, block.align);
              if (!growing(() => root.resizeInPlace(block.ptr, layout, to))) continue;
              block.length = step.length;
              claim(block.ptr, step.length);
            }
          }
          const taken = live.flatMap(({ ptr, length }) => [...granulesOf([[ptr / GRANULE, ptr / GRANULE + length]])]);
          expect(new Set(taken).size, "blocks are disjoint").toBe(taken.length);
          const free = new Set(own);
          for (const granule of taken) free.delete(granule);
          expect(rangesOf(root)).toEqual({ admitted: rangesOfGranules(own), free: rangesOfGranules(free) });
        }

        for (const [start, end] of guests) {
          expect(Buffer.compare(memory.u8.subarray(start, end), new Uint8Array(end - start).fill(GUEST))).toBe(0);
        }
        for (const { ptr, length, align } of live) root.deallocate(ptr, Layout.of(length * GRANULE, align));
        for (const [start, end] of rangesOf(root).admitted) {
          expect(root.allocate(Layout.of((end - start) * GRANULE))).not.toBe(NULL);
        }
        expect(rangesOf(root).free).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });
});

describe("a root that grows its memory", () => {
  test("by blocks of 4 KiB loses only the first granule: a memory of 16 MiB has 4095 of them, and then one of all these bytes", () => {
    const root = pages(Memory.linear({ maximum: 16 * MiB }));
    const layout = Layout.of(GRANULE);
    const blocks: Ptr[] = [];
    for (let ptr = root.allocate(layout); ptr !== NULL; ptr = root.allocate(layout)) blocks.push(ptr);
    expect(blocks).toEqual(Array.from({ length: 4095 }, (_, index) => (1 + index) * GRANULE));
    for (const ptr of blocks) root.deallocate(ptr, layout);
    expect(root.allocate(Layout.of(4095 * GRANULE))).toBe(GRANULE);
  });

  test("to 16 MiB by blocks of 4 KiB does so fewer than 64 times", () => {
    const memory = Memory.linear({ maximum: 16 * MiB });
    const root = pages(memory);
    const lengths = new Set<number>();
    while (root.allocate(Layout.of(GRANULE)) !== NULL) lengths.add(memory.byteLength);
    expect(memory.byteLength).toBe(16 * MiB);
    expect(lengths.size).toBeLessThan(64);
  });

  test("grows it by no more than a request larger than an eighth", () => {
    const memory = Memory.linear({ initial: PAGE, maximum: MiB });
    pages(memory).allocate(Layout.of(PAGE));
    expect(memory.byteLength).toBe(2 * PAGE);
  });

  test("grows it for a block that ends with the memory", () => {
    const root = pages(Memory.linear({ initial: 2 * PAGE, maximum: 3 * PAGE }));
    const layout = Layout.of(PAGE);
    expect(root.resizeInPlace(root.allocate(layout) as Ptr, layout, Layout.of(2 * PAGE))).toBe(true);
  });

  test("hands out all up to the last 64 KiB of 4 GiB", () => {
    const root = pages(Memory.linear());
    expect(root.allocate(Layout.of(2 ** 32 - PAGE - GRANULE))).toBe(GRANULE);
  });

  test("grows a block in place up to the last 64 KiB of 4 GiB", () => {
    const root = pages(Memory.linear({ initial: 2 ** 32 - 2 * PAGE }));
    const layout = Layout.of(2 ** 32 - 3 * PAGE);
    const ptr = orThrow(root.allocate(layout), layout);
    expect(root.resizeInPlace(ptr, layout, Layout.of(2 ** 32 - PAGE - GRANULE))).toBe(true);
  });

  test("does not grow it for a block that would reach into the last 64 KiB of 4 GiB", () => {
    const memory = Memory.linear({ initial: 2 ** 32 - 2 * PAGE });
    const root = pages(memory);
    const layout = Layout.of(2 ** 32 - 3 * PAGE);
    const ptr = orThrow(root.allocate(layout), layout);
    expect(root.resizeInPlace(ptr, layout, Layout.of(2 ** 32 - PAGE - GRANULE + 1))).toBe(false);
    expect(memory.byteLength).toBe(2 ** 32 - 2 * PAGE);
  });

  test("uses the free tail if the memory cannot grow by the full size", () => {
    const root = pages(Memory.linear({ initial: 2 * PAGE, maximum: 3 * PAGE }));
    expect(root.allocate(Layout.of(3 * PAGE - granuleOf(root)))).toBe(granuleOf(root));
  });

  test("also uses the free tail after a block", () => {
    const root = pages(Memory.linear({ initial: 2 * PAGE, maximum: 3 * PAGE }));
    expect(root.allocate(Layout.of(GRANULE))).toBe(granuleOf(root));
    const rest = Layout.of(3 * PAGE - granuleOf(root) - GRANULE);
    expect(root.allocate(rest)).toBe(granuleOf(root) + GRANULE);
  });

  test("serves requests that just fit into 1 MiB, at every align up to 512 KiB", () => {
    for (let align = 1; align < MiB; align *= 2) {
      const root = pages(Memory.linear({ maximum: MiB }));
      const start = Math.max(align, granuleOf(root));
      expect(root.allocate(Layout.of(MiB - start, align)), `align ${align}`).toBe(start);
    }
  });

  test("serves requests that just fit into 1 MiB of a memory that starts empty, at every align up to 512 KiB", () => {
    for (let align = 1; align < MiB; align *= 2) {
      const root = pages(Memory.over(new WebAssembly.Memory({ initial: 0, maximum: 16 })));
      const start = Math.max(align, granuleOf(root));
      expect(root.allocate(Layout.of(MiB - start, align)), `align ${align}`).toBe(start);
    }
  });

  test("to 2 GiB and beyond returns unsigned addresses", () => {
    const root = pages(Memory.linear());
    const ballast = Layout.of(2 ** 31);
    orThrow(root.allocate(ballast), ballast);
    expect(root.allocate(Layout.of(GRANULE))).toBe(2 ** 31 + GRANULE);
  });

  test("keeps the length of the memory if the result is NULL, also at 4 GiB", () => {
    const memory = Memory.linear();
    const root = pages(memory);
    root.allocate(Layout.of(GRANULE));
    const before = memory.byteLength;
    expect(root.allocate(Layout.of(2 ** 32 - PAGE - GRANULE))).toBe(NULL);
    expect(memory.byteLength).toBe(before);
  });

  test("for a block at its end resizes the block in place", () => {
    const root = pages(Memory.linear({ maximum: MiB }));
    const small = Layout.of(GRANULE);
    const ptr = orThrow(root.allocate(small), small);
    expect(root.resizeInPlace(ptr, small, Layout.of(960 * 1024))).toBe(true);
    expect(root.owns((MiB - 1) as Ptr)).toBe(true);
  });

  test("neither grows nor admits anything if a block ends with the memory, or inside its granules", () => {
    const memory = Memory.linear({ initial: 2 * PAGE, maximum: MiB });
    const root = pages(memory);
    const small = Layout.of(GRANULE);
    const ptr = orThrow(root.allocate(small), small);
    const { admitted } = rangesOf(root);
    expect(root.resizeInPlace(ptr, small, Layout.of(1))).toBe(true);
    const rest = Layout.of(memory.byteLength - ptr);
    expect(root.resizeInPlace(ptr, Layout.of(1), rest)).toBe(true);
    expect(root.resizeInPlace(ptr, rest, rest)).toBe(true);
    expect([memory.byteLength, rangesOf(root).admitted, rangesOf(root).free]).toEqual([2 * PAGE, admitted, []]);
  });

  test("keeps the length of the memory if resizeInPlace returns false", () => {
    const memory = Memory.linear({ maximum: 16 * MiB });
    const root = pages(memory);
    const small = Layout.of(GRANULE);
    const ptr = orThrow(root.allocate(small), small);
    root.allocate(small);
    const before = memory.byteLength;
    expect(root.resizeInPlace(ptr, small, Layout.of(4 * MiB))).toBe(false);
    expect(memory.byteLength).toBe(before);
  });
});
