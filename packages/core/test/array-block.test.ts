import { deepStrictEqual } from "node:assert";
import { inspect } from "node:util";
import { Allocator, Layout, Memory, pages, setAllocErrorHook } from "@alloc/core";
import { takeAllocErrorHook } from "@alloc/core/compat";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FirstFit, plainHeap } from "./support/heaps.ts";
import { resizable } from "./support/resizable.ts";
import { thrownBy } from "./support/thrown.ts";
import { TYPES } from "./support/views.ts";

/** A first fit that supports reset. */
function arena(): { heap: FirstFit; allocator: Allocator; reset(): void } {
  const { heap, allocator } = plainHeap();
  const able = Allocator.from({
    memory: allocator.memory,
    allocate: (layout) => allocator.allocate(layout),
    deallocate: (ptr, layout) => allocator.deallocate(ptr, layout),
    reset: () => heap.live.clear(),
  });
  return { heap, allocator: able, reset: () => able.reset() };
}

function messageOf(call: () => unknown): string {
  const error = thrownBy(call) as Error & { code?: string };
  return `${error.name} ${error.code ?? ""}: ${error.message}`;
}

describe("array", () => {
  test("is zeroed in used memory, for each type and length", () => {
    fc.assert(
      fc.property(fc.constantFrom(...TYPES), fc.nat(200), (Type, length) => {
        const { allocator } = plainHeap();
        allocator.memory.u8.fill(0xff);
        expect(allocator.array<Uint8Array>(Type as never, length).view).toEqual(new Type(length));
      }),
    );
  });

  test("writes no byte outside its block", () => {
    fc.assert(
      fc.property(fc.constantFrom(...TYPES), fc.nat(200), (Type, length) => {
        const { allocator } = plainHeap();
        const { u8 } = allocator.memory;
        u8.fill(0xff);
        const { ptr, layout } = allocator.array<Uint8Array>(Type as never, length);
        if (layout.size > 0) u8.fill(0xff, ptr, ptr + layout.size);
        expect(u8.every((byte) => byte === 0xff)).toBe(true);
      }),
    );
  });

  test("takes a block of its layout, with the natural align of its elements", () => {
    for (const Type of TYPES) {
      const { heap, allocator } = plainHeap();
      const bytes = Type.BYTES_PER_ELEMENT;
      const { ptr, layout } = allocator.array<Uint8Array>(Type as never, 5);
      expect([...heap.live]).toEqual([[ptr, 5 * bytes]]);
      expect(layout).toEqual(Layout.of(5 * bytes, bytes));
    }
  });

  test("of no elements takes no block", () => {
    const { heap, allocator } = plainHeap();
    const none = allocator.array(Float64Array, 0);
    expect([none.view.length, none.ptr, heap.live.size]).toEqual([0, Layout.f64.dangling, 0]);
    none.dispose();
  });

  test("belongs to the allocator that made it", () => {
    const { heap, allocator } = plainHeap();
    const calls: string[] = [];
    const outer = Allocator.from({
      memory: allocator.memory,
      allocate(layout) {
        calls.push("allocate");
        return allocator.allocate(layout);
      },
      deallocate(ptr, layout) {
        calls.push("deallocate");
        allocator.deallocate(ptr, layout);
      },
    });
    outer.byRef().array(Uint16Array, 3).dispose();
    expect([calls, heap.live.size]).toEqual([["allocate", "deallocate"], 0]);
  });

  test("without room is an AllocError that names the array, after the hook ran", () => {
    const failed: Layout[] = [];
    setAllocErrorHook((layout) => failed.push(layout));
    const said = messageOf(() => plainHeap().allocator.array(Float32Array, 2 ** 20));
    takeAllocErrorHook();
    expect(said).toBe("AllocError no-room: memory allocation of 4194304 bytes failed for Float32Array(1048576)");
    expect(failed).toEqual([Layout.of(2 ** 22, 4)]);
  });

  test.each([
    [[100], "TypeError argument: array expects a typed array constructor, got 100: write array(Float32Array, 100)"],
    [
      [],
      "TypeError argument: array expects a typed array constructor, got undefined: write array(Float32Array, length)",
    ],
    [
      ["f32", 4],
      'TypeError argument: array expects a typed array constructor, got "f32": write array(Float32Array, length)',
    ],
    [
      [DataView, 4],
      "TypeError argument: array expects a typed array constructor, got a function: write array(Float32Array, length)",
    ],
    [
      [Uint8ClampedArray, 4],
      "TypeError argument: array expects a typed array constructor, got a function: write array(Float32Array, length)",
    ],
    [[Uint8Array], "LayoutError count: a count must be an integer from 0, got undefined"],
    [[Uint8Array, -1], "LayoutError count: a count must be an integer from 0, got -1"],
    [[Uint8Array, 10.5], "LayoutError count: a count must be an integer from 0, got 10.5"],
    [[Uint8Array, [1, 2]], "LayoutError count: a count must be an integer from 0, got an array"],
    [
      [Float64Array, 2 ** 29],
      "LayoutError size: a size must be an integer from 0 to 4294967288 at align 8, got 4294967296",
    ],
  ])("refuses the arguments %j, and takes no memory", (args, said) => {
    const { heap, allocator } = plainHeap();
    expect(messageOf(() => allocator.array(...(args as [never, never])))).toBe(said);
    expect(heap.live.size).toBe(0);
  });

  test.each([
    ["no bytes", Memory.virtual(65536)],
    ["hooks alone", Memory.virtual(65536, { copy() {}, fill() {} })],
  ])("refuses a memory with %s, and takes no memory", (_, memory) => {
    const { heap, allocator } = plainHeap(memory);
    expect(messageOf(() => allocator.array(Float32Array, 100))).toBe(
      "MisuseError no-bytes: array expects a memory with bytes, got a virtual one: allocate(Layout.of(400, 4)) returns an address in it",
    );
    expect(heap.live.size).toBe(0);
  });
});

