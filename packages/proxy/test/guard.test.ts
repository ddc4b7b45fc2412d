import { type Allocator, alignUp, Layout, Memory, orThrow, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { type GuardError, guard, leaks, proxy, stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { empty, large, small, take, tooLarge } from "./support/fixtures.ts";
import { forgetRegistries } from "./support/registries.ts";

beforeEach(forgetRegistries);

const root = () => pages(Memory.linear({ maximum: 2 ** 20 }));
const heap = (options = {}) => guard(system({ parent: root() }), options);
const bytesOf = (allocator: Allocator, ptr: number, count: number) =>
  allocator.memory.view(Uint8Array, ptr as Ptr, count);

describe("a block", () => {
  test("is exactly as long as requested, whatever the inner allocator guarantees", () => {
    const inexact = Object.defineProperty(freeList(256, { parent: root() }), "isExact", { value: false });
    const list = guard(inexact);
    const layout = Layout.of(41);
    expect([list.usableSize(layout), list.isExact]).toEqual([41, true]);
    expect(list.sizeAt(take(list, layout))).toBe(41);
    expect([list.usableSize(Layout.of(224)), list.usableSize(Layout.of(225))]).toEqual([224, 0]);
    expect([list.allocate(Layout.of(224)) === 0, list.allocate(Layout.of(225)) === 0]).toEqual([false, true]);
  });

  test("is fresh, and its zones reach to the end of the guaranteed bytes", () => {
    const list = guard(freeList(256, { parent: root() }), { redZone: 20 });
    const layout = Layout.of(41, 16);
    const ptr = take(list, layout);
    expect(bytesOf(list, ptr - 32, 32)).toEqual(new Uint8Array(32).fill(0xfd));
    expect(bytesOf(list, ptr, 41)).toEqual(new Uint8Array(41).fill(0xaa));
    expect(bytesOf(list, ptr + 41, 183)).toEqual(new Uint8Array(183).fill(0xfd));
  });

  test("every byte of its zones is checked, and none of its own", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.nat(6),
        fc.nat(40),
        fc.nat(255),
        (size, log, redZone, offset) => {
          const list = guard(freeList(512, { blocks: 2, parent: root() }), { redZone, stackDepth: 0 });
          const layout = Layout.of(size, 2 ** log);
          const ptr = take(list, layout);
          const base = ptr - alignUp(redZone, layout.align);
          const at = base + offset;
          list.memory.u8[at] = 1;
          const isOwn = at >= ptr && at < ptr + size;
          expect(codeThrown(() => list.deallocate(ptr, layout))).toBe(isOwn ? "nothing was thrown" : "overflow");
        },
      ),
    );
  });

  test("can be released and resized with any layout that fits: its size, with its align or 1", () => {
    const one = heap();
    const ptr = take(one, Layout.of(40, 16));
    const grown = one.grow(ptr, Layout.of(40, 1), Layout.of(64, 16)) as Ptr;
    expect(codeThrown(() => one.deallocate(grown, Layout.of(64, 8)))).toBe("wrong-layout");
    one.deallocate(grown, Layout.of(one.sizeAt(grown), 1));
  });

  test("bytes gained by a resize in place are fresh, bytes lost are red zone", () => {
    const list = guard(freeList(256, { parent: root() }));
    const ptr = take(list, small);
    list.memory.fill(ptr, 40, 7);
    expect(list.resizeInPlace(ptr, small, Layout.of(48))).toBe(true);
    expect([...bytesOf(list, ptr + 39, 10)]).toEqual([7, ...Array(8).fill(0xaa), 0xfd]);
    expect(list.resizeInPlace(ptr, Layout.of(48), Layout.of(8))).toBe(true);
    expect([...bytesOf(list, ptr + 7, 3)]).toEqual([7, 0xfd, 0xfd]);
    list.deallocate(ptr, Layout.of(8));
  });
});

