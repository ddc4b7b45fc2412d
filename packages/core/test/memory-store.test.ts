import { Layout, Memory, type Ptr, pages } from "@alloc/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resizable } from "./support/resizable.ts";
import { TYPES } from "./support/views.ts";

const PAGE = 65536;
const p = (n: number) => n as Ptr;
const misuse = (code: string) => expect.objectContaining({ name: "MisuseError", code });

/** A class by a name that every object has as a property. */
const named = (name: string) => Object.defineProperty(class {}, "name", { value: name });

const MEMORIES: [string, () => Memory][] = [
  ["a Wasm memory", () => Memory.linear({ initial: PAGE, maximum: 64 * PAGE })],
  ["a shared Wasm memory", () => Memory.linear({ initial: PAGE, maximum: 64 * PAGE, shared: true })],
  ["a resizable buffer", () => Memory.over(resizable(ArrayBuffer, PAGE, 64 * PAGE))],
  ["a growable buffer", () => Memory.over(resizable(SharedArrayBuffer, PAGE, 64 * PAGE))],
];

describe.each(MEMORIES)("store and load in %s", (_, make) => {
  test("return any value as a typed array does, for every type", () => {
    const memory = make();
    fc.assert(
      fc.property(
        fc.nat(TYPES.length - 1),
        fc.nat(100),
        fc.double(),
        fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
        (index, place, number, bigint) => {
          const Type = TYPES[index] as unknown as typeof Float64Array;
          const value = TYPES[index]!.name.startsWith("Big") ? (bigint as unknown as number) : number;
          const ptr = p(64 + place * 8);
          memory.store(Type, ptr, value);
          const [expected] = Type.from([value]);
          expect(memory.load(Type, ptr)).toBe(expected);
          expect(new Type(memory.u8.buffer, ptr, 1)[0]).toBe(expected);
        },
      ),
    );
  });

  test("of a value whose evaluation grows the memory lose nothing: a call, a getter, a valueOf", () => {
    const memory = make();
    const grown = (value: number) => {
      memory.grow(PAGE);
      return value;
    };
    memory.store(Uint32Array, p(64), grown(1));
    memory.store(Uint32Array, p(68), { valueOf: () => grown(2) } as unknown as number);
    const object = {
      get value() {
        return grown(3);
      },
    };
    memory.store(Uint32Array, p(72), object.value);
    expect([64, 68, 72].map((ptr) => memory.load(Uint32Array, p(ptr)))).toEqual([1, 2, 3]);
    expect([...memory.view(Uint32Array, p(64), 3)]).toEqual([1, 2, 3]);
  });

  test("reach added bytes, from the first element to the last", () => {
    const memory = make();
    const start = memory.grow(PAGE);
    const end = memory.byteLength;
    for (const ptr of [start, end - 4]) {
      memory.store(Uint32Array, p(ptr), ptr);
      expect(memory.load(Uint32Array, p(ptr))).toBe(ptr);
    }
  });
});

describe("store and load", () => {
  const memory = Memory.over(new ArrayBuffer(256));
  const both: [string, (Type: typeof Uint32Array, ptr: Ptr) => unknown][] = [
    ["store", (Type, ptr) => memory.store(Type, ptr, 1)],
    ["load", (Type, ptr) => memory.load(Type, ptr)],
  ];

  test.each(both)("%s refuses invalid places, and writes nothing", (_, call) => {
    const cases: [number, string][] = [
      [0, "out-of-bounds"],
      [18, "misaligned"],
      [256, "out-of-bounds"],
      [254, "out-of-bounds"],
      [-4, "out-of-bounds"],
      [16.5, "out-of-bounds"],
      [NaN, "out-of-bounds"],
      [2 ** 32, "out-of-bounds"],
      [Layout.of(0, 64).dangling, "out-of-bounds"],
    ];
    for (const [ptr, code] of cases) expect(() => call(Uint32Array, p(ptr)), `${ptr}`).toThrow(misuse(code));
    expect(memory.u8.every((byte) => byte === 0)).toBe(true);
  });

  test.each(both)("%s refuses anything but a typed array constructor", (_, call) => {
    for (const Type of [Array, DataView, Uint8ClampedArray, Buffer, Object, named("toString")]) {
      expect(() => call(Type as never, p(16)), Type.name).toThrow(
        /expected a typed array constructor such as Uint32Array, got "/,
      );
    }
  });

  test("accept a type of another realm, by its name", async () => {
    const { runInNewContext } = await import("node:vm");
    const Type = runInNewContext("Uint32Array") as typeof Uint32Array;
    memory.store(Type, p(128), 7);
    expect([memory.load(Type, p(128)), memory.u32[32]]).toEqual([7, 7]);
  });

  test("refuse a number for a bigint and a bigint for a number, as an array does", () => {
    expect(() => memory.store(BigUint64Array, p(16), 1 as never)).toThrow(TypeError);
    expect(() => memory.store(Uint32Array, p(16), 1n as never)).toThrow(TypeError);
  });

  test("of a memory without bytes throw no-bytes", () => {
    const bare = Memory.virtual(256);
    expect(() => bare.store(Uint8Array, p(16), 1)).toThrow(misuse("no-bytes"));
    expect(() => bare.load(Uint8Array, p(16))).toThrow(misuse("no-bytes"));
  });
});

test("a tree whose links are stored by store has all its nodes, in a memory that grows meanwhile", () => {
  const root = pages(Memory.linear({ initial: PAGE, maximum: 2 ** 24 }));
  const { memory } = root;
  const node = Layout.of(16);
  let count = 0;
  const insert = (depth: number): Ptr => {
    const ptr = root.allocate(node) as Ptr;
    count++;
    memory.fill(ptr, 16);
    for (const side of [0, 4]) {
      if (depth > 0) memory.store(Uint32Array, memory.at(ptr, side), insert(depth - 1));
    }
    return ptr;
  };
  const walk = (ptr: number): number =>
    ptr === 0 ? 0 : 1 + walk(memory.load(Uint32Array, p(ptr))) + walk(memory.load(Uint32Array, p(ptr + 4)));
  expect(walk(insert(10))).toBe(count);
});
