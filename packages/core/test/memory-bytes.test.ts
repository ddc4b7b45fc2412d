import { type ByteHooks, Memory, type Ptr } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TYPES } from "./support/views.ts";

const SIZE = 128;
const p = (n: number) => n as Ptr;
const misuse = (code: string) => expect.objectContaining({ name: "MisuseError", code });
/** A memory of 128 bytes that hold their own addresses. */
function counted(): Memory {
  const memory = Memory.over(new ArrayBuffer(SIZE));
  for (let address = 0; address < SIZE; address++) memory.u8[address] = address;
  return memory;
}

/** Integers around both ends of the memory, and other values. */
const places = fc.oneof(fc.integer({ min: -4, max: SIZE + 4 }), fc.constantFrom(0.5, NaN, Infinity, 2 ** 31, 2 ** 32));
const inside = (start: number, bytes: number) =>
  Number.isInteger(start) && Number.isInteger(bytes) && start >= 0 && bytes >= 0 && start + bytes <= SIZE;

describe("view", () => {
  test("starts at the address and has the count, for every type, if it is aligned and inside", () => {
    const memory = counted();
    const type = fc.nat(TYPES.length - 1);
    fc.assert(
      fc.property(type, places, fc.integer({ min: -1, max: SIZE + 1 }), (index, ptr, count) => {
        const Type = TYPES[index]! as typeof Uint8Array;
        const size = Type.BYTES_PER_ELEMENT;
        const make = () => memory.view(Type, p(ptr), count);
        // A view of no elements is allowed anywhere: the address may be a dangling one.
        const isNothing = count === 0 && Number.isInteger(ptr) && ptr >= 0 && ptr <= 2 ** 32;
        if (!isNothing && !inside(ptr, count * size)) expect(make).toThrow(misuse("out-of-bounds"));
        else if (ptr % size !== 0) expect(make).toThrow(misuse("misaligned"));
        else {
          const view = make();
          expect(view).toBeInstanceOf(Type);
          expect([view.byteOffset, view.length]).toEqual([ptr > SIZE ? 0 : ptr, count]);
          expect(view.buffer).toBe(memory.u8.buffer);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("refuses a count that is not an integer, even if its bytes are", () => {
    expect(() => counted().view(Uint8Array, p(8), 1.5)).toThrow(misuse("out-of-bounds"));
    expect(() => counted().view(Float64Array, p(8), 1.5)).toThrow(misuse("out-of-bounds"));
  });

  test("reaches above 2 GiB, up to the last 8 bytes of 4 GiB", () => {
    const memory = Memory.linear({ initial: 2 ** 32 });
    for (const ptr of [2 ** 31, 2 ** 32 - 8]) {
      memory.view(Float64Array, p(ptr), 1)[0] = ptr;
      expect(memory.f64[ptr / 8]).toBe(ptr);
    }
    expect(() => memory.view(Float64Array, p(2 ** 32 - 8), 2)).toThrow(misuse("out-of-bounds"));
  });
});

describe("copy and fill", () => {
  test("copy works like copyWithin, also for overlapping ranges, and refuses ranges outside", () => {
    fc.assert(
      fc.property(places, places, fc.integer({ min: -1, max: SIZE }), (to, from, bytes) => {
        const memory = counted();
        const expected = memory.u8.slice();
        if (bytes === 0 || (inside(to, bytes) && inside(from, bytes))) {
          expected.copyWithin(to, from, from + bytes);
          memory.copy(p(to), p(from), bytes);
        } else expect(() => memory.copy(p(to), p(from), bytes)).toThrow(misuse("out-of-bounds"));
        expect(memory.u8).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test("fill sets only the named bytes, and refuses ranges outside", () => {
    fc.assert(
      fc.property(places, fc.integer({ min: -1, max: SIZE }), fc.nat(255), (ptr, bytes, value) => {
        const memory = counted();
        const expected = memory.u8.slice();
        if (bytes === 0 || inside(ptr, bytes)) {
          expected.fill(value, ptr, ptr + bytes);
          memory.fill(p(ptr), bytes, value);
        } else expect(() => memory.fill(p(ptr), bytes, value)).toThrow(misuse("out-of-bounds"));
        expect(memory.u8).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  test("fill sets 0 by default", () => {
    const memory = counted();
    memory.fill(p(8), 4);
    expect([...memory.u8.subarray(7, 13)]).toEqual([7, 0, 0, 0, 0, 12]);
  });

  test("copy across 2 GiB moves every byte", () => {
    const memory = Memory.linear({ initial: 2 ** 31 + 65536 });
    const from = p(2 ** 31 - 2);
    memory.view(Uint8Array, from, 4).set([1, 2, 3, 4]);
    memory.copy(p(2 ** 31 + 100), from, 4);
    expect([...memory.view(Uint8Array, p(2 ** 31 + 100), 4)]).toEqual([1, 2, 3, 4]);
  });
});

describe("encode and decode", () => {
  /** Well-formed text without a byte order mark at the start. */
  const texts = fc.string({ unit: "grapheme" }).filter((text) => !text.startsWith("\uFEFF"));

  test("return any text unchanged, and count its bytes as UTF-8 does", () => {
    const memory = Memory.over(new ArrayBuffer(4096));
    fc.assert(
      fc.property(texts, (text) => {
        const length = memory.encode(text, p(8), 4000);
        expect(length).toBe(Buffer.byteLength(text));
        expect(memory.decode(p(8), length)).toBe(text);
      }),
    );
  });

  test("return a text that starts with U+FEFF unchanged", () => {
    const memory = Memory.over(new ArrayBuffer(64));
    const length = memory.encode("\uFEFFa", p(8), 16);
    expect(memory.decode(p(8), length)).toBe("\uFEFFa");
  });

  test("fill the exact room, and with one byte less write nothing and return -1", () => {
    fc.assert(
      fc.property(texts, (text) => {
        fc.pre(text !== "");
        const bytes = Buffer.from(text);
        const memory = Memory.over(new ArrayBuffer(4096));
        memory.fill(p(8), 4000, 0xee);
        expect(memory.encode(text, p(8), bytes.length - 1)).toBe(-1);
        expect(memory.u8.subarray(8, 4008).every((byte) => byte === 0xee)).toBe(true);
        expect(memory.encode(text, p(8), bytes.length)).toBe(bytes.length);
        expect(Buffer.from(memory.u8.subarray(8, 8 + bytes.length))).toEqual(bytes);
        expect(memory.u8[8 + bytes.length]).toBe(0xee);
      }),
    );
  });

  test("work on shared bytes", () => {
    const memory = Memory.over(new SharedArrayBuffer(64));
    expect(memory.decode(p(8), memory.encode("größer €😀", p(8), 32))).toBe("größer €😀");
  });

  test("read bytes that are not text as U+FFFD", () => {
    const memory = Memory.over(new ArrayBuffer(64));
    memory.fill(p(8), 1, 0xff);
    expect(memory.decode(p(8), 1)).toBe("\uFFFD");
  });

  test("refuse room that is not inside, even for a text that would fit", () => {
    expect(() => counted().encode("a", p(SIZE - 4), 5)).toThrow(misuse("out-of-bounds"));
    expect(() => counted().decode(p(SIZE - 4), 5)).toThrow(misuse("out-of-bounds"));
  });
});

describe("a memory without bytes", () => {
  const bare = () => Memory.virtual(2 ** 32);
  const uses: [string, (memory: Memory) => unknown][] = [
    ["u8", (memory) => memory.u8],
    ["view", (memory) => memory.view(Uint8Array, p(8), 1)],
    ["encode", (memory) => memory.encode("a", p(8), 8)],
    ["decode", (memory) => memory.decode(p(8), 1)],
  ];

  test.each(uses)("throws no-bytes from %s, with hooks and without", (_, use) => {
    expect(() => use(bare())).toThrow(misuse("no-bytes"));
    expect(() => use(Memory.virtual(2 ** 32, { copy() {}, fill() {} }))).toThrow(misuse("no-bytes"));
  });

  test("throws no-bytes from copy and fill without hooks", () => {
    expect(() => bare().copy(p(8), p(16), 8)).toThrow(misuse("no-bytes"));
    expect(() => bare().fill(p(8), 8)).toThrow(misuse("no-bytes"));
  });

  test("forwards copy and fill to its hooks, also above 2 GiB", () => {
    const calls: unknown[] = [];
    const hooks: ByteHooks = { copy: (...args) => calls.push(args), fill: (...args) => calls.push(args) };
    const memory = Memory.virtual(2 ** 32, hooks);
    memory.copy(p(2 ** 31), p(2 ** 32 - 64), 64);
    memory.fill(p(2 ** 31), 8);
    memory.fill(p(2 ** 31), 8, 7);
    expect(calls).toEqual([
      [2 ** 31, 2 ** 32 - 64, 64],
      [2 ** 31, 8, 0],
      [2 ** 31, 8, 7],
    ]);
  });

  test("does not call its hooks for 0 bytes or for ranges outside", () => {
    const fail = () => expect.unreachable();
    const memory = Memory.virtual(64, { copy: fail, fill: fail });
    memory.copy(p(8), p(16), 0);
    memory.fill(p(8), 0);
    expect(() => memory.copy(p(8), p(16), 49)).toThrow(misuse("out-of-bounds"));
    expect(() => memory.fill(p(60), 5)).toThrow(misuse("out-of-bounds"));
  });
});