describe("the view of an array", () => {
  test("is the same object while the memory stays", () => {
    const array = plainHeap().allocator.array(Float32Array, 3);
    expect(array.view).toBe(array.view);
  });

  test.each([
    ["a linear memory", () => Memory.linear({ maximum: 2 ** 20 })],
    ["a shared memory", () => Memory.linear({ maximum: 2 ** 20, shared: true })],
    ["a resizable buffer", () => Memory.over(resizable(ArrayBuffer, 65536, 2 ** 20))],
    ["a growable shared buffer", () => Memory.over(resizable(SharedArrayBuffer, 65536, 2 ** 20), { owner: true })],
  ])("holds the elements after %s has grown", (_, make) => {
    const memory = make();
    const root = pages(memory);
    const array = root.array(Float64Array, 3);
    array.view.set([1, 2, 3]);
    memory.grow(65536);
    array.view[1] = 5;
    expect([[...array.view], memory.f64[array.ptr / 8 + 1]]).toEqual([[1, 5, 3], 5]);
    expect(array.view.buffer).toBe(memory.u8.buffer);
  });

  test("after a transfer of the buffer is refused", () => {
    const buffer = new ArrayBuffer(65536);
    const array = pages(Memory.over(buffer)).array(Uint8Array, 3);
    structuredClone(buffer, { transfer: [buffer] });
    expect(messageOf(() => array.view)).toMatch(/^MisuseError detached/);
  });
});

