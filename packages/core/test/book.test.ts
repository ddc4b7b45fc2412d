import { type ArrayType, type ArrayView, Memory, pages } from "@alloc/core";
import { bytesOfBook, type Gate, gateRoot, isGated, placeOf, RESERVED, recycle, wordsAt } from "@alloc/core/author";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const MiB = 2 ** 20;
const TYPES = [Int8Array, Uint16Array, Int32Array, Float32Array, Float64Array, BigUint64Array] as ArrayType[];
const shared = (words?: number) => Memory.linear({ shared: true, maximum: MiB, ...(words !== undefined && { words }) });
const fill = ({ buffer, byteOffset, byteLength }: ArrayView, byte: number) =>
  new Uint8Array(buffer, byteOffset, byteLength).fill(byte);
const isZero = (words: ArrayView) => [...words].every((word) => Number(word) === 0);
const bytesOf = ({ byteOffset, byteLength }: ArrayView) => [byteOffset, byteOffset + byteLength] as const;

/** Lets threads into a memory. */
function gated(memory: Memory): void {
  pages(memory);
  gateRoot(memory, { enter: () => true, leave() {} });
}

afterEach(() => {
  vi.unstubAllGlobals();
});

const step = fc.oneof(
  fc.record({ type: fc.nat(TYPES.length - 1), length: fc.oneof(fc.nat(20), fc.nat(3000)) }),
  fc.record({ free: fc.nat(100) }),
);

describe("the words of a shared memory", () => {
  test("are zero, aligned and apart from each other and from what is reserved, whatever was given back before", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        const memory = shared(MiB);
        const live: ArrayView[] = [];
        for (const step of steps) {
          if ("free" in step) {
            const [words] = live.splice(step.free % Math.max(1, live.length), 1);
            if (words !== undefined) recycle(memory, words);
            continue;
          }
          const Type = TYPES[step.type]!;
          const words = memory.words(Type, 0, step.length);
          expect([words.constructor, words.length, words.byteOffset % 8, isZero(words)]).toEqual([
            Type,
            step.length,
            0,
            true,
          ]);
          fill(words, 7);
          const [start, end] = bytesOf(words);
          expect(start).toBeGreaterThanOrEqual(4 * RESERVED);
          for (const other of live) {
            const [from, to] = bytesOf(other);
            expect(end <= from || to <= start || start === end || from === to).toBe(true);
          }
          live.push(words);
        }
        for (const { buffer, byteOffset, byteLength } of live) {
          expect(new Uint8Array(buffer, byteOffset, byteLength).every((byte) => byte === 7)).toBe(true);
        }
      }),
    );
  });

  test("are in use until they are given back, and at most a sixteenth more than they need", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 16, max: 20_000 }), { maxLength: 20 }), (lengths) => {
        const memory = shared(MiB);
        const nothing = bytesOfBook(memory);
        const live = lengths.map((length) => memory.words(Int8Array, length));
        const least = lengths.reduce((sum, length) => sum + length, 0);
        const used = bytesOfBook(memory) - nothing;
        expect(used).toBeGreaterThanOrEqual(least);
        expect(used).toBeLessThan((least * 17) / 16 + 8 * lengths.length + 1);
        for (const words of live) recycle(memory, words);
        expect(bytesOfBook(memory)).toBe(nothing);
        // The same requests need no further bytes.
        for (const length of lengths) memory.words(Int8Array, length);
        expect(bytesOfBook(memory) - nothing).toBe(used);
      }),
    );
  });

  test("have a place, where every thread finds them", () => {
    const memory = shared();
    for (const Type of TYPES) {
      const words = memory.words(Type, 5);
      const place = placeOf(memory, words);
      expect(place).toEqual({ type: Type.name, at: words.byteOffset, length: 5 });
      const same = wordsAt(memory, structuredClone(place));
      expect([same.constructor, same.length]).toEqual([Type, 5]);
      fill(words, 3);
      expect(same).toEqual(words);
    }
  });

  test("are not replaced once a gate lets threads in: the allocator that asks for it lacks a bound", () => {
    const memory = shared();
    const words = memory.words(Int32Array, 2, 4);
    expect([memory.widen(words, 4) === words, isGated(memory)]).toEqual([true, false]);
    gated(memory);
    expect(isGated(memory)).toBe(true);
    expect(() => memory.widen(words, 5)).toThrow(
      "these words are shared and may not be replaced: this allocator needs a bound (got 4 elements, asked for 5)",
    );
    expect(codeThrown(() => memory.widen(words, 5))).toBe("shared-words");
  });

  test("are replaced by wider ones while only one thread uses the memory", () => {
    const memory = shared();
    const words = memory.words(Int32Array, 4);
    fill(words, 3);
    const wider = memory.widen(words, 5);
    expect([wider.length, ...wider.subarray(0, 4)]).toEqual([8, ...words]);
  });

  test("that do not fit lie elsewhere while only one thread uses the memory, and have no place", () => {
    const memory = shared(65536);
    const words = memory.words(Int8Array, 70_000);
    expect(Object.prototype.toString.call(words.buffer)).toBe("[object SharedArrayBuffer]");
    expect([words.length, isZero(words)]).toEqual([70_000, true]);
    expect(codeThrown(() => placeOf(memory, words))).toBe("argument");
  });

  test("are used up at their bound once a gate lets threads in, and nothing has changed then", () => {
    const memory = shared(2 ** 18);
    gated(memory);
    const words = memory.words(Int8Array, 150_000);
    const used = bytesOfBook(memory);
    const full = () => memory.words(Int8Array, 120_000);
    expect(full).toThrow(RangeError);
    expect(full).toThrow(
      "the words of this memory are used up (262144 bytes): ask for more with Memory.linear({ shared: true, words })",
    );
    expect(bytesOfBook(memory)).toBe(used);
    recycle(memory, words);
    expect(full).toThrow("used up");
    expect(memory.words(Int8Array, 150_000).byteOffset).toBe(words.byteOffset);
  });

  test.each([
    ["16 MiB in a small memory", MiB, 16 * MiB],
    ["as many as a larger one has", 64 * MiB, 64 * MiB],
  ])("have %s, if nothing else is asked for", (_, maximum, bytes) => {
    const memory = Memory.linear({ initial: 65536, maximum, shared: true });
    expect(memory.words(Int8Array, 1).buffer.byteLength).toBe(bytes);
    const over = Memory.over(new WebAssembly.Memory({ initial: 1, maximum: maximum / 65536, shared: true }), {
      maximum,
      owner: true,
    });
    expect(over.words(Int8Array, 1).buffer.byteLength).toBe(bytes);
  });

  test("have the bytes asked for, rounded up to 64 KiB", () => {
    const buffer = new SharedArrayBuffer(4096);
    for (const memory of [shared(70_000), Memory.over(buffer, { owner: true, words: 70_000 })]) {
      expect(memory.words(Int8Array, 1).buffer.byteLength).toBe(2 * 65536);
    }
    for (const words of [0, 1.5, 2 ** 33, "1"]) expect(codeThrown(() => shared(words as number))).toBe("argument");
  });

  test("lie in a buffer of their own where the host has no addresses for another WebAssembly memory", () => {
    const memory = Memory.linear({ initial: 65536, maximum: 64 * MiB, shared: true });
    const refusing = vi.fn(() => {
      throw new RangeError("no addresses");
    });
    vi.stubGlobal("WebAssembly", { Memory: refusing });
    const words = memory.words(Int32Array, 5);
    expect(Object.prototype.toString.call(words.buffer)).toBe("[object SharedArrayBuffer]");
    expect([words.length, isZero(words), refusing.mock.calls.length]).toEqual([5, true, 1]);
  });

  test("are taken and given back inside the gate of the memory, once for nested calls", () => {
    const memory = shared();
    const log: string[] = [];
    let isInside = false;
    const gate: Gate = {
      enter() {
        if (isInside) return false;
        log.push("enter");
        isInside = true;
        return true;
      },
      leave() {
        log.push("leave");
        isInside = false;
      },
    };
    pages(memory);
    gateRoot(memory, gate);
    const words = memory.words(Int32Array, 5);
    recycle(memory, words);
    expect(() => memory.words(Float64Array, 2 ** 24)).toThrow("used up");
    expect(log).toEqual(["enter", "leave", "enter", "leave", "enter", "leave"]);
    gate.enter();
    memory.words(Int32Array, 5);
    gate.leave();
    expect(log.slice(6)).toEqual(["enter", "leave"]);
  });
});

