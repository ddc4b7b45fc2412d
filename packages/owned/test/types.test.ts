import { type Allocator, Memory, type Ptr, pages, type Shared } from "@alloc/core";
import {
  Arc,
  array,
  Box,
  bool,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  ptr,
  RawVec,
  Rc,
  struct,
  type Type,
  text,
  u8,
  u16,
  u32,
  u64,
  Vec,
} from "@alloc/owned";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { held, root, thrown } from "./support.ts";

const heap = root();
const surrogate = /\p{Surrogate}/u;

/** Every scalar, with values that it accepts and some that it refuses. */
const SCALARS: [Type<unknown>, number, fc.Arbitrary<unknown>, unknown[]][] = [
  [u8, 1, fc.integer({ min: 0, max: 255 }), [-1, 256, 0.5]],
  [i8, 1, fc.integer({ min: -128, max: 127 }), [-129, 128]],
  [u16, 2, fc.integer({ min: 0, max: 65535 }), [-1, 65536]],
  [i16, 2, fc.integer({ min: -32768, max: 32767 }), [-32769, 32768]],
  [u32, 4, fc.integer({ min: 0, max: 2 ** 32 - 1 }), [-1, 2 ** 32]],
  [i32, 4, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), [-(2 ** 31) - 1, 2 ** 31]],
  [f32, 4, fc.float(), [1n]],
  [f64, 8, fc.double(), [1n]],
  [u64, 8, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), [-1n, 2n ** 64n, 1]],
  [i64, 8, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), [-(2n ** 63n) - 1n, 2n ** 63n, 1]],
  [bool, 1, fc.boolean(), [0, 1]],
  [ptr, 4, fc.integer({ min: 0, max: 2 ** 32 - 1 }) as fc.Arbitrary<Ptr>, [-1, 2 ** 32]],
];
const MORE_INTEGERS = [NaN, Infinity, "1", undefined, null, true, {}];

/** Any type and its values: scalars, texts, and structs and arrays of them. */
interface Typed {
  readonly type: Type<unknown>;
  readonly values: fc.Arbitrary<unknown>;
}
const word = fc.string({ unit: "grapheme", maxLength: 5 }).filter((it) => !/\0/.test(it) && !surrogate.test(it));
const { any } = fc.letrec<{ any: Typed; leaf: Typed; record: Typed; list: Typed }>((tie) => ({
  any: fc.oneof({ maxDepth: 3, depthSize: "small" }, tie("leaf"), tie("record"), tie("list")),
  leaf: fc.oneof(
    fc.constantFrom(...SCALARS).map(([type, , values]) => ({ type, values })),
    fc.constant({ type: text(200) as Type<unknown>, values: word }),
  ),
  record: fc.array(tie("any"), { maxLength: 5 }).map((fields) => ({
    type: struct(Object.fromEntries(fields.map(({ type }, index) => [`f${index}`, type]))) as Type<unknown>,
    values: fc.record(Object.fromEntries(fields.map(({ values }, index) => [`f${index}`, values])), {
      noNullPrototype: true,
    }),
  })),
  list: fc.tuple(tie("any"), fc.nat(3)).map(([{ type, values }, length]) => ({
    type: array(type, length) as Type<unknown>,
    values: fc.array(values, { minLength: length, maxLength: length }),
  })),
}));

describe.each(SCALARS.map((row) => [row[0]["@alloc/Type"], ...row] as const))(
  "%s",
  (_name, type, bytes, values, bad) => {
    test(`is ${bytes} bytes, aligned to them`, () => {
      expect([type.layout.size, type.layout.align]).toEqual([bytes, bytes]);
    });

    test("reads what was written", () => {
      using box = Box.new(type, fc.sample(values, 1)[0], heap);
      fc.assert(
        fc.property(values, (value) => {
          box.set(value);
          expect([box.get(), box.value]).toEqual([value, value]);
        }),
      );
    });

    test("refuses a value it cannot hold, and keeps its old value", () => {
      const value = fc.sample(values, { numRuns: 1, seed: 1 })[0];
      using box = Box.new(type, value, heap);
      const isFloat = type === f32 || type === f64;
      for (const wrong of [
        ...bad,
        ...MORE_INTEGERS.filter((it) => typeof it !== (isFloat ? "number" : typeof value) || Number.isNaN(it)),
      ]) {
        if (isFloat && typeof wrong === "number") continue;
        expect(
          thrown(() => box.set(wrong)),
          String(wrong),
        ).toBe("OwnedError: value");
        expect(box.get()).toEqual(value);
      }
    });
  },
);

