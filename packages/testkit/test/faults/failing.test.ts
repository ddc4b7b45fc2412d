import { Allocator, type Capability, can, Layout, Memory, NULL, orThrow, type Ptr, pages } from "@alloc/core";
import { type FreeList, freeList } from "@alloc/freelist";
import { tinyHeap } from "@alloc/global";
import { type AllocRequest, type Failing, type FaultPolicy, failing } from "@alloc/testkit";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { codeThrown } from "../../../../checks/support/thrown.ts";

const memory = Memory.linear({ maximum: 2 ** 23 });
const parent = pages(memory);
const layout = Layout.of(40);
const take = (allocator: Allocator, asked = layout) => orThrow(allocator.allocate(asked), asked);
const heap = () => tinyHeap({ parent });

/** The numbers of the served requests, by an allocator with room for all of them. */
function served(policy: FaultPolicy, sizes: readonly number[] = Array(7).fill(8)): boolean[] {
  using allocator = failing(heap(), policy);
  return sizes.map((size) => allocator.allocate(Layout.of(size)) !== NULL);
}

describe("policies", () => {
  const table: [FaultPolicy, string][] = [
    [{ at: 1 }, "✗✓✓✓✓✓✓"],
    [{ at: 3 }, "✓✓✗✓✓✓✓"],
    [{ after: 0 }, "✗✗✗✗✗✗✗"],
    [{ after: 3 }, "✓✓✓✗✗✗✗"],
    [{ every: 1 }, "✗✗✗✗✗✗✗"],
    [{ every: 3 }, "✓✓✗✓✓✗✓"],
    [{ at: undefined, every: 3 }, "✓✓✗✓✓✗✓"],
    [{ largerThan: 7 }, "✗✗✗✗✗✗✗"],
    [{ largerThan: 8 }, "✓✓✓✓✓✓✓"],
    [{ probability: 0, seed: 1 }, "✓✓✓✓✓✓✓"],
    [{ probability: 1, seed: 1 }, "✗✗✗✗✗✗✗"],
    [({ index }) => index === 2 || index === 5, "✓✗✓✓✗✓✓"],
  ];
  test.each(table)("%o: %s", (policy, expected) => {
    expect(served(policy).map((yes) => (yes ? "✓" : "✗"))).toEqual([...expected]);
  });

  test("a size is compared with the requested bytes", () => {
    expect(served({ largerThan: 100 }, [101, 99, 100, 0, 5000])).toEqual([false, true, true, true, false]);
  });

  test("a function gets the number, the call and the new layout of each request", () => {
    const told: AllocRequest[] = [];
    using allocator = failing(heap(), (request) => {
      told.push(request);
      return false;
    });
    const [small, large] = [Layout.of(8), Layout.of(80)];
    const grown = allocator.grow(take(allocator, small), small, large) as Ptr;
    const shrunk = allocator.shrink(grown, large, small) as Ptr;
    const zeroed = allocator.growZeroed(shrunk, small, large) as Ptr;
    allocator.resizeInPlace(zeroed, large, small);
    allocator.allocateZeroed(large);
    expect(told).toEqual([
      { index: 1, call: "allocate", layout: small },
      { index: 2, call: "grow", layout: large },
      { index: 3, call: "shrink", layout: small },
      { index: 4, call: "growZeroed", layout: large },
      { index: 5, call: "resizeInPlace", layout: small },
      { index: 6, call: "allocateZeroed", layout: large },
    ]);
  });

  test("a probability fails the same requests for the same seed, others for another, and the right share", () => {
    const sizes = Array(4000).fill(8);
    const toss = (probability: number, seed: number) => served({ probability, seed }, sizes);
    expect(toss(0.25, 7)).toEqual(toss(0.25, 7));
    expect(toss(0.25, 7)).not.toEqual(toss(0.25, 8));
    for (const [probability, seed] of [0.1, 0.5, 0.9].flatMap((p) =>
      [0, 1, 2 ** 32].map((seed) => [p, seed] as const),
    )) {
      const failed = toss(probability, seed).filter((yes) => !yes).length / sizes.length;
      expect(Math.abs(failed - probability)).toBeLessThan(0.03);
    }
  });

  test.each([
    [{ at: 0 }, "at must be an integer of at least 1, got 0"],
    [{ after: -1 }, "after must be an integer of at least 0, got -1"],
    [{ every: 0.5 }, "every must be an integer of at least 1, got 0.5"],
    [{ largerThan: NaN }, "largerThan must be an integer of at least 0, got NaN"],
    [{ probability: 1.5, seed: 0 }, "probability must be a number from 0 to 1, got 1.5"],
    [{ probability: 0.5 } as unknown as FaultPolicy, "seed must be an integer of at least 0, got undefined"],
    [{ at: 1, every: 3 }, "a policy is one of at, after, every, largerThan and probability, got at and every"],
    [{} as FaultPolicy, "expected a policy with at, after, every, largerThan, or probability and seed, or a function"],
  ] as [FaultPolicy, string][])("%o is refused: %s", (policy, message) => {
    expect(() => failing(heap(), policy)).toThrow(message);
  });
});

