// @module-tag alone
import { Allocator, Layout, Memory, type Ptr, pages } from "@alloc/core";
import { Global, overrideGlobalAllocator, system } from "@alloc/global";
import { array, Box, f64, Rc, struct, u8, u32, Vec } from "@alloc/owned";
import { stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { held, none, root, thrown, unreadable } from "./support.ts";

describe("the allocator of a handle", () => {
  test("is the one behind Global when the handle was made", () => {
    const heap = stats(system({ parent: root() }));
    let box: Box<number>;
    {
      using _ = overrideGlobalAllocator(heap);
      box = Box.new(u32, 7, Global);
    }
    expect([box.allocator, box.get()]).toEqual([heap, 7]);
    box.dispose();
    expect(heap.counters.numLive).toBe(0);
  });

  test("is the wrapper itself, not the allocator it wraps", () => {
    const wrapper = stats(system({ parent: root() }));
    using box = Box.new(u32, 7, wrapper);
    expect([box.allocator === wrapper, wrapper.counters.numLive]).toEqual([true, 1]);
  });

  test.each([{ allocate: 5, memory: {} }, { memory: {} }, { allocate: () => 0 }])("is not %j", (it) => {
    expect(thrown(() => Box.new(u32, 7, it as never))).toBe("OwnedError: allocator");
  });
});

describe("Box.fromRaw", () => {
  test("accepts a block that ends with the memory, and none that ends after it", () => {
    const memory = Memory.linear({ maximum: 65536 });
    const heap = Allocator.from({ memory, allocate: () => 0, deallocate: () => {} });
    const fits = (bytes: number) => thrown(() => Box.fromRaw(array(u8, bytes), 65000 as Ptr, heap));
    expect([fits(536), fits(537)]).toEqual(["nothing was thrown", "MisuseError: out-of-bounds"]);
  });

  test("accepts any address for a value without size", () => {
    using box = Box.fromRaw(struct({}), 3 as Ptr, system({ parent: root() }));
    expect(box.get()).toEqual({});
  });

  test("refuses NULL even if the allocator does not support owns", () => {
    const heap = Allocator.from({ memory: root().memory, allocate: () => 0, deallocate: () => {} });
    expect(thrown(() => Box.fromRaw(f64, 0 as Ptr, heap))).toBe("MisuseError: foreign-pointer");
    expect(thrown(() => Box.fromRaw(f64, 64 as Ptr, heap))).toBe("nothing was thrown");
  });

  test("accepts a value as large as the block according to the allocator, and none larger", () => {
    const heap = system({ parent: root() });
    const at = heap.allocate(Layout.of(100, 1)) as Ptr;
    const room = heap.sizeAt(at);
    expect(thrown(() => Box.fromRaw(array(u8, room), at, heap))).toBe("nothing was thrown");
    expect(thrown(() => Box.fromRaw(array(u8, room + 1), at, heap))).toBe("MisuseError: wrong-layout");
  });
});

/** An allocator whose scope accepts only that many handles. */
function scopeOf(handles: number) {
  const heap = stats(system({ parent: root() }));
  let left = handles;
  const defer = () => {
    if (left-- === 0) throw new Error("no more");
  };
  return Object.defineProperties(heap, { defer: { value: defer }, isScoped: { value: true } });
}

describe("a block is given back if its handle cannot be made", () => {
  test.each([
    ["Box.new", 0, (heap: Allocator) => Box.new(u32, 1, heap)],
    ["Box.emplace", 0, (heap: Allocator) => Box.emplace(array(u8, 2), () => {}, heap)],
    ["Rc.new", 0, (heap: Allocator) => Rc.new(u32, 1, heap)],
    ["Vec.withCapacity", 0, (heap: Allocator) => Vec.withCapacity(u32, 9, heap)],
  ] as const)("%s", (_what, handles, make) => {
    const heap = scopeOf(handles);
    expect(() => make(heap)).toThrow(new Error("no more"));
    expect(heap.counters.numLive).toBe(0);
  });

  test("a Vec whose Box cannot be made keeps its block", () => {
    const heap = scopeOf(1);
    const vec = Vec.from(u32, [1], heap);
    expect(() => vec.intoBox()).toThrow(new Error("no more"));
    expect([heap.counters.numLive, vec.length]).toEqual([1, 1]);
  });

  test("and errors of the allocator meanwhile are reported too", () => {
    const heap = Object.assign(Object.create(root()), {
      deallocate() {
        throw new Error("deallocate");
      },
    });
    const build = () => {
      throw new Error("build");
    };
    expect(() => Box.emplace(u32, build, heap)).toThrow(
      expect.objectContaining({ errors: [new Error("build"), new Error("deallocate")] }),
    );
  });
});

describe("a Box", () => {
  test("ends the view of its builder when it ends, and no sooner", () => {
    let kept: { at(index: number): number } | undefined;
    const box = Box.emplace(
      array(u8, 2),
      (items) => {
        kept = items;
      },
      root(),
    );
    expect([kept!.at(0), box.value === kept]).toEqual([0, true]);
    box.dispose();
    expect(thrown(() => kept!.at(0))).toBe("MisuseError: disposed");
  });

  test("of a value without parts can be emplaced, starting with zeros", () => {
    using box = Box.emplace(u32, (value) => expect(value).toBe(0), root());
    expect([box.value, box.get()]).toEqual([0, 0]);
    box.set(5);
    expect(box.value).toBe(5);
  });

  test("that was leaked keeps its view when another Box ends", () => {
    const heap = root();
    const shown = Box.new(array(u8, 2), [1, 2], heap).leak();
    Box.new(array(u8, 2), [3, 4], heap).dispose();
    expect([...shown]).toEqual([1, 2]);
  });

  test("whose value throws while it is read requests no memory", () => {
    const Point = struct({ x: f64, y: f64 });
    expect(() => Box.tryNew(Point, unreadable(), none())).toThrow("unreadable");
  });

  test("in a region that was disposed of releases nothing twice", () => {
    const parent = root();
    const region = scoped(1024, { parent });
    const box = Box.new(u32, 1, region);
    region.dispose();
    box.dispose();
    expect(held(parent)).toBe(0);
    expect(held(pages())).toBe(0);
  });
});