describe("any type", () => {
  test("reads what was written, as a copy, by a view, and in the second of two elements", () => {
    const run = ({ type, value }: { type: Type<unknown>; value: unknown }) => {
      using box = Box.new(type, value, heap);
      expect(box.get()).toEqual(value);
      using again = Box.new(type, box.value, heap);
      expect(again.get()).toEqual(value);
      using vec = Vec.from(type, [value, value], heap);
      using third = Box.new(type, [...vec][1], heap);
      expect([vec.get(1), third.get()]).toEqual([value, value]);
    };
    fc.assert(
      fc.property(
        any.chain(({ type, values }) => fc.record({ type: fc.constant(type), value: values })),
        run,
      ),
    );
    expect(held(heap)).toBe(0);
  });

  test("writes its own bytes and no others", () => {
    const run = ({ type, value }: { type: Type<unknown>; value: unknown }) => {
      using vec = Vec.from(type, [value, value, value], heap);
      const { size } = type.layout;
      const bytes = vec.view(Uint8Array);
      bytes.fill(0xa5);
      vec.set(1, value);
      expect([...bytes.subarray(0, size), ...bytes.subarray(2 * size)].every((byte) => byte === 0xa5)).toBe(true);
    };
    fc.assert(
      fc.property(
        any.chain(({ type, values }) => fc.record({ type: fc.constant(type), value: values })),
        run,
      ),
    );
  });
});

describe("struct", () => {
  const Point = struct({ x: f64, y: f64 });
  const Line = struct({ tag: u8, from: Point, to: Point, name: text(6) });

  test("has the layout of C", () => {
    using box = Box.new(struct({ tag: u8, value: f64, last: u16 }), { tag: 1, value: 2.5, last: 3 }, heap);
    expect(box.type.layout.toString()).toBe("Layout(24, align 8)");
    const at = box.intoRaw();
    expect([heap.memory.u8[at], heap.memory.f64[at / 8 + 1], heap.memory.u16[at / 2 + 8]]).toEqual([1, 2.5, 3]);
    Box.fromRaw(box.type, at, heap).dispose();
  });

  test("has views whose fields read and write memory, also nested ones", () => {
    using line = Box.new(Line, { tag: 1, from: { x: 1, y: 2 }, to: { x: 3, y: 4 }, name: "a" }, heap);
    const { from } = line.value;
    from.x += 10;
    line.value.to = from;
    line.value.name = "größ";
    expect(line.get()).toEqual({ tag: 1, from: { x: 11, y: 2 }, to: { x: 11, y: 2 }, name: "größ" });
  });

  test("writes no byte if one field does not fit, and names that field", () => {
    const value = { tag: 1, from: { x: 1, y: 2 }, to: { x: 3, y: 4 }, name: "a" };
    using line = Box.new(Line, value, heap);
    const wrong = { ...value, tag: 2, to: { x: 5, y: "6" } } as unknown as typeof value;
    expect(() => line.set(wrong)).toThrow('struct { tag, from, to, name }.to.y: expected a number, got "6"');
    expect(() => line.set({} as typeof value)).toThrow(".tag: expected an integer from 0 to 255, got undefined");
    expect(() => line.set(null as unknown as typeof value)).toThrow(": expected an object, got null");
    expect(line.get()).toEqual(value);
  });

  test("refuses fields that are not types, and names that objects do not keep in order", () => {
    expect(thrown(() => struct({ x: 1 as unknown as Type<number> }))).toBe("OwnedError: type");
    expect(thrown(() => struct(JSON.parse('{"__proto__":1}')))).toBe("OwnedError: type");
    expect(thrown(() => struct(Object.defineProperty({}, "__proto__", { value: u8, enumerable: true })))).toBe(
      "OwnedError: type",
    );
    expect(thrown(() => struct({ 0: u8 }))).toBe("LayoutError: field");
  });

  test.each([null, 5, "x", undefined])("is not made of %j", (fields) => {
    expect(thrown(() => struct(fields as never))).toBe("OwnedError: type");
  });

  test.each(["drop", "clone"])("refuses a %s that is not a function, before there is a value", (name) => {
    expect(() => struct({ x: f64 }, { [name]: 5 } as never)).toThrow(`${name} of a struct must be a function, got 5`);
  });

  test("makes one class for its views", () => {
    using one = Box.new(Point, { x: 1, y: 2 }, heap);
    using other = Box.new(Point, { x: 1, y: 2 }, heap);
    expect(Object.getPrototypeOf(one.value)).toBe(Object.getPrototypeOf(other.value));
  });
});