describe("words of one thread", () => {
  test("have no place, and need not be given back", () => {
    const memory = Memory.virtual(65536);
    const words = memory.words(Int32Array, 5);
    recycle(memory, words);
    expect(codeThrown(() => placeOf(memory, words))).toBe("argument");
    expect(codeThrown(() => placeOf(shared(), new Int32Array(5)))).toBe("argument");
  });

  test("are not given back to a shared memory", () => {
    const memory = shared();
    const nothing = bytesOfBook(memory);
    recycle(memory, new Int32Array(5));
    recycle(memory, shared().words(Int32Array, 5));
    expect(bytesOfBook(memory)).toBe(nothing);
  });
});

test.each([
  ["of no type", { type: "Int31Array" }],
  ["of a type that is none of ours", { type: "DataView" }],
  ["of a name of another object", { type: "Object" }],
  ["that starts inside an element", { at: 2049 }],
  ["that starts at a fraction", { at: 2048.5 }],
  ["that ends behind the words", { length: 2 ** 30 }],
  ["of a negative length", { length: -1 }],
  ["of a length that is a text", { length: "5" }],
])("a place %s is refused", (_, wrong) => {
  const memory = shared();
  const right = { type: "Int32Array", at: 2048, length: 5 };
  expect(wordsAt(memory, right).length).toBe(5);
  expect(codeThrown(() => wordsAt(memory, { ...right, ...wrong } as typeof right))).toBe("argument");
});
