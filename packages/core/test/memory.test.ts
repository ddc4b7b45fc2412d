import { ArgumentError, Layout, Memory, type Ptr } from "@alloc/core";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ALIGNS, addresses } from "./support/arbitraries.ts";
import { TYPES } from "./support/views.ts";

const PAGE = 65536;
const OUT_OF_BOUNDS = expect.objectContaining({ name: "MisuseError", code: "out-of-bounds" });
const wasmOf = (pages: number) => new WebAssembly.Memory({ initial: pages });

describe("Memory.linear", () => {
  test("rounds initial and maximum up to 64 KiB", () => {
    const memory = Memory.linear({ initial: PAGE + 1, maximum: 2 * PAGE + 1 });
    expect([memory.byteLength, memory.maximum]).toEqual([2 * PAGE, 3 * PAGE]);
  });

  test("has 64 MiB, and 4 GiB as its maximum, by default", () => {
    const memory = Memory.linear();
    expect([memory.byteLength, memory.maximum, memory.shared]).toEqual([2 ** 26, 2 ** 32, false]);
  });

  test("has 64 KiB if only the maximum is given", () => {
    expect(Memory.linear({ maximum: 3 * PAGE }).byteLength).toBe(PAGE);
  });

  test("makes all of its bytes usable", () => {
    const memory = Memory.linear({ initial: 3 * PAGE });
    expect([memory.from, memory.to]).toEqual([0, 3 * PAGE]);
  });

  test.each([
    { initial: 0 },
    { initial: 0.5 },
    { initial: -1 },
    { initial: NaN },
    { initial: 2 * PAGE, maximum: PAGE },
    { maximum: 0 },
    { maximum: 2 ** 32 + 1 },
    { maximum: Infinity },
  ])("refuses $initial initial and $maximum maximum bytes", (options) => {
    expect(() => Memory.linear(options)).toThrow(ArgumentError);
  });
});

describe("Memory.over", () => {
  test.each([
    ["an ArrayBuffer", new ArrayBuffer(1000), false],
    ["a SharedArrayBuffer", new SharedArrayBuffer(1000), true],
  ])("makes all bytes of %s usable, which is also its maximum", (_, buffer, shared) => {
    const memory = Memory.over(buffer);
    expect([memory.from, memory.to, memory.maximum, memory.byteLength]).toEqual([0, 1000, 1000, 1000]);
    expect([memory.shared, memory.hasBytes, memory.canCopy]).toEqual([shared, true, true]);
  });

  test("hands out nothing of a Wasm memory by default", () => {
    const memory = Memory.over(wasmOf(4));
    expect(memory.to - memory.from).toBe(0);
    expect(memory.byteLength).toBe(4 * PAGE);
  });

  test("makes a Wasm memory usable from a given byte up to its current end", () => {
    const memory = Memory.over(wasmOf(4), { from: 100_000 });
    expect([memory.from, memory.to]).toEqual([100_000, 4 * PAGE]);
  });

  test("is shared only over a shared Wasm memory", () => {
    expect(Memory.over(new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true })).shared).toBe(true);
    expect(Memory.over(wasmOf(1)).shared).toBe(false);
  });

  test("accepts exactly the ranges inside the target", () => {
    const bound = fc.oneof(fc.integer({ min: -2, max: 1002 }), fc.constantFrom(0.5, NaN, 1000, 2 ** 32));
    fc.assert(
      fc.property(bound, bound, fc.boolean(), (from, to, isShared) => {
        const make = () => Memory.over(isShared ? new SharedArrayBuffer(1000) : new ArrayBuffer(1000), { from, to });
        const fits = [from, to].every(Number.isInteger) && 0 <= from && from <= to && to <= 1000;
        if (fits) expect(make()).toMatchObject({ from, to });
        else expect(make).toThrow(ArgumentError);
      }),
    );
  });

  test("two wrappers of one target have the same target", () => {
    const wasm = wasmOf(1);
    expect(Memory.over(wasm).beneath).toBe(Memory.over(wasm, { from: 0 }).beneath);
    expect(Memory.over(wasmOf(1)).beneath).not.toBe(Memory.over(wasm).beneath);
    expect(Memory.virtual(64).beneath).not.toBe(Memory.virtual(64).beneath);
  });
});

describe("Memory.virtual", () => {
  test("has addresses up to 4 GiB and no bytes", () => {
    const memory = Memory.virtual(2 ** 32);
    expect([memory.byteLength, memory.maximum, memory.to]).toEqual([2 ** 32, 2 ** 32, 2 ** 32]);
    expect([memory.hasBytes, memory.canCopy, memory.shared]).toEqual([false, false, false]);
  });

  test.each([0, -1, 0.5, NaN, 2 ** 32 + 1])("refuses a length of %d bytes", (bytes) => {
    expect(() => Memory.virtual(bytes)).toThrow(ArgumentError);
  });
});