describe("a resize", () => {
  test("moves even if it need not, and the old block is dead", () => {
    const one = heap();
    const ptr = take(one, small);
    const next = one.grow(ptr, small, small) as Ptr;
    expect(next).not.toBe(ptr);
    expect(bytesOf(one, ptr, 40)).toEqual(new Uint8Array(40).fill(0xdd));
  });

  test("stays in place if there is no room for both, and keeps and clears the right bytes", () => {
    const memory = Memory.over(new ArrayBuffer(4096));
    const one = guard(pages(memory).byRef());
    const [from, to] = [Layout.of(1000), Layout.of(3500)];
    const ptr = take(one, from);
    one.memory.fill(ptr, 1000, 7);
    expect(one.growZeroed(ptr, from, to)).toBe(ptr);
    expect([...bytesOf(one, ptr + 999, 2502)]).toEqual([7, ...Array(2500).fill(0), 0xfd]);
    expect(one.grow(ptr, to, tooLarge)).toBe(0);
    one.deallocate(ptr, to);
  });

  test("in a memory without bytes works if that of the inner allocator does", () => {
    const one = guard(freeList(400, { parent: pages(Memory.virtual(2 ** 20)) }));
    const ptr = take(one, small);
    expect(one.grow(ptr, small, large)).toBe(ptr);
    expect(one.shrink(ptr, large, Layout.of(50))).toBe(ptr);
    expect(one.sizeAt(ptr)).toBe(50);
    expect(codeThrown(() => one.grow(ptr, Layout.of(50), Layout.of(500)))).toBe("no-bytes");
    expect(codeThrown(() => one.growZeroed(ptr, Layout.of(50), large))).toBe("no-bytes");
    one.deallocate(ptr, Layout.of(50));
  });
});

describe("the quarantine", () => {
  test("keeps the memory of a block from reuse while it has room", () => {
    const one = heap({ quarantine: 200 });
    const ptr = take(one, small);
    one.deallocate(ptr, small);
    const second = take(one, small);
    expect(second).not.toBe(ptr);
    one.deallocate(second, small);
    one.deallocate(take(one, small), small);
    expect(take(one, small)).toBe(ptr);
  });

  test("holds no block larger than itself, and evicts none for such a block", () => {
    const one = heap({ quarantine: 200 });
    const ptr = take(one, small);
    one.deallocate(ptr, small);
    const huge = take(one, large);
    one.deallocate(huge, large);
    expect(take(one, large)).toBe(huge);
    expect(take(one, small)).not.toBe(ptr);
  });

  test("is released if there is no room otherwise", () => {
    const list = guard(freeList(256, { blocks: 2, parent: root() }));
    const [first, second] = [take(list, small), take(list, small)];
    expect(list.allocate(small)).toBe(0);
    list.deallocate(first, small);
    list.deallocate(second, small);
    expect([take(list, small), take(list, small)].sort()).toEqual([first, second].sort());
  });

  test("is kept for a request that the inner allocator can never serve", () => {
    const list = guard(freeList(256, { blocks: 2, parent: root() }));
    const ptr = take(list, small);
    list.deallocate(ptr, small);
    expect(list.allocate(Layout.of(1000))).toBe(0);
    expect(take(list, small)).not.toBe(ptr);
  });

  test.each(["trim", "dispose"] as const)("is released by %s", (call) => {
    const inner = system({ parent: root() });
    const one = guard(call === "trim" ? inner : inner.byRef());
    one.deallocate(take(one, large), large);
    one[call as "dispose"]();
    inner.trim();
    expect(inner.footprint().held).toBe(0);
  });
});

