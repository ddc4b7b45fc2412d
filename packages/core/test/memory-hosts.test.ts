// @module-tag alone
import { Layout, Memory, NULL, orThrow, pages } from "@alloc/core";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type Resizable, resizable } from "./support/resizable.ts";
import { thrownBy } from "./support/thrown.ts";

const PAGE = 65536;
const real = WebAssembly.Memory;

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Limits the addresses of the host to a number of bytes. Returns the requests, in pages. */
function stubAddresses(most: number, error: () => Error = () => new RangeError("could not allocate memory")) {
  const asked: { initial: number; maximum: number }[] = [];
  class Memory extends real {
    constructor(options: WebAssembly.MemoryDescriptor) {
      asked.push({ initial: options.initial, maximum: options.maximum! });
      if (options.maximum! * PAGE > most) throw error();
      super(options);
    }
  }
  vi.stubGlobal("WebAssembly", { ...WebAssembly, Memory });
  return asked;
}

describe("a host with few addresses", () => {
  test.each([2 ** 31, 2 ** 30, 2 ** 27, 2 ** 26, 2 ** 25, PAGE])(
    "with %d bytes of them: a default memory takes these",
    (most) => {
      stubAddresses(most);
      const memory = Memory.linear();
      expect([memory.maximum, memory.byteLength]).toEqual([most, Math.min(most, 2 ** 26)]);
      expect(pages(memory).allocate(Layout.of(64))).not.toBe(NULL);
    },
  );

  test("is asked for half as much each time, down to 64 KiB", () => {
    const asked = stubAddresses(0);
    expect(() => Memory.linear()).toThrow(RangeError);
    expect(asked.map(({ maximum }) => maximum)).toEqual(Array.from({ length: 17 }, (_, log) => 65536 / 2 ** log));
  });

  test("is asked once for a maximum given by the caller, and never for less than a given initial size", () => {
    const asked = stubAddresses(2 ** 20);
    expect(() => Memory.linear({ maximum: 2 ** 24 })).toThrow(RangeError);
    expect(asked.length).toBe(1);
    expect(() => Memory.linear({ initial: 2 ** 21 })).toThrow(RangeError);
    expect(asked.at(-1)).toEqual({ initial: 32, maximum: 32 });
  });

  test("without addresses names the bytes wanted, the right call, and the engine's own error as the cause", () => {
    const cause = new RangeError("could not allocate memory");
    stubAddresses(0, () => cause);
    const error = thrownBy(() => Memory.linear({ maximum: 2 ** 24 })) as Error;
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe(
      "the host has no addresses left for a memory of 16777216 bytes: ask for less with Memory.linear({ maximum }), or use Memory.over(new ArrayBuffer(bytes))",
    );
    expect(error.cause).toBe(cause);
  });

  test("for the words of a shared memory names their bytes, the maximum, and the cause", () => {
    const memory = Memory.linear({ shared: true, maximum: 2 ** 20, words: 100_000 });
    const cause = new RangeError("Array buffer allocation failed");
    vi.stubGlobal(
      "SharedArrayBuffer",
      class {
        constructor() {
          throw cause;
        }
      },
    );
    const error = thrownBy(() => memory.words(Int32Array, 1, 1000)) as Error;
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe(
      "the host has no addresses left for 131072 bytes of bookkeeping of a shared memory of at most 1048576 bytes: make it with a smaller maximum",
    );
    expect(error.cause).toBe(cause);
  });

  test("that refuses for another reason is not asked again, and its error is thrown", () => {
    const cause = new TypeError("not so");
    const asked = stubAddresses(0, () => cause);
    expect(thrownBy(() => Memory.linear())).toBe(cause);
    expect(asked.length).toBe(1);
  });

  test("without WebAssembly is named", () => {
    vi.stubGlobal("WebAssembly", undefined);
    Reflect.deleteProperty(globalThis, "WebAssembly");
    expect(() => Memory.linear()).toThrow(
      new RangeError("the host has no WebAssembly: use Memory.over(new ArrayBuffer(bytes))"),
    );
  });

  test("leaves the default memory unmade, to be tried again", async () => {
    vi.resetModules();
    const home = Symbol.for("@alloc/core:2");
    const before = Reflect.get(globalThis, home);
    Reflect.set(globalThis, home, undefined);
    const copy = await import("@alloc/core");
    stubAddresses(0);
    expect(() => copy.pages()).toThrow(RangeError);
    vi.unstubAllGlobals();
    expect(copy.pages().allocate(Layout.of(64))).not.toBe(NULL);
    Reflect.set(globalThis, home, before);
  });
});