describe("array", () => {
  const Triple = array(u16, 3);

  test("has a view whose elements can be replaced", () => {
    using box = Box.new(Triple, [1, 2, 3], heap);
    box.value.set(1, box.value.at(0) + 6);
    expect([...box.value, box.value.length]).toEqual([1, 7, 3, 3]);
  });

  test("has views of its struct elements", () => {
    const Pair = struct({ key: u8, count: u32 });
    using box = Box.new(
      array(Pair, 2),
      [
        { key: 1, count: 2 },
        { key: 3, count: 4 },
      ],
      heap,
    );
    const [first, second] = [box.value.at(0), box.value.at(1)];
    first.count = second.count + second.key;
    expect(box.get()).toEqual([
      { key: 1, count: 7 },
      { key: 3, count: 4 },
    ]);
  });

  test("accepts a typed array, and nothing of another length", () => {
    using box = Box.new(Triple, new Uint16Array([4, 5, 6]) as unknown as number[], heap);
    expect(box.get()).toEqual([4, 5, 6]);
    for (const wrong of [[1, 2], [1, 2, 3, 4], "abc", { length: 3 }, [1, undefined, 3]]) {
      expect(thrown(() => box.set(wrong as number[]))).toBe("OwnedError: value");
    }
    expect(() => box.set([1, 2, 70000])).toThrow("array(u16, 3)[2]: expected an integer from 0 to 65535, got 70000");
  });

  test.each([-4, 3, 0.5, NaN, "1"])("has no element %s", (index) => {
    using box = Box.new(Triple, [1, 2, 3], heap);
    expect(thrown(() => box.value.at(index as number))).toBe("OwnedError: index");
    expect(thrown(() => box.value.set(index as number, 0))).toBe("OwnedError: index");
  });

  test.each([-1, 0.5, NaN, 2 ** 32])("cannot have %d elements", (length) => {
    expect(thrown(() => array(u8, length))).toMatch(/^LayoutError/);
  });
});

describe("text", () => {
  test("may fill its capacity, and leaves nothing of a longer text before it", () => {
    using box = Box.new(text(6), "größ", heap);
    expect(box.get()).toBe("größ");
    box.set("a");
    expect(box.get()).toBe("a");
  });

  test.each(["größer", "a\0", "\ud800", 1, undefined])("of 6 bytes cannot be %j", (value) => {
    expect(thrown(() => Box.new(text(6), value as string, heap))).toBe("OwnedError: value");
  });

  test("keeps a byte order mark, and can be read in a shared memory", () => {
    using box = Box.new(text(8), "\ufeffa", pages(Memory.linear({ shared: true, maximum: 2 ** 20 })));
    expect(box.get()).toBe("\ufeffa");
  });
});

