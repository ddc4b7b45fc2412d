import { Allocator, can, Layout, Memory, type Null, type Ptr, pages } from "@alloc/core";
import { resetAll } from "@alloc/core/author";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { realm } from "../src/chain/realm.ts";
import { thrownBy } from "./support/thrown.ts";

const memory = Memory.over(new ArrayBuffer(65536));
const eight = Layout.of(8);
const DISPOSED = expect.objectContaining({ name: "MisuseError", code: "disposed" });

/** A leaf that logs when it ends. */
class Tenant extends Allocator {
  override readonly memory = memory;
  readonly name: string;
  readonly log: string[];
  atEnd: () => void = () => {};

  constructor(name: string, log: string[], parent?: Allocator, children?: readonly Allocator[]) {
    super(parent, children);
    this.name = name;
    this.log = log;
  }
  override allocate(layout: Layout): Ptr | Null {
    return layout.size === 0 ? layout.dangling : (64 as Ptr);
  }
  override deallocate(): void {}
  reset(): void {
    const errors: unknown[] = [];
    this.endTenants(errors);
    this.log.push(`${this.name} reset`);
    this.epochChanged();
    if (errors.length !== 0) throw errors[0];
  }
  override describeSelf() {
    return { kind: this.name, options: {}, state: {} };
  }
  override close(): void {
    this.atEnd();
    this.log.push(this.name);
  }
}

/** A combinator that logs when it settles and closes. */
class Group extends Tenant {
  constructor(name: string, log: string[], children: readonly Allocator[]) {
    super(name, log, undefined, children);
  }
  override settle(): void {
    this.log.push(`${this.name} settles`);
  }
  override reset(): void {
    resetAll(this);
    this.log.push(`${this.name} reset`);
  }
}

describe("dispose", () => {
  test("ends its tenants first, the newest before the others, and at every depth", () => {
    const log: string[] = [];
    const heap = new Tenant("heap", log);
    const first = new Tenant("first", log, heap);
    new Tenant("on first", log, first);
    new Tenant("second", log, heap);
    new Tenant("third", log, heap);
    heap.dispose();
    expect(log).toEqual(["third", "second", "on first", "first", "heap"]);
  });

  test("ends the tenants of chains built on it: of a combinator that owns it, of a borrower, and of its byRef", () => {
    const log: string[] = [];
    const heap = new Tenant("heap", log);
    new Tenant("on lent", log, heap.byRef());
    const borrower = new Group("borrower", log, [heap.byRef()]);
    new Tenant("on borrower", log, borrower);
    const owner = new Group("owner", log, [heap]);
    new Tenant("on owner", log, owner);
    heap.dispose();
    expect(log.at(-1)).toBe("heap");
    expect(new Set(log)).toEqual(new Set(["on owner", "on borrower", "on lent", "heap"]));
  });

  test("settles between its tenants and its children, and closes after them", () => {
    const log: string[] = [];
    const child = new Tenant("child", log);
    const group = new Group("group", log, [child]);
    new Tenant("tenant", log, group);
    group.dispose();
    expect(log).toEqual(["tenant", "group settles", "child", "group"]);
  });

  test("lets an ending allocator use the ones below and above it, and refuses only afterwards", () => {
    const log: string[] = [];
    const child = new Tenant("child", log);
    const group = new Group("group", log, [child]);
    const tenant = new Tenant("tenant", log, group);
    const used: unknown[] = [];
    child.atEnd = () => used.push(group.allocate(eight));
    tenant.atEnd = () => used.push(group.allocate(eight), child.allocate(eight));
    group.dispose();
    expect(used).toEqual([64, 64, 64]);
    for (const each of [tenant, child, group]) expect(() => each.allocate(eight)).toThrow(DISPOSED);
  });

  test("ends everything, whichever throws, and then throws all errors: a single one unchanged", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), (throwing) => {
        const log: string[] = [];
        const [a, b] = [new Tenant("a", log), new Tenant("b", log)];
        const group = new Group("group", log, [a, b]);
        const all = [
          new Tenant("old", log, group),
          new Tenant("new", log, group),
          a,
          b,
          new Tenant("on a", log, a),
          group,
        ];
        const errors = all.flatMap((each, index) => {
          if (!throwing[index]) return [];
          const error = new Error(each.name);
          each.atEnd = () => {
            throw error;
          };
          return [error];
        });
        const thrown = thrownBy(() => group.dispose());
        if (errors.length < 2) expect(thrown).toBe(errors[0]);
        else {
          expect(thrown).toBeInstanceOf(AggregateError);
          expect(new Set((thrown as AggregateError).errors)).toEqual(new Set(errors));
        }
        for (const each of all) expect(() => each.allocate(eight), each.name).toThrow(DISPOSED);
        expect(log.length).toBe(all.length - errors.length + 1);
      }),
    );
  });

  test("from a drop that runs meanwhile does nothing: everything ends in order, once", () => {
    const log: string[] = [];
    const [a, b] = [new Tenant("a", log), new Tenant("b", log)];
    const group = new Group("group", log, [a, b]);
    const tenant = new Tenant("tenant", log, group);
    for (const each of [a, b, tenant]) {
      each.atEnd = () => {
        group.dispose();
        each.dispose();
        expect(group.allocate(eight)).toBe(64);
      };
    }
    group.dispose();
    expect(log).toEqual(["tenant", "group settles", "a", "b", "group"]);
  });

  test("also ends allocators that a drop makes meanwhile: on an ending tenant, and while the children end", () => {
    const log: string[] = [];
    const child = new Tenant("child", log);
    const group = new Group("group", log, [child]);
    const tenant = new Tenant("tenant", log, group);
    tenant.atEnd = () => void new Tenant("made by tenant", log, group);
    child.atEnd = () => void new Tenant("made by child", log, group);
    group.dispose();
    expect(log).toEqual(["tenant", "made by tenant", "group settles", "child", "made by child", "group"]);
  });

  test("of a tenant leaves its parent alone, and the parent ends later without it", () => {
    const log: string[] = [];
    const heap = new Tenant("heap", log);
    const tenant = new Tenant("tenant", log, heap);
    tenant.dispose();
    expect(heap.allocate(eight)).toBe(64);
    heap.dispose();
    tenant.dispose();
    expect(log).toEqual(["tenant", "heap"]);
  });

  test("of a chain of 500 wrappers ends each of them", () => {
    const log: string[] = [];
    let outer = new Group("0", log, []);
    for (let depth = 1; depth < 500; depth++) outer = new Group(`${depth}`, log, [outer]);
    outer.dispose();
    expect(log.filter((line) => !line.endsWith("settles")).length).toBe(500);
  });
});