describe("the end of an array", () => {
  test("gives its block back, once", () => {
    const { heap, allocator } = plainHeap();
    const array = allocator.array(Uint32Array, 3);
    array.dispose();
    expect(heap.live.size).toBe(0);
    allocator.allocate(Layout.u32); // its address is live again
    array.dispose();
    expect(heap.live.size).toBe(1);
  });

  test("is that of its block with `using`", () => {
    const { heap, allocator } = plainHeap();
    {
      using array = allocator.array(Uint32Array, 3);
      expect([...heap.live.keys()]).toEqual([array.ptr]);
    }
    expect(heap.live.size).toBe(0);
  });

  test("by dispose is named by a later use", () => {
    const array = plainHeap().allocator.array(Uint32Array, 3);
    array.dispose();
    expect(messageOf(() => array.view)).toBe(
      "MisuseError disposed: the block of Uint32Array(3) at 64 has ended: it was disposed",
    );
  });

  test.each([
    ["a reset", (it: ReturnType<typeof arena>) => it.reset()],
    ["the end", (it: ReturnType<typeof arena>) => it.allocator.dispose()],
  ])("by %s of its allocator is named by every later use", (_, end) => {
    const it = arena();
    const array = it.allocator.array(Uint32Array, 3);
    end(it);
    const said =
      "MisuseError disposed: the block of Uint32Array(3) at 64 has ended: its allocator was reset or disposed; dispose the array first";
    expect([messageOf(() => array.view), messageOf(() => array.view)]).toEqual([said, said]);
  });

  test("by a reset is reported by dispose, once, and releases no other block", () => {
    const { heap, allocator, reset } = arena();
    const array = allocator.array(Uint32Array, 3);
    reset();
    allocator.allocate(array.layout);
    expect(messageOf(() => array.dispose())).toMatch(/^MisuseError disposed: .* its allocator was reset/);
    array.dispose();
    expect([...heap.live]).toEqual([[array.ptr, 12]]);
  });

  test("by a reset is reported by dispose, once, also if its view was read before", () => {
    const { allocator, reset } = arena();
    const array = allocator.array(Uint32Array, 3);
    reset();
    expect(messageOf(() => array.view)).toMatch(/its allocator was reset/);
    expect(messageOf(() => array.dispose())).toMatch(/^MisuseError disposed: .* its allocator was reset/);
    expect(thrownBy(() => array.dispose())).toBeUndefined();
  });

  test("by dispose is final even if its allocator refuses the release", () => {
    const { heap, allocator } = plainHeap();
    const array = allocator.array(Uint32Array, 3);
    heap.live.clear();
    expect(messageOf(() => array.dispose())).toMatch(/^MisuseError double-free/);
    expect(messageOf(() => array.view)).toMatch(/it was disposed$/);
    expect(thrownBy(() => array.dispose())).toBeUndefined();
  });
});

describe("an array of a million elements", () => {
  const root = pages(Memory.over(new ArrayBuffer(2 ** 24)));
  const array = root.array(Float64Array, 2 ** 20);
  array.view.fill(0.5);

  test("is a line as text", () => {
    expect(`${array}`).toBe(`Float64Array(1048576) at ${array.ptr}`);
  });

  test("prints its first elements in a console", () => {
    const text = inspect(array);
    expect(text).toMatch(/^Float64Array\(1048576\) \[\s+0\.5,/);
    expect(text.length).toBeLessThan(2000);
  });

  test("is its address and layout in JSON, in a clone and in a spread", () => {
    const data = { ptr: array.ptr, length: 2 ** 20, layout: { size: 2 ** 23, align: 8 } };
    expect(JSON.parse(JSON.stringify(array))).toEqual(data);
    expect(structuredClone(array)).toEqual(data);
    expect({ ...array }).toEqual(data);
  });

  test("is compared by its address and layout", () => {
    const [one, other] = [plainHeap(), plainHeap()].map(({ allocator }) => allocator.array(Uint8Array, 3));
    one!.view[0] = 1;
    deepStrictEqual(one, other);
    expect(one).toEqual(other);
    expect(one).not.toEqual(array);
  });

  test("prints its end", () => {
    const ended = plainHeap().allocator.array(Uint8Array, 3);
    ended.dispose();
    expect(inspect(ended)).toBe("Uint8Array(3) at 64 (ended)");
  });
});

test("an array of 64-bit integers becomes JSON too", () => {
  expect(JSON.stringify(plainHeap().allocator.array(BigInt64Array, 1))).toBe(
    '{"ptr":64,"length":1,"layout":{"size":8,"align":8}}',
  );
});

test("an array of another realm's type has that type", () => {
  class Foreign extends Float32Array {}
  Object.defineProperty(Foreign, "name", { value: "Float32Array" });
  const { view } = plainHeap().allocator.array(Foreign, 2);
  expect(view).toBeInstanceOf(Foreign);
});
