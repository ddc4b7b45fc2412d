// @module-tag alone
import { bucketize, cascade, chain, fallback, limit, segregate } from "@alloc/combinators";
import { specialized } from "@alloc/combinators/specialize";
import { Allocator, can, Layout, Memory, type Ptr, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { stats } from "@alloc/proxy";
import { scoped } from "@alloc/scoped";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

const parent = pages(Memory.linear({ maximum: 2 ** 22 }));
const list = (size: number) => freeList(size, { blocks: 4, parent });
const heap = () => system({ parent });
const two = () => fallback(list(64), heap());
const shapeOf = (allocator: object): object => Object.getPrototypeOf(allocator);

describe("specialisation applies to", () => {
  test("a class whose name lists its children", () => {
    const deep = specialized(() => stats(fallback(segregate([64, list(64)], list(256)), heap())));
    expect(deep.constructor.name).toBe("Stats<Fallback<Segregate<FreeList>,System>>");
  });

  test("a chain built in it, with all its combinators", () => {
    const built = specialized(() => chain(list(64)).orElse(heap()).pipe(limit, 999).pipe(stats).build());
    expect(built.constructor.name).toBe("Stats<Limit<Fallback<FreeList,System>>>");
    const routed = specialized(() => segregate([64, list(64)], heap()));
    expect(routed.constructor.name).toBe("Segregate<FreeList,System>");
  });

  test("no chain built elsewhere", () => {
    expect(shapeOf(chain(list(64)).orElse(heap()).build())).toBe(shapeOf(two()));
  });

  test("a borrower, and many children of one kind", () => {
    expect(specialized(() => two().byRef()).constructor.name).toBe("Borrowed<Fallback<FreeList,System>>");
    const pools = specialized(() => bucketize(list, { from: 16, to: 64, step: 16 }));
    expect(pools.constructor.name).toBe("Bucketize<FreeList>");
  });

  test("no leaf, and no allocator created before or after the call", () => {
    const before = two();
    const limited = specialized(() => limit(before, 999));
    expect(limited.constructor.name).toBe("Limit<Fallback>");
    expect(shapeOf(before)).toBe(shapeOf(two()));
    expect(shapeOf(specialized(() => list(64)))).toBe(shapeOf(list(64)));
  });

  test("allocators created in a nested call, and nothing more if it throws", () => {
    const inner = specialized(() => [specialized(two), two()] as const);
    expect(inner.map((it) => it.constructor.name)).toEqual(Array(2).fill("Fallback<FreeList,System>"));
    const error = new Error("mine");
    expect(() =>
      specialized(() => {
        throw error;
      }),
    ).toThrow(error);
    expect(shapeOf(two())).not.toBe(shapeOf(inner[0]));
  });

  test("a third-party combinator, whose methods with free names are not copied", () => {
    const SECRET = 7;
    class MachineryMachine extends Allocator {
      override readonly memory: Memory;
      readonly inner: Allocator;
      constructor(inner: Allocator) {
        super(undefined, [inner]);
        this.memory = inner.memory;
        this.inner = inner;
      }
      override allocate(layout: Layout): Ptr | 0 {
        return this.inner.allocate(layout);
      }
      override deallocate(ptr: Ptr, layout: Layout): void {
        this.inner.deallocate(ptr, layout);
      }
      secret(): number {
        return SECRET;
      }
    }
    // Not a method, though written like one.
    Object.defineProperty(MachineryMachine.prototype, "note", { value: "note() { return 1; }" });
    const own = specialized(() => new MachineryMachine(list(64)));
    expect(own.constructor.name).toBe("Machinery<FreeList>");
    expect(Object.getOwnPropertyNames(shapeOf(own))).not.toContain("note");
    expect(Object.keys(Object.getOwnPropertyDescriptors(shapeOf(own)))).toContain("allocate");
    expect(own.secret()).toBe(7);
    const ptr = own.allocate(Layout.of(64));
    expect(own.inner).toBe(own.children[0]);
    own.deallocate(ptr as Ptr, Layout.of(64));
  });
});

describe("a shape", () => {
  test("is shared by all instances of the same kinds, and differs for others", () => {
    const [one, other] = [specialized(two), specialized(two)];
    expect(shapeOf(one)).toBe(shapeOf(other));
    const makes: readonly (() => Allocator)[] = [
      () => two(),
      () => fallback(heap(), list(64)),
      () => fallback(list(64), two()),
      () => fallback(list(64), list(64)),
      () => fallback(scoped(100, { parent }), heap()),
    ];
    const shapes = makes.map((make) => shapeOf(specialized(make)));
    expect(new Set(shapes).size).toBe(shapes.length);
  });

  test("differs if a child has other capabilities", () => {
    const plain = () => Allocator.from({ memory: parent.memory, allocate: () => 0, deallocate() {} });
    const [without, with_] = [specialized(() => limit(plain(), 9)), specialized(() => limit(two(), 9))];
    expect([without, with_].map((it) => can(it as Allocator, "owns"))).toEqual([false, true]);
    expect(shapeOf(without)).not.toBe(shapeOf(with_));
  });

  test("has its own copies of the closed methods, and inherits the others", () => {
    // Coverage and mutation counters keep a method from being closed; there are none in stats here.
    const count = () => stats(list(64));
    const [own, shared] = [specialized(count), count()];
    expect(own.allocate).not.toBe(shared.allocate);
    expect(`${own.allocate}`).toBe(`${shared.allocate}`);
    expect(own.dispose).toBe(shared.dispose);
  });

  test("is that of the shared class", () => {
    const [own, shared] = [specialized(two), two()];
    expect(own).toBeInstanceOf(shared.constructor);
    expect(own).toBeInstanceOf(Allocator);
    expect(Object.keys(own)).toEqual(Object.keys(shared));
    expect(Object.keys(shapeOf(own))).toEqual([]);
    expect(`${own}`).toBe(`${shared}`);
    expect(own.describeSelf()).toEqual(shared.describeSelf());
  });
});

describe("the end of a specialised chain", () => {
  test("every call is misuse, a second dispose is not, and all chunks are released", () => {
    const held = parent.footprint().held;
    const chained = specialized(() => stats(two()));
    chained.allocate(Layout.of(64));
    chained.dispose();
    chained.dispose();
    expect(codeThrown(() => chained.allocate(Layout.of(64)))).toBe("disposed");
    expect(codeThrown(() => chained.owns(65536 as Ptr))).toBe("disposed");
    expect(parent.footprint().held).toBe(held);
    expect(chained.counters.numAllocate).toBe(1);
    expect(chained).toBeInstanceOf(Allocator);
  });

  test("using ends it, and others of its shape live on", () => {
    const other = specialized(two);
    let inner: Allocator;
    {
      using short = specialized(two);
      inner = short;
    }
    expect(codeThrown(() => inner.allocate(Layout.of(64)))).toBe("disposed");
    expect(other.allocate(Layout.of(64))).not.toBe(0);
    expect(specialized(two).allocate(Layout.of(64))).not.toBe(0);
  });

  test("members that a cascade creates and disposes are not specialised", () => {
    using grown = specialized(() => cascade(() => fallback(list(64), list(64))));
    const layout = Layout.of(64);
    const ptrs = Array.from({ length: 30 }, () => grown.allocate(layout) as Ptr);
    expect(ptrs).not.toContain(0);
    for (const ptr of ptrs) grown.deallocate(ptr, layout);
    expect(grown.members.length).toBe(1);
  });
});
