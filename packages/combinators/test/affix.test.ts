import { affix } from "@alloc/combinators";
import { Allocator, can, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { scoped } from "@alloc/scoped";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const memory = Memory.linear({ maximum: 8 * 2 ** 20 });
const parent = pages(memory);
const take = (allocator: Allocator, asked: Layout) => orThrow(allocator.allocate(asked), asked);
const bytesAt = (ptr: Ptr, bytes: number) => [...memory.view(Uint8Array, ptr, bytes)];
const fullOf = (byte: number, bytes: number) => Array(bytes).fill(byte);

const layout = fc.tuple(fc.nat(40), fc.integer({ min: 0, max: 6 })).map(([size, power]) => Layout.of(size, 2 ** power));
const block = fc.tuple(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 0, max: 8 }));

describe("the position of the affixes", () => {
  test("the prefix lies before the block and the suffix at the end of its usable bytes, each aligned, for every fitting layout", () => {
    fc.assert(
      fc.property(layout, layout, block, fc.nat(), (prefix, suffix, [size, power], fit) => {
        const heap = affix(system({ parent }), { prefix, suffix });
        const asked = Layout.of(size, 2 ** power);
        const ptr = take(heap, asked);
        const usable = heap.usableSize(asked);
        const fitting = Layout.of(size + (fit % (usable - size + 1)), asked.align);
        const before = heap.prefixAt(ptr);
        const behind = heap.suffixAt(ptr, fitting);
        expect([ptr % asked.align, before % prefix.align, behind % suffix.align]).toEqual([0, 0, 0]);
        expect([before + prefix.size <= ptr, behind]).toEqual([true, ptr + usable]);
        const start =
          ptr -
          Math.ceil(prefix.size / Math.max(asked.align, prefix.align, suffix.align)) *
            Math.max(asked.align, prefix.align, suffix.align);
        expect(behind + suffix.size).toBeLessThanOrEqual(start + heap.inner.sizeAt(start as Ptr));
        heap.deallocate(ptr, fitting);
        heap.dispose();
      }),
    );
  });

  test("an affix left out takes no bytes", () => {
    const heap = affix(system({ parent }), {});
    const ptr = take(heap, Layout.of(64));
    expect([heap.inner.sizeAt(ptr), heap.prefixAt(ptr), heap.suffixAt(ptr, Layout.of(64))]).toEqual([
      64,
      ptr,
      ptr + 64,
    ]);
  });

  test("a struct keeps its offsets", () => {
    const heap = affix(system({ parent }), { suffix: Layout.struct({ a: Layout.of(1, 1), b: Layout.of(8) }) });
    expect(heap.suffix.offsets.b).toBe(8);
  });
});

describe("in any program", () => {
  const children: Record<string, () => Allocator> = {
    "a heap": () => system({ parent }),
    "a region, where blocks move": () => scoped(20_000, { parent }),
    "an allocator that cannot resize in place": () => {
      const inner = system({ parent });
      const { allocate, deallocate, usableSize } = inner;
      return Allocator.from({
        memory,
        allocate: allocate.bind(inner),
        deallocate: deallocate.bind(inner),
        usableSize: usableSize.bind(inner),
      });
    },
    "an allocator that overwrites bytes given up in place": () => {
      const inner = system({ parent });
      return Allocator.from({
        memory,
        allocate: inner.allocate.bind(inner),
        deallocate: inner.deallocate.bind(inner),
        usableSize: inner.usableSize.bind(inner),
        resizeInPlace: (ptr: Ptr, from: Layout, to: Layout) => {
          const done = inner.resizeInPlace(ptr, from, to);
          const kept = inner.usableSize(to);
          if (done && kept < from.size) memory.fill((ptr + kept) as Ptr, from.size - kept, 0xdd);
          return done;
        },
      });
    },
  };

  test.each(Object.entries(children))("prefix, bytes and suffix are kept in %s", (_, child) => {
    const step = fc.record({
      what: fc.constantFrom("allocate", "grow", "shrink", "resizeInPlace", "deallocate"),
      size: fc.integer({ min: 1, max: 3000 }),
      power: fc.option(fc.integer({ min: 0, max: 7 }), { freq: 2 }),
      block: fc.nat(),
    });
    fc.assert(
      fc.property(layout, layout, fc.array(step, { maxLength: 40 }), (prefix, suffix, steps) => {
        const heap = affix(child(), { prefix, suffix });
        const live: { ptr: Ptr; layout: Layout; byte: number }[] = [];
        let byte = 1;
        const write = (ptr: Ptr, layout: Layout) => {
          byte = (byte % 200) + 1;
          memory.fill(ptr, layout.size, byte);
          memory.fill(heap.prefixAt(ptr), prefix.size, byte);
          memory.fill(heap.suffixAt(ptr, layout), suffix.size, byte);
          return { ptr, layout, byte };
        };
        const expectKept = ({ ptr, layout, byte }: (typeof live)[number], bytes = layout.size) => {
          expect(bytesAt(ptr, bytes)).toEqual(fullOf(byte, bytes));
          expect(bytesAt(heap.prefixAt(ptr), prefix.size)).toEqual(fullOf(byte, prefix.size));
          expect(bytesAt(heap.suffixAt(ptr, layout), suffix.size)).toEqual(fullOf(byte, suffix.size));
        };
        for (const { what, size, power, block } of steps) {
          const old = live[block % Math.max(live.length, 1)];
          if (what === "allocate") {
            const asked = Layout.of(size, 2 ** (power ?? 3));
            const ptr = heap.allocate(asked);
            if (ptr !== NULL) live.push(write(ptr, asked));
          } else if (old !== undefined) {
            live.splice(live.indexOf(old), 1);
            expectKept(old);
            const align = power === null ? old.layout.align : 2 ** power;
            const bytes = what === "shrink" ? 1 + (size % old.layout.size) : old.layout.size + size;
            const to = Layout.of(
              what === "resizeInPlace" ? size : bytes,
              what === "resizeInPlace" ? old.layout.align : align,
            );
            if (what === "deallocate") heap.deallocate(old.ptr, old.layout);
            else {
              const can = "resizeInPlace" in heap && typeof heap.resizeInPlace === "function";
              const inPlace = can ? (heap.resizeInPlace as (...args: unknown[]) => boolean) : () => false;
              const ptr =
                what === "resizeInPlace"
                  ? inPlace.call(heap, old.ptr, old.layout, to) && old.ptr
                  : heap[what](old.ptr, old.layout, to);
              const next = ptr ? { ptr, layout: to, byte: old.byte } : old;
              expectKept(next, Math.min(old.layout.size, next.layout.size));
              live.push(write(next.ptr, next.layout));
            }
          }
        }
        for (const one of live) expectKept(one);
        heap.dispose();
      }),
      { numRuns: 60 },
    );
  });
});