describe("a memory of memory64", () => {
  /** A memory whose grow takes and returns bigints. */
  function wide(initial: number, maximum: number) {
    const wasm = new real({ initial, maximum });
    const calls: unknown[] = [];
    return {
      calls,
      wasm: {
        get buffer() {
          return wasm.buffer;
        },
        grow(by: bigint): bigint {
          calls.push(by);
          if (typeof by !== "bigint") throw new TypeError("Cannot convert a number to a BigInt");
          return BigInt(wasm.grow(Number(by)));
        },
      } as unknown as WebAssembly.Memory,
    };
  }

  test("grows, and returns addresses as numbers; beyond its maximum it is NULL", () => {
    const { wasm, calls } = wide(2, 4);
    const memory = Memory.over(wasm);
    expect([memory.grow(1), memory.grow(PAGE + 1), memory.grow(PAGE)]).toEqual([2 * PAGE, NULL, 3 * PAGE]);
    expect(calls).toContain(1n);
    expect(memory.byteLength).toBe(4 * PAGE);
  });

  test("serves requests that need growth", () => {
    const root = pages(Memory.over(wide(1, 64).wasm, { from: 0 }));
    const layout = Layout.of(2 ** 20);
    const ptr = orThrow(root.allocate(layout), layout);
    root.memory.store(Float64Array, ptr, 0.5);
    expect(root.memory.load(Float64Array, ptr)).toBe(0.5);
  });

  test("of the engine itself does so too, if it has one", () => {
    const make = () => new real({ initial: 1n, maximum: 8n, address: "i64", index: "i64" } as never);
    const wasm = thrownBy(make) === undefined ? make() : wide(1, 8).wasm;
    const memory = Memory.over(wasm);
    expect([memory.grow(1), memory.grow(8 * PAGE), memory.byteLength]).toEqual([PAGE, NULL, 2 * PAGE]);
  });

  test("passes on a TypeError that the engine throws for another reason", () => {
    const wasm = { buffer: new ArrayBuffer(PAGE), grow: () => Promise.reject.call(undefined, 1) };
    expect(() => Memory.over(wasm as never).grow(1)).toThrow(TypeError);
  });
});

describe("a buffer that can grow", () => {
  const kinds: [string, new () => ArrayBufferLike][] = [
    ["a resizable ArrayBuffer", ArrayBuffer],
    ["a growable SharedArrayBuffer", SharedArrayBuffer],
  ];

  test.each(kinds)("%s grows by exactly the requested bytes, up to its maximum, and then returns NULL", (_, Type) => {
    const buffer = resizable(Type, 100, 300);
    const memory = Memory.over(buffer);
    expect([memory.grow(50), memory.byteLength]).toEqual([100, 150]);
    expect([memory.grow(151), memory.byteLength]).toEqual([NULL, 150]);
    expect([memory.grow(150), memory.byteLength, memory.u8.length]).toEqual([150, 300, 300]);
    expect(memory.grow(1)).toBe(NULL);
  });

  test.each(kinds)("%s that is empty provides the bytes from 16 on", (_, Type) => {
    const memory = Memory.over(resizable(Type, 0, 300));
    expect([memory.grow(50), memory.byteLength]).toEqual([16, 66]);
  });

  test.each(kinds)("%s can hold a heap that grows, and keeps its bytes", (_, Type) => {
    const buffer = resizable(Type, 1024, 2 ** 20);
    const root = pages(Memory.over(buffer, { owner: true }));
    const layout = Layout.of(1000);
    const blocks: number[] = [];
    for (let ptr = root.allocate(layout); ptr !== NULL; ptr = root.allocate(layout)) {
      root.memory.store(Float64Array, ptr, ptr + 0.5);
      blocks.push(ptr);
    }
    // All but the first granule, of 256 bytes.
    expect(blocks.length).toBe(1023);
    expect(blocks.every((ptr) => new Float64Array(buffer)[ptr / 8] === ptr + 0.5)).toBe(true);
  });

  test("grows no further than the range", () => {
    const memory = Memory.over(resizable(ArrayBuffer, 100, 300), { maximum: 200 });
    expect([memory.maximum, memory.grow(101), memory.grow(100)]).toEqual([200, NULL, 100]);
  });

  test("made shorter, with blocks beyond its end: these are out of bounds, and the others unchanged", () => {
    const buffer = resizable(ArrayBuffer, 4096, 4096);
    const memory = Memory.over(buffer);
    const last = memory.toPtr(4000);
    memory.store(Uint8Array, memory.toPtr(16), 7);
    buffer.resize(64);
    const outside = expect.objectContaining({ code: "out-of-bounds" });
    for (const use of [
      () => memory.load(Uint8Array, last),
      () => memory.fill(last, 8),
      () => memory.view(Uint8Array, last, 1),
    ]) {
      expect(use).toThrow(outside);
    }
    expect(memory.load(Uint8Array, memory.toPtr(16))).toBe(7);
  });
});

test("whose buffer became resizable has views that follow it", () => {
  // As after toResizableBuffer() of V8 13 and later: the old buffer is detached, the new one grows with the memory.
  let buffer = new ArrayBuffer(PAGE) as Resizable<ArrayBuffer>;
  const wasm = {
    get buffer() {
      return buffer;
    },
    grow(by: number): number {
      const pages = buffer.byteLength / PAGE;
      buffer.resize(buffer.byteLength + by * PAGE);
      return pages;
    },
  };
  const memory = Memory.over(wasm as never);
  expect(memory.u8.length).toBe(PAGE);
  const old = buffer;
  buffer = resizable(ArrayBuffer, PAGE, 8 * PAGE);
  structuredClone(old, { transfer: [old] });
  expect(memory.u8.length).toBe(PAGE);
  wasm.grow(1);
  expect([memory.byteLength, memory.u8.length]).toEqual([2 * PAGE, 2 * PAGE]);
});