describe("a request that fails", () => {
  test("does not reach the inner allocator, whichever it is", () => {
    const reached: string[] = [];
    const inner = new Proxy(heap(), {
      get(target, key) {
        const value = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => {
          reached.push(String(key));
          return value.apply(target, given);
        };
      },
    });
    const allocator = failing(inner, { after: 0 });
    reached.length = 0;
    const [ptr, larger] = [70000 as Ptr, Layout.of(80)];
    const answers = [
      allocator.allocate(layout),
      allocator.allocateZeroed(layout),
      allocator.grow(ptr, layout, larger),
      allocator.growZeroed(ptr, layout, larger),
      allocator.shrink(ptr, larger, layout),
      allocator.resizeInPlace(ptr, layout, larger),
    ];
    expect(answers).toEqual([NULL, NULL, NULL, NULL, NULL, false]);
    expect(reached).toEqual([]);
  });

  test("is counted as a request and as failed; a request refused by the inner allocator counts only as a request", () => {
    using allocator = failing(freeList(64, { blocks: 1, parent }), { at: 2 });
    for (let count = 0; count < 3; count++) allocator.allocate(layout);
    expect([allocator.numRequests, allocator.numFailed]).toEqual([3, 1]);
  });

  test("leaves the block unchanged", () => {
    using allocator = failing(heap(), { after: 1 });
    const ptr = take(allocator);
    memory.fill(ptr, 40, 0x5a);
    allocator.grow(ptr, layout, Layout.of(400));
    allocator.shrink(ptr, layout, Layout.of(8));
    allocator.resizeInPlace(ptr, layout, Layout.of(8));
    expect([...memory.view(Uint8Array, ptr, 40)]).toEqual(Array(40).fill(0x5a));
    expect(allocator.sizeAt(ptr)).toBe(40);
  });
});

describe("calls that cannot fail", () => {
  test("requests of size 0, shrinks to 0 and releases do not count", () => {
    using allocator = failing(heap(), { after: 2 });
    const [first, second] = [take(allocator), take(allocator)];
    const empty = Layout.of(0, 16);
    expect([allocator.allocate(empty), allocator.allocateZeroed(empty)]).toEqual([empty.dangling, empty.dangling]);
    expect(allocator.grow(empty.dangling, empty, empty)).toBe(empty.dangling);
    expect(allocator.shrink(first, layout, empty)).toBe(empty.dangling);
    expect(allocator.resizeInPlace(second, layout, empty)).toBe(false);
    allocator.deallocate(second, layout);
    allocator.deallocate(empty.dangling, empty);
    expect([allocator.numRequests, allocator.numFailed]).toEqual([2, 0]);
    expect(codeThrown(() => allocator.sizeAt(first))).toBe("double-free");
  });

  test("growing from size 0 can fail", () => {
    using allocator = failing(heap(), { at: 1 });
    const empty = Layout.of(0);
    expect(allocator.grow(empty.dangling, empty, layout)).toBe(NULL);
    expect(allocator.growZeroed(empty.dangling, empty, layout)).not.toBe(NULL);
  });
});