test("a view survives growth of the memory, for every type", () => {
  const memory = Memory.linear({ maximum: 2 ** 24 });
  const All = struct(Object.fromEntries(SCALARS.map(([type]) => [type["@alloc/Type"], type])));
  const zero = Object.fromEntries(
    SCALARS.map(([type]) => [type["@alloc/Type"], type === bool ? false : type === u64 || type === i64 ? 0n : 0]),
  );
  const one = Object.fromEntries(
    Object.entries(zero).map(([key, it]) => [key, it === false ? true : it === 0n ? 1n : 1]),
  );
  for (const shared of [false, true]) {
    const place = shared ? Memory.linear({ maximum: 2 ** 24, shared }) : memory;
    using box = Box.new(All, zero, pages(place));
    const { value } = box;
    for (const name of Object.keys(zero)) {
      place.grow(65536);
      expect(value[name], name).toBe(zero[name]);
      place.grow(65536);
      (value as Record<string, unknown>)[name] = one[name];
      expect(value[name], name).toBe(one[name]);
    }
    expect(box.get()).toEqual(one);
  }
});

describe("every constructor", () => {
  type Make = (allocator: Allocator) => unknown;
  const MAKERS: Record<string, Make> = {
    "Box.new": (heap) => Box.new(u8, 1, heap),
    "Box.tryNew": (heap) => Box.tryNew(u8, 1, heap),
    "Box.emplace": (heap) => Box.emplace(u8, () => {}, heap),
    "Box.fromRaw": (heap) => Box.fromRaw(u8, 65536 as Ptr, heap),
    "Rc.new": (heap) => Rc.new(u8, 1, heap),
    "Rc.tryNew": (heap) => Rc.tryNew(u8, 1, heap),
    "Arc.new": (heap) => Arc.new(u8, 1, heap as Shared),
    "Arc.tryNew": (heap) => Arc.tryNew(u8, 1, heap as Shared),
    "Arc.adopt": (heap) => Arc.adopt(u8, { "@alloc/Arc": 65536 as Ptr, size: 1, align: 1 }, heap as Shared),
    "RawVec.new": (heap) => RawVec.new(u8, heap),
    "RawVec.withCapacity": (heap) => RawVec.withCapacity(u8, 1, heap),
    "RawVec.withCapacityZeroed": (heap) => RawVec.withCapacityZeroed(u8, 1, heap),
    "Vec.new": (heap) => Vec.new(u8, heap),
    "Vec.from": (heap) => Vec.from(u8, [1], heap),
    "Vec.withCapacity": (heap) => Vec.withCapacity(u8, 1, heap),
  };

  test.each(Object.entries(MAKERS))("%s refuses a memory without bytes, and takes nothing", (_name, make) => {
    const virtual = pages(Memory.virtual(2 ** 20));
    expect(thrown(() => make(virtual))).toBe("MisuseError: no-bytes");
    expect(held(virtual)).toBe(0);
  });

  test.each(Object.entries(MAKERS))("%s says what it needs if the allocator is missing", (name, make) => {
    for (const none of [undefined, null, 5, {}]) {
      expect(thrown(() => make(none as unknown as Allocator))).toBe("OwnedError: allocator");
    }
    const who = /^A?[Rr]c/.test(name) ? name.replace(/^(?:(Arc)|Rc).*/, (_, arc) => (arc ? "an Arc" : "an Rc")) : name;
    expect(() => make(undefined as unknown as Allocator)).toThrow(
      `${who} expects an allocator as its last argument, got undefined`,
    );
  });
});

test("values above 2 GiB are read and written as below", () => {
  const memory = Memory.linear({ initial: 2 ** 31 + 2 ** 20 });
  const Mixed = struct({ a: u8, b: f64, c: array(u16, 3), d: text(3) });
  const at = (2 ** 31 + 4096) as Ptr;
  const block = pages(memory);
  using box = Box.fromRaw(Mixed, at, Object.assign(Object.create(block), { owns: undefined, deallocate() {} }));
  const value = { a: 200, b: 0.5, c: [1, 2, 65535], d: "abc" };
  box.set(value);
  expect([box.get(), memory.u8[at], memory.f64[at / 8 + 1]]).toEqual([value, 200, 0.5]);
});