test("an ended allocator is kept nowhere: not below it, nor by its name in a list", () => {
  const [heap, child] = [new Tenant("heap", []), new Tenant("child", [])];
  const { kin } = realm().ends;
  for (let count = 0; count < 100; count++) {
    const tenant = new Tenant("tenant", [], heap);
    const borrower = new Group("borrower", [], [child.byRef(), new Tenant("own", [])]);
    const [own] = borrower.children.slice(1);
    const tokens = [tenant, borrower].map((each) => kin.get(each)!.token!);
    expect(tokens.map(({ object }) => object)).toEqual([tenant, borrower]);
    tenant.dispose();
    borrower.dispose();
    expect(tokens.map(({ object }) => object)).toEqual([undefined, undefined]);
    expect(kin.get(own!)!.owner).toBeUndefined();
    for (const below of [heap, child.byRef()]) expect(kin.get(below)!.above!.refs.size).toBe(0);
  }
});

describe("an allocator that ended with its parent", () => {
  function ended(end: "dispose" | "reset") {
    const log: string[] = [];
    const heap = new Tenant("heap", log);
    const pool = new Tenant("pool", log, heap);
    heap[end]();
    return { heap, pool, log };
  }

  test("says at each call which one ended, the cause, and the right order", () => {
    const { pool } = ended("dispose");
    const message =
      "this pool ended when its parent, a heap, was disposed: first dispose the allocators that take chunks from the heap";
    for (const call of [
      () => pool.allocate(eight),
      () => pool.deallocate(),
      () => pool.byRef(),
      () => pool.dispose(),
    ]) {
      expect(call).toThrow(expect.objectContaining({ name: "MisuseError", code: "disposed", message }));
    }
  });

  test("says so also after a reset of the parent, which goes on", () => {
    const { heap, pool, log } = ended("reset");
    expect(log).toEqual(["pool", "heap reset"]);
    expect(() => pool.allocate(eight)).toThrow(/a heap, was reset: first dispose/);
    expect(heap.allocate(eight)).toBe(64);
  });

  test("reports it in its own dispose once, and then does nothing", () => {
    const { pool } = ended("dispose");
    expect(() => pool.dispose()).toThrow(DISPOSED);
    expect(() => pool.dispose()).not.toThrow();
    expect(() => pool[Symbol.dispose]()).not.toThrow();
  });

  test("is not reported to a combinator that owns it and is just ending itself", () => {
    const log: string[] = [];
    const heap = new Tenant("heap", log);
    const pool = new Tenant("pool", log, heap);
    const group = new Group("group", log, [heap, pool]);
    expect(() => group.dispose()).not.toThrow();
    expect(log).toEqual(["group settles", "pool", "heap", "group"]);
    expect(() => pool.dispose()).not.toThrow();
  });

  test("is reported if its own combinator is disposed later", () => {
    const log: string[] = [];
    const heap = new Tenant("heap", log);
    const group = new Group("group", log, [new Tenant("pool", log, heap)]);
    heap.dispose();
    expect(() => group.dispose()).toThrow(DISPOSED);
    expect(() => group.dispose()).not.toThrow();
    expect(log).toEqual(["pool", "heap", "group settles", "group"]);
  });
});