describe("an engine without SharedArrayBuffer", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  test("has memories that are not shared", () => {
    vi.stubGlobal("SharedArrayBuffer", undefined);
    expect([Memory.linear(), Memory.over(new ArrayBuffer(64))].map(({ shared }) => shared)).toEqual([false, false]);
  });
});

describe("toPtr", () => {
  test("reads a negative i32 as the unsigned address of the same bits, for every address but 0", () => {
    const memory = Memory.virtual(2 ** 32);
    fc.assert(
      fc.property(addresses, (n) => {
        fc.pre(n !== 0 && n !== 2 ** 32);
        expect(memory.toPtr(n | 0)).toBe(n);
        expect(memory.toPtr(n)).toBe(n);
      }),
    );
  });

  test("turns -1 into 2 ** 32 - 1 and -2 ** 31 into 2 ** 31", () => {
    const memory = Memory.virtual(2 ** 32);
    expect([memory.toPtr(-1), memory.toPtr(-(2 ** 31))]).toEqual([2 ** 32 - 1, 2 ** 31]);
  });

  test.each([0, -0, 0.5, NaN, 1000, -1, 2 ** 32, 2 ** 32 + 8, -(2 ** 31) - 1, Infinity])(
    "refuses %s in a memory of 1000 bytes",
    (n) => {
      expect(() => Memory.over(new ArrayBuffer(1000)).toPtr(n)).toThrow(OUT_OF_BOUNDS);
    },
  );

  test("accepts the last byte of a memory", () => {
    expect(Memory.over(new ArrayBuffer(1000)).toPtr(999)).toBe(999);
  });
});

describe("at", () => {
  test("steps to any address up to the end of the memory, and refuses every other step", () => {
    const memory = Memory.virtual(2 ** 32);
    fc.assert(
      fc.property(addresses, addresses, fc.boolean(), (ptr, offset, back) => {
        const to = back ? ptr - offset : ptr + offset;
        if (to >= 0 && to <= 2 ** 32) expect(memory.at(ptr as Ptr, to - ptr)).toBe(to);
        else expect(() => memory.at(ptr as Ptr, to - ptr)).toThrow(OUT_OF_BOUNDS);
      }),
    );
  });

  test("reaches the end, which is 2 ** 32 in a memory of 4 GiB, and no byte beyond it", () => {
    const memory = Memory.virtual(2 ** 32);
    expect(memory.at((2 ** 32 - 8) as Ptr, 8)).toBe(2 ** 32);
    expect(() => memory.at((2 ** 32 - 8) as Ptr, 9)).toThrow(OUT_OF_BOUNDS);
  });

  test("refuses a step of half a byte", () => {
    expect(() => Memory.virtual(64).at(8 as Ptr, 0.5)).toThrow(OUT_OF_BOUNDS);
  });
});

describe("words", () => {
  const unshared = Memory.linear();
  const shared = Memory.linear({ maximum: PAGE, shared: true });

  test("are of the requested type, all 0, and shared if and only if the memory is", () => {
    for (const Type of TYPES) {
      for (const memory of [unshared, shared]) {
        const words = memory.words(Type as unknown as typeof Uint8Array, 5);
        expect(words).toBeInstanceOf(Type);
        expect([...words].map(Number)).toEqual([0, 0, 0, 0, 0]);
        expect(words.buffer instanceof SharedArrayBuffer).toBe(memory.shared);
      }
    }
  });

  test("have the current length if unshared, and the maximum from the start if shared", () => {
    expect(unshared.words(Int32Array, 5, 100).length).toBe(5);
    expect(shared.words(Int32Array, 5, 100).length).toBe(100);
    expect(shared.words(Int32Array, 5).length).toBe(5);
  });

  test("of a memory without bytes are unshared", () => {
    expect(Memory.virtual(64).words(Int32Array, 5).buffer).toBeInstanceOf(ArrayBuffer);
  });

  test("widened keep their contents, are long enough, and at least double", () => {
    fc.assert(
      fc.property(fc.int32Array({ maxLength: 40 }), fc.nat(100), (values, length) => {
        const words = unshared.words(Int32Array, values.length);
        words.set(values);
        const wide = unshared.widen(words, length);
        if (length <= values.length) expect(wide).toBe(words);
        else expect(wide.length).toBe(Math.max(length, 2 * values.length));
        expect([...wide]).toEqual([...values, ...Array(wide.length - values.length).fill(0)]);
      }),
    );
  });
});

test("the dangling address of any layout can be viewed with 0 elements, and text of no bytes written and read there", () => {
  const memory = Memory.over(new ArrayBuffer(1000));
  for (const align of ALIGNS) {
    const { dangling } = Layout.of(0, align);
    for (const Type of TYPES.filter(({ BYTES_PER_ELEMENT }) => BYTES_PER_ELEMENT <= align)) {
      expect(memory.view(Type as unknown as typeof Uint8Array, dangling, 0).length).toBe(0);
    }
    expect([memory.encode("", dangling, 0), memory.encode("a", dangling, 0), memory.decode(dangling, 0)]).toEqual([
      0,
      -1,
      "",
    ]);
  }
});