describe("the end", () => {
  test("live blocks return to a lent allocator too: only the guard knows where they start", () => {
    const inner = system({ parent: root() });
    const one = guard(inner.byRef());
    take(one, small);
    one.dispose();
    inner.trim();
    expect(inner.footprint().held).toBe(0);
  });

  test("dispose ends everything, and then throws all faults", () => {
    const one = heap();
    const [first, second] = [take(one, small), take(one, large)];
    one.memory.u8[first - 1] = 0;
    one.memory.u8[second + 400] = 0;
    let errors: GuardError[] = [];
    try {
      one.dispose();
    } catch (error) {
      ({ errors } = error as AggregateError);
    }
    expect(errors.map(({ code, block }) => [code, block?.ordinal])).toEqual([
      ["overflow", 1],
      ["overflow", 2],
    ]);
    expect(codeThrown(() => one.inner.allocate(small))).toBe("disposed");
    one.dispose();
  });

  test("a drop may still use the guard of its scope, and blocks it releases are checked", () => {
    const region = guard(scoped(1000, { parent: root() }));
    const frame = region.frame();
    const ptr = take(frame, small);
    frame.defer(() => frame.deallocate(ptr, small));
    frame.memory.u8[ptr + 40] = 0;
    expect(codeThrown(() => frame.dispose())).toBe("overflow");
    expect(region.isScoped).toBe(false);
    region.check();
  });

  test("in a scope that was reset directly, drops that are deferred next read live blocks", () => {
    const region = scoped(1000, { parent: root() });
    const one = guard(region.byRef());
    take(one, small);
    region.reset();
    const bytes: (number | undefined)[] = [];
    one.defer(() => bytes.push(one.memory.u8[ptr]));
    const ptr = take(one, small);
    one.memory.fill(ptr, small.size, 7);
    region.reset();
    expect(bytes).toEqual([7]);
  });

  test("a guard of a lent scope may end before the scope", () => {
    const region = scoped(1000, { parent: root() });
    const one = guard(region.byRef());
    take(one, small);
    one.dispose();
    region.dispose();
  });

  test("a refused reset ends nothing", () => {
    const region = guard(scoped(1000, { parent: root() }));
    const ptr = take(region, small);
    const frame = region.frame();
    expect(codeThrown(() => region.reset())).toBe("open-scope");
    expect(codeThrown(() => region.allocate(small))).toBe("open-scope");
    frame.dispose();
    region.deallocate(ptr, small);
    take(region, small);
    region.reset();
    expect(region.bytesLive).toBe(0);
  });

  test("the report of a scope names the call that ended it, not a refused one", () => {
    const region = guard(scoped(1000, { parent: root() }));
    const outer = region.frame();
    const inner = outer.frame();
    const ptr = take(inner, small);
    inner.frame();
    const isRefused = () => codeThrown(() => inner.reset());
    expect(isRefused()).toBe("open-scope");
    outer.dispose();
    try {
      region.deallocate(ptr, small);
    } catch (error) {
      const { code, block } = error as GuardError;
      expect([code, block?.released?.includes("isRefused")]).toEqual(["closed-scope", false]);
    }
    expect.assertions(2);
  });

  test.each(["scope", "reset"] as const)("bytes are dead after a %s", (how) => {
    const one = how === "scope" ? guard(scoped(1000, { parent: root() })).frame() : heap();
    const ptr = take(one, small);
    const { memory } = one;
    if (how === "scope") one.dispose();
    else one.reset();
    expect(memory.view(Uint8Array, ptr, 40)).toEqual(new Uint8Array(40).fill(0xdd));
  });

  test("scopes start and end without faults", () => {
    const region = guard(scoped(2000, { parent: root() }));
    for (let round = 0; round < 50; round++) {
      const sum = region.scope((outer) => {
        const ptr = take(outer, small);
        outer.scope((inner) => inner.deallocate(take(inner, large), large));
        outer.deallocate(outer.grow(ptr, small, large) as Ptr, large);
        return outer.bytesLive;
      });
      expect(sum).toBe(0);
    }
    region.dispose();
  });
});