describe("an allocator that ended with its owner", () => {
  test("names the owner and how to keep it", () => {
    const log: string[] = [];
    const child = new Tenant("child", log);
    new Group("group", log, [child]).dispose();
    expect(() => child.allocate(eight)).toThrow(
      expect.objectContaining({
        message: "this child was disposed with the group that owns it; pass its byRef() to keep it",
      }),
    );
    expect(() => child.dispose()).not.toThrow();
  });

  test("was ended by its own dispose if there is no other cause: make a new one", () => {
    const leaf = new Tenant("leaf", []);
    leaf.dispose();
    expect(() => leaf.allocate(eight)).toThrow(
      expect.objectContaining({ message: "this leaf was disposed; make a new one" }),
    );
  });
});

describe("an allocator that has ended", () => {
  const retired = (name = "pool") => {
    const leaf = new Tenant(name, []);
    leaf.dispose();
    return leaf;
  };

  test("prints as its kind, in text, in JSON and in a console", () => {
    const inspectKey = Symbol.for("nodejs.util.inspect.custom");
    const leaf = retired() as Tenant & Record<symbol, () => string>;
    expect([`${leaf}`, JSON.stringify({ leaf }), leaf[inspectKey]!()]).toEqual([
      "pool (disposed)",
      '{"leaf":"pool (disposed)"}',
      "pool (disposed)",
    ]);
  });

  test("prints its kind also if that calls its methods", () => {
    class Asking extends Tenant {
      kind(): string {
        return "asked";
      }
      override describeSelf() {
        return { kind: this.kind(), options: {}, state: {} };
      }
    }
    const leaf = new Asking("x", []);
    leaf.dispose();
    expect(`${leaf}`).toBe("asked (disposed)");
  });

  test("can be described and printed in a chain it is lent to", () => {
    const leaf = new Tenant("pool", []);
    const group = new Group("group", [], [leaf.byRef()]);
    leaf.dispose();
    expect(`${group}`).toBe("group(byRef(pool (disposed)))");
    expect(group.describe().nodes.map(({ kind }) => kind)).toEqual(["group", "byRef", "pool (disposed)"]);
  });

  test("shortens a long kind", () => {
    const leaf = retired("x".repeat(1e6));
    expect(`${leaf}`.length).toBeLessThan(100);
    expect((thrownBy(() => leaf.allocate(eight)) as Error).message.length).toBeLessThan(200);
  });

  test("keeps its capabilities", () => {
    expect([can(retired(), "reset"), can(retired(), "owns")]).toEqual([true, false]);
  });
});

test("an allocator that never ends is not ended with others: a root over which a tenant of it was made", () => {
  const root = pages(Memory.over(new ArrayBuffer(4096)));
  const log: string[] = [];
  const group = new Group("group", log, [root, root.byRef()]);
  group.dispose();
  expect(root.allocate(Layout.of(16))).toBe(16);
});
