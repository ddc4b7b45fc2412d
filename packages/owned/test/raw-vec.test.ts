import { Memory, pages } from "@alloc/core";
import { system } from "@alloc/global";
import { f64, RawVec, struct, u8, u16 } from "@alloc/owned";
import { sweepFailures } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { counted, held, root, thrown } from "./support.ts";

const heap = system({ parent: root() });

describe("a RawVec", () => {
  test("has no block at capacity 0, but an aligned address", () => {
    const parent = root();
    using buffer = RawVec.new(f64, parent);
    expect([buffer.capacity, buffer.ptr % 8, buffer.ptr === 0 || held(parent) > 0]).toEqual([0, 0, false]);
  });

  test("has the requested room, zeroed if requested", () => {
    const parent = root();
    const dirty = RawVec.withCapacity(u8, 4096, parent);
    parent.memory.fill(dirty.ptr, 4096, 1);
    dirty.dispose();
    using buffer = RawVec.withCapacityZeroed(u16, 100, parent);
    expect(buffer.capacity).toBe(100);
    expect(parent.memory.view(Uint16Array, buffer.ptr, 100).every((it) => it === 0)).toBe(true);
  });

  test.each([
    ["of 1 byte", u8, 8],
    ["of 8 bytes", f64, 4],
    ["of more than 1024 bytes", struct(Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`f${i}`, f64]))), 1],
  ])("of elements %s starts with a few, and doubles", (_what, type, capacity) => {
    using buffer = RawVec.new(type as typeof f64, heap);
    buffer.reserve(0, 1);
    expect(buffer.capacity).toBe(capacity);
    buffer.reserve(capacity, 1);
    expect(buffer.capacity).toBe(2 * capacity);
  });

  test("reserves nothing if there is room, and exactly the needed room by reserveExact", () => {
    using buffer = RawVec.withCapacity(f64, 10, heap);
    buffer.reserve(5, 5);
    expect(buffer.capacity).toBe(10);
    buffer.reserveExact(10, 1);
    expect(buffer.capacity).toBe(11);
  });

  test("keeps its bytes when it grows and when it shrinks", () => {
    using buffer = RawVec.withCapacity(f64, 4, heap);
    const view = () => heap.memory.view(Float64Array, buffer.ptr, 4);
    view().set([1, 2, 3, 4]);
    buffer.reserve(4, 1000);
    buffer.shrinkToFit(4);
    expect([[...view()], buffer.capacity]).toEqual([[1, 2, 3, 4], 4]);
  });

  test("grows in place if the allocator can", () => {
    using buffer = RawVec.withCapacity(u8, 4096, root());
    const before = buffer.ptr;
    buffer.reserve(4096, 1);
    expect([buffer.ptr === before, buffer.capacity]).toEqual([true, 8192]);
  });

  test("cannot shrink to more than it has", () => {
    using buffer = RawVec.withCapacity(f64, 4, heap);
    expect(thrown(() => buffer.shrinkToFit(5))).toBe("LayoutError: count");
  });

  test("of elements without size has room for any number", () => {
    using buffer = RawVec.new(struct({}), heap);
    buffer.reserve(2 ** 40, 1);
    expect(buffer.capacity).toBe(Infinity);
  });

  test("never drops an element", () => {
    const { Counted, dropped } = counted();
    RawVec.withCapacityZeroed(Counted, 4, heap).dispose();
    expect(dropped).toEqual([]);
  });

  test.each([
    [-1, 2],
    [2, -1],
    [NaN, 1],
    [0.5, 0.5],
    [1, Infinity],
    [2 ** 29, 1],
  ])("refuses %d elements and %d more", (length, additional) => {
    using buffer = RawVec.withCapacity(f64, 1, heap);
    for (const call of ["reserve", "reserveExact", "tryReserve"] as const) {
      expect(thrown(() => buffer[call](length, additional))).toMatch(/^LayoutError/);
    }
    expect(buffer.capacity).toBe(1);
  });

  test("returns false or throws if there is no room, and stays unchanged", () => {
    const parent = pages(Memory.linear({ maximum: 2 ** 17 }));
    using buffer = RawVec.withCapacity(f64, 10, parent);
    expect(buffer.tryReserve(10, 2 ** 20)).toBe(false);
    expect(thrown(() => buffer.reserve(10, 2 ** 20))).toBe("AllocError: no-room");
    expect([buffer.capacity, buffer.tryReserve(10, 1), buffer.capacity]).toEqual([10, true, 20]);
  });

  test("takes the needed room if there is no room for twice as much", () => {
    const parent = pages(Memory.linear({ maximum: 4 * 65536 }));
    using buffer = RawVec.withCapacity(u8, 2 * 65536, parent);
    buffer.reserve(2 * 65536, 1);
    expect(buffer.capacity).toBe(2 * 65536 + 1);
  });

  test("throws on every use after it was disposed of", () => {
    const buffer = RawVec.withCapacity(f64, 4, heap);
    buffer.dispose();
    buffer.dispose();
    for (const use of [
      () => buffer.ptr,
      () => buffer.reserve(0, 1),
      () => buffer.tryReserve(0, 1),
      () => buffer.shrinkToFit(0),
    ]) {
      expect(thrown(use)).toBe("MisuseError: disposed");
    }
  });

  test("every failing allocation leaves it unchanged, and leaks nothing", async () => {
    const report = await sweepFailures(
      (allocator) => {
        using buffer = RawVec.withCapacityZeroed(f64, 2, allocator);
        const grow = (call: () => void) => {
          const { capacity, ptr } = buffer;
          try {
            call();
          } catch (error) {
            expect([buffer.capacity, buffer.ptr]).toEqual([capacity, ptr]);
            throw error;
          }
        };
        grow(() => buffer.reserve(2, 1));
        grow(() => buffer.reserveExact(4, 100));
        grow(() => buffer.shrinkToFit(1));
      },
      { recovers: true },
    );
    expect(report.ok, `${report}`).toBe(true);
  });

  test("any sequence of reserves and shrinks keeps the elements that a list keeps, and has the promised capacity", () => {
    const step = fc.tuple(fc.constantFrom("reserve", "reserveExact", "tryReserve", "shrinkToFit", "push"), fc.nat(40));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const parent = system({ parent: root() });
        const buffer = RawVec.new(u16, parent);
        const list: number[] = [];
        for (const [call, count] of steps) {
          const { capacity } = buffer;
          if (call === "shrinkToFit") {
            buffer.shrinkToFit(list.length);
            expect(buffer.capacity).toBe(list.length);
          } else if (call === "push") {
            buffer.reserve(list.length, 1);
            parent.memory.u16[buffer.ptr / 2 + list.length] = count;
            list.push(count);
          } else {
            buffer[call](list.length, count);
            const enough = Math.max(capacity, list.length + count);
            if (call === "reserveExact") expect(buffer.capacity).toBe(enough);
            else expect([enough, 4, 2 * capacity]).toContain(buffer.capacity);
          }
          expect([...parent.memory.view(Uint16Array, buffer.ptr, list.length)]).toEqual(list);
        }
        buffer.dispose();
        parent.trim();
        expect(held(parent)).toBe(0);
      }),
    );
  });
});