test("under any policy, the served requests get the addresses they would get without the others", () => {
  const step = fc.record({ size: fc.integer({ min: 0, max: 200 }), zeroed: fc.boolean() });
  const policy: fc.Arbitrary<FaultPolicy> = fc.oneof(
    fc.record({ at: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ after: fc.nat(40) }),
    fc.record({ every: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ largerThan: fc.nat(200) }),
    fc.record({ probability: fc.double({ min: 0, max: 1, noNaN: true }), seed: fc.nat() }),
  );
  fc.assert(
    fc.property(policy, fc.array(step, { maxLength: 60 }), (policy, steps) => {
      // Each in its own memory, so at the same addresses.
      const list = () =>
        freeList(128, { blocks: 10, parent: pages(Memory.virtual(2 ** 20, { copy() {}, fill() {} })) });
      const [allocator, model] = [failing(list(), policy), list()];
      for (const { size, zeroed } of steps) {
        const asked = Layout.of(size);
        const failedBefore = allocator.numFailed;
        const ptr = zeroed ? allocator.allocateZeroed(asked) : allocator.allocate(asked);
        if (allocator.numFailed > failedBefore) expect(ptr).toBe(NULL);
        else expect(ptr).toBe(model.allocate(asked));
      }
      expect(allocator.numRequests).toBe(steps.filter(({ size }) => size > 0).length);
    }),
  );
});

describe("as an allocator", () => {
  const capabilities: readonly Capability[] = ["owns", "reset", "resizeInPlace", "defer", "sizeAt", "check", "trim"];

  test("it has the capabilities of the inner one", () => {
    const bare = Allocator.from({ memory, allocate: () => NULL, deallocate() {}, defer() {} });
    for (const inner of [heap(), freeList(64, { parent }), heap().byRef(), bare]) {
      const of = (allocator: Allocator) =>
        capabilities.filter((capability) => can<Allocator, Capability>(allocator, capability));
      expect(of(failing(inner, { at: 1 }))).toEqual(of(inner));
    }
    expectTypeOf(failing(freeList(64), { at: 1 })).toEqualTypeOf<Failing<FreeList>>();
    expectTypeOf(failing(freeList(64), { at: 1 }).inner).toEqualTypeOf<FreeList>();
    expectTypeOf(failing(heap() as Allocator, { at: 1 })).not.toHaveProperty("owns");
  });

  test("its sizes, capabilities and footprint are those of the inner one", () => {
    using allocator = failing(freeList(64, { blocks: 2, parent }), { at: 1 });
    const { inner } = allocator;
    allocator.allocate(layout);
    const ptr = take(allocator);
    expect(allocator.usableSize(layout)).toBe(64);
    expect(allocator.sizeAt(ptr)).toBe(64);
    expect([allocator.owns(ptr), allocator.owns(NULL as unknown as Ptr)]).toEqual([true, false]);
    expect(allocator.footprint()).toEqual(inner.footprint());
    expect([allocator.memory, allocator.detects]).toEqual([inner.memory, inner.detects]);
  });

  test("a reset ends the blocks and keeps counting", () => {
    using allocator = failing(freeList(64, { blocks: 1, parent }), { at: 3 });
    const ptr = take(allocator);
    allocator.reset();
    expect([take(allocator), allocator.allocate(layout)]).toEqual([ptr, NULL]);
    expect([allocator.numRequests, allocator.numFailed]).toEqual([3, 1]);
  });

  test("the inner allocator is disposed with it", () => {
    const inner = heap();
    failing(inner, { at: 1 }).dispose();
    expect(codeThrown(() => inner.allocate(layout))).toBe("disposed");
  });

  test("describe has the policy, unless it is a function", () => {
    const optionsOf = (policy: FaultPolicy) => {
      const { nodes, root } = structuredClone(failing(heap(), policy).describe());
      return [nodes[root]!.kind, nodes[root]!.options];
    };
    expect(optionsOf({ every: 3 })).toEqual(["failing", { every: 3 }]);
    expect(optionsOf(() => true)).toEqual(["failing", {}]);
  });
});