test("a resize in place that the child refuses leaves the bytes and the suffix", () => {
  const heap = affix(freeList(64, { blocks: 2, parent }), { suffix: Layout.of(8) });
  const ptr = take(heap, Layout.of(20));
  memory.fill(ptr, 64, 7);
  expect(heap.resizeInPlace(ptr, Layout.of(20), Layout.of(57))).toBe(false);
  expect([bytesAt(ptr, 64), heap.suffixAt(ptr, Layout.of(20))]).toEqual([fullOf(7, 64), ptr + 56]);
});

test("a block requested zeroed has zeroed affixes, and growZeroed leaves the suffix", () => {
  const heap = affix(freeList(256, { blocks: 1, parent }), { prefix: Layout.of(8), suffix: Layout.of(8) });
  memory.fill((take(heap, Layout.of(10)) - 8) as Ptr, 256, 9);
  heap.reset();
  const asked = Layout.of(10);
  const ptr = orThrow(heap.allocateZeroed(asked), asked);
  expect(bytesAt(heap.prefixAt(ptr), 256)).toEqual(fullOf(0, 256));
  memory.fill(heap.suffixAt(ptr, asked), 8, 3);
  expect(heap.growZeroed(ptr, asked, Layout.of(200))).toBe(ptr);
  expect(bytesAt(heap.suffixAt(ptr, Layout.of(200)), 8)).toEqual(fullOf(3, 8));
});

describe("in a memory whose bytes cannot be read", () => {
  const [from, longer, shorter] = [Layout.of(100), Layout.of(5000), Layout.of(20)];
  const affixes = { prefix: Layout.of(8), suffix: Layout.of(8) };

  test("a block with a suffix that would have to move throws no-bytes, and stays", () => {
    const virtual = pages(Memory.virtual(2 ** 24));
    const heap = affix(system({ parent: virtual }), affixes);
    const ptr = take(heap, from);
    for (const call of [() => heap.grow(ptr, from, longer), () => heap.shrink(ptr, from, shorter)]) {
      expect(codeThrown(call)).toBe("no-bytes");
    }
    expect(heap.resizeInPlace(ptr, from, shorter)).toBe(false);
    heap.deallocate(ptr, from);
    heap.trim();
    expect(heap.footprint().held).toBe(0);
  });

  test("whose bytes can be copied, prefix, bytes and suffix are copied", () => {
    const copies: number[][] = [];
    const hooks = { copy: (to: number, at: number, bytes: number) => copies.push([to, at, bytes]), fill: () => {} };
    const heap = affix(
      system({ parent: pages(Memory.virtual(2 ** 24, { ...hooks, copy: (...args) => void hooks.copy(...args) })) }),
      affixes,
    );
    const ptr = take(heap, from);
    const suffix = heap.suffixAt(ptr, from);
    const next = orThrow(heap.grow(ptr, from, longer), longer);
    expect(copies).toEqual([
      [next, ptr, 100],
      [next - 8, ptr - 8, 8],
      [heap.suffixAt(next, longer), suffix, 8],
    ]);
  });
});

test("a dead block whose memory is reused by its own move is detected", () => {
  const heap = affix(freeList(512, { blocks: 1, parent }), { prefix: Layout.of(8) });
  const asked = Layout.of(100, 8);
  const ptr = take(heap, asked);
  heap.deallocate(ptr, asked);
  expect(codeThrown(() => heap.grow(ptr, asked, Layout.of(200, 4)))).toBe("double-free");
  expect(heap.allocate(asked)).toBe(ptr);
});

test("a layout whose block would not end below 4 GiB returns NULL", () => {
  const heap = affix(system({ parent }), { prefix: Layout.of(64) });
  const most = Layout.of(2 ** 32 - 8);
  expect([heap.usableSize(most), heap.allocate(most), heap.allocateZeroed(most)]).toEqual([0, NULL, NULL]);
});

test("it supports the capabilities of its child except sizeAt", () => {
  const powers = ["owns", "reset", "resizeInPlace", "defer", "sizeAt", "check", "trim"] as const;
  const of = (allocator: Allocator) => powers.filter((power) => can<Allocator, typeof power>(allocator, power));
  for (const child of [system({ parent }), scoped(100, { parent }), pages(memory).byRef()]) {
    expect(of(affix(child, {}))).toEqual(of(child).filter((power) => power !== "sizeAt"));
  }
});

test("describe names both layouts", () => {
  const { nodes, root } = affix(system({ parent }), { prefix: Layout.of(12, 4) }).describe();
  const options = { prefix: { size: 12, align: 4 }, suffix: { size: 0, align: 1 } };
  expect(nodes[root]).toMatchObject({ kind: "affix", options });
});