describe("a fault", () => {
  test("is reported once, and the reporting call does nothing else", () => {
    const one = heap();
    const ptr = take(one, small);
    one.memory.u8[ptr + 40] = 0;
    expect(codeThrown(() => one.deallocate(ptr, small))).toBe("overflow");
    expect(one.bytesLive).toBe(40);
    one.check();
    one.deallocate(ptr, small);
    one.memory.u8[ptr] = 0;
    expect(codeThrown(() => one.check())).toBe("write-after-free");
    one.dispose();
  });

  test("in another block leaves the block of the call unchanged", () => {
    const one = heap({ quarantine: 100 });
    const [first, second] = [take(one, small), take(one, small)];
    one.deallocate(first, small);
    one.memory.u8[first] = 0;
    expect(codeThrown(() => one.deallocate(second, small))).toBe("write-after-free");
    expect(one.sizeAt(second)).toBe(40);
    one.deallocate(second, small);
    expect(one.bytesLive).toBe(0);
  });

  test("names the byte, its value, and the side", () => {
    const one = heap();
    const ptr = take(one, small);
    const message = (at: number) => {
      one.memory.u8[at] = 9;
      try {
        one.check();
      } catch (error) {
        return (error as Error).message.split("\n")[0];
      }
      return undefined;
    };
    const block = `#1 (40 bytes, align 8, at ${ptr})`;
    expect(message(ptr + 42)).toBe(`wrote behind the end of ${block}: the byte at ${ptr + 42} is 0x09`);
    expect(message(ptr - 2)).toBe(`wrote before the start of ${block}: the byte at ${ptr - 2} is 0x09`);
    one.deallocate(ptr, small);
    expect(message(ptr)).toBe(`wrote into ${block} after it was released: the byte at ${ptr} is 0x09`);
  });

  test("for a foreign address names the nearest live block, and its distance", () => {
    const one = heap();
    const ptr = take(one, small);
    const message = (at: number) => {
      try {
        one.deallocate(at as Ptr, small);
      } catch (error) {
        return (error as Error).message.split("\n")[0];
      }
      return undefined;
    };
    const block = `#1 (40 bytes, align 8, at ${ptr})`;
    expect(message(ptr + 40)).toBe(
      `${ptr + 40} is not a block of this allocator; the nearest is ${block}, 1 byte before it`,
    );
    expect(message(ptr - 8)).toBe(
      `${ptr - 8} is not a block of this allocator; the nearest is ${block}, 8 bytes behind it`,
    );
    one.deallocate(ptr, small);
    one.deallocate(take(one, small), small);
    expect(message(8192)).toBe("8192 is not a block of this allocator");
  });

  test("about a block that ended long ago is a foreign pointer", () => {
    const one = heap({ quarantine: 2 ** 18, stackDepth: 0 });
    const early = take(one, small);
    one.deallocate(early, small);
    const tiny = Layout.of(1);
    for (let count = 0; count < 4096; count++) one.deallocate(take(one, tiny), tiny);
    expect(codeThrown(() => one.deallocate(early, small))).toBe("foreign-pointer");
  });
});

test("size 0 is not a block", () => {
  const one = heap();
  expect(one.allocate(empty)).toBe(empty.dangling);
  one.deallocate(empty.dangling, empty);
  expect(one.bytesLive).toBe(0);
});

test("check also checks the inner allocator", () => {
  const inner = Object.assign(system({ parent: root() }), {
    check() {
      throw new Error("of the inner one");
    },
  });
  expect(() => guard(inner).check()).toThrow("of the inner one");
});

test("it detects what it declares", () => {
  const four = ["double-free", "interior-pointer", "foreign-pointer", "wrong-layout"];
  const inBytes = ["overflow", "write-after-free"];
  const ofScopes = ["closed-scope", "open-scope"];
  expect(heap().detects).toEqual([...four, ...inBytes]);
  expect(guard(scoped(1000, { parent: root() })).detects).toEqual([...four, ...inBytes, ...ofScopes]);
  expect(guard(system({ parent: pages(Memory.virtual(2 ** 20)) })).detects).toEqual(four);
});

test("it works before and after other observers", () => {
  const told: string[] = [];
  const inner = proxy(system({ parent: root() }), { deallocate: () => told.push("released") });
  const one = stats(leaks(guard(inner, { quarantine: 0 })));
  const ptr = orThrow(one.allocate(small), small);
  expect(codeThrown(() => one.deallocate(ptr, large))).toBe("wrong-layout");
  expect([one.counters.numLive, one.inner.live.length, told]).toEqual([1, 1, []]);
  one.deallocate(ptr, small);
  expect([one.counters.numLive, one.inner.live.length, told]).toEqual([0, 0, ["released"]]);
});

test.each([{ redZone: -1 }, { redZone: 1.5 }, { quarantine: NaN }, { quarantine: -8 }])(
  "%o is refused, and the message has the given value",
  (options) => {
    const [given] = Object.values(options);
    const refused = () => guard(system({ parent: root() }), options);
    expect(refused).toThrow(`of at least 0 bytes, got ${given}`);
    expect(codeThrown(refused)).toBe("size");
  },
);
