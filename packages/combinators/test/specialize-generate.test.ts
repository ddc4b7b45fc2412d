// @module-tag alone
import { chain, fallback, limit } from "@alloc/combinators";
import * as core from "@alloc/core";
import { Allocator, Layout, Memory, NULL, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { afterEach, describe, expect, test, vi } from "vitest";

const native = globalThis.Function;
let asked: string[] = [];

const parent = pages(Memory.linear({ maximum: 2 ** 22 }));
const list = () => freeList(64, { blocks: 2, parent });
/** A chain of the given depth, which is a shape of its own. */
const deep = (depth: number): Allocator => (depth === 0 ? list() : limit(deep(depth - 1), 999));

/**
 * The specialising module as if no code had been made yet, and a count of its requests to the engine. No other module is loaded
 * anew, because their code at load time would count as tested by these tests alone (docs/mutation.md).
 */
async function fresh(isAllowed: () => boolean) {
  vi.resetModules();
  vi.doMock("@alloc/core", () => core);
  asked = [];
  globalThis.Function = new Proxy(native, {
    construct(target, texts: string[]) {
      asked.push(texts.at(-1)!);
      if (!isAllowed()) throw new EvalError("refused");
      return Reflect.construct(target, texts);
    },
  });
  const [{ specialized }, { Handle }] = await Promise.all([
    import("../src/specialize/specialize.ts"),
    import("../src/specialize/handle.ts"),
  ]);
  return { specialized, Handle };
}

afterEach(() => {
  globalThis.Function = native;
});

describe("where generating code is allowed", () => {
  test("a method that strict code refuses only prevents the copy of its class", async () => {
    const { specialized } = await fresh(() => true);
    class Odd extends Allocator {
      override readonly memory = parent.memory;
      readonly inner: Allocator;
      constructor(inner: Allocator) {
        super(undefined, [inner]);
        this.inner = inner;
      }
      override allocate(layout: Layout) {
        return this.inner.allocate(layout);
      }
      override deallocate(...block: Parameters<Allocator["deallocate"]>) {
        this.inner.deallocate(...block);
      }
    }
    const sloppy = new native("return { old(a) { var public = a; return public; } }.old")();
    Object.defineProperty(Odd.prototype, "old", { enumerable: true, value: sloppy });
    expect(Object.getPrototypeOf(specialized(() => new Odd(list())))).toBe(Odd.prototype);
    expect(specialized(() => limit(list(), 9)).constructor.name).toBe("Limit<FreeList>");
  });

  test("the engine is not asked before something is specialised", async () => {
    await fresh(() => true);
    limit(list(), 9);
    chain(list()).orElse(list()).build();
    expect(asked).toEqual([]);
  });

  test("each shape is compiled once, from a unique text", async () => {
    const { specialized, Handle } = await fresh(() => true);
    for (let times = 0; times < 3; times++) {
      specialized(() => limit(list(), 9));
      new Handle(specialized(() => fallback(list(), list())));
      new Handle(list());
    }
    expect(asked.length).toBe(4);
    expect(new Set(asked).size).toBe(4);
    expect(asked[0]).toMatch(/^"use strict";[\s\S]*\n\/\/# sourceURL=alloc:\d+:Limit<FreeList>$/);
  });

  test("256 shapes are created, and further ones are shared", async () => {
    const { specialized } = await fresh(() => true);
    const whole = specialized(() => deep(300));
    const names: string[] = [];
    for (let at = whole; at.children.length > 0; at = at.children[0]!) names.push(at.constructor.name);
    expect(names.filter((name) => name.includes("<")).length).toBe(256);
    expect(asked.length).toBe(256);
    const ptr = whole.allocate(Layout.of(64));
    expect(ptr).not.toBe(0);
    whole.deallocate(ptr as never, Layout.of(64));
    // An existing shape continues to work.
    expect(specialized(() => limit(list(), 9)).constructor.name).toBe("Limit<FreeList>");
    expect(asked.length).toBe(256);
  });

  test("a name that is not an identifier stays within its comment", async () => {
    const { specialized } = await fresh(() => true);
    class Odd extends Allocator {
      readonly inner = this.children[0]!;
      readonly memory = this.inner.memory;
      allocate = () => 0 as const;
      deallocate() {}
    }
    Object.defineProperty(Odd, "name", { value: "\n);throw 1//" });
    const odd = specialized(() => new Odd(undefined, [list()]));
    expect(asked.at(-1)).toMatch(/sourceURL=alloc:\d+:throw1<FreeList>$/);
    expect(odd).toBeInstanceOf(Odd);
  });
});

describe("where generating code is not allowed", () => {
  test("it is tried once, and then everything is shared, with the same results", async () => {
    const { specialized, Handle } = await fresh(() => false);
    const built = [specialized(() => limit(list(), 100)), specialized(() => fallback(list(), list()))];
    const layout = Layout.of(64);
    for (const [index, allocator] of built.entries()) {
      expect(allocator.constructor.name).not.toContain("<");
      const handle = new Handle(allocator);
      const ptrs = [layout, layout].map((it) => handle.allocate(it));
      expect(ptrs.map((ptr) => ptr !== 0)).toEqual([true, index !== 0]);
      handle.deallocate(ptrs[0] as never, layout);
      expect(allocator.allocate(layout)).toBe(ptrs[0]);
    }
    expect(asked.length).toBe(1);
  });

  test("a chain asked to be specialised is created as usual", async () => {
    const { specialized } = await fresh(() => false);
    const built = specialized(() => chain(list()).orElse(list()).build());
    expect(asked.length).toBe(1);
    expect(built.constructor.name).not.toContain("<");
    const layout = Layout.of(64);
    const ptrs = [layout, layout].map((it) => built.allocate(it));
    expect(ptrs).not.toContain(0);
    built.deallocate(ptrs[0] as never, layout);
    expect(built.allocate(layout)).toBe(ptrs[0]);
  });

  test("shapes created before the first refusal continue to work", async () => {
    let isAllowed = true;
    const { specialized } = await fresh(() => isAllowed);
    specialized(() => limit(list(), 9));
    isAllowed = false;
    expect(specialized(() => fallback(list(), list())).constructor.name).not.toContain("<");
    isAllowed = true;
    expect(specialized(() => limit(list(), 9)).constructor.name).toBe("Limit<FreeList>");
    expect(specialized(() => fallback(list(), list())).constructor.name).not.toContain("<");
    expect(asked.length).toBe(2);
  });
});

describe("a handle", () => {
  test("returns the results of its allocator, also after its end", async () => {
    const { Handle } = await fresh(() => true);
    const allocator = list();
    const handle = new Handle(allocator);
    const layout = Layout.of(64);
    const ptrs = [layout, layout, layout].map((it) => handle.allocate(it));
    expect(ptrs.map((ptr) => ptr !== NULL)).toEqual([true, true, false]);
    handle.deallocate(ptrs[0] as never, layout);
    expect(() => handle.deallocate(ptrs[0] as never, layout)).toThrow("is not live");
    expect(handle.allocate(layout)).toBe(ptrs[0]);
    allocator.dispose();
    expect(() => handle.allocate(layout)).toThrow("disposed");
  });

  test("has its own functions, with the code of its shape", async () => {
    const { Handle } = await fresh(() => true);
    const [one, other] = [new Handle(list()), new Handle(list())];
    expect(one.allocate).not.toBe(other.allocate);
    new Handle(limit(list(), 9));
    expect(asked.length).toBe(2);
    expect(asked[0]).toMatch(/allocate[\s\S]*deallocate[\s\S]*\n\/\/# sourceURL=alloc:\d+:Handle$/);
  });
});
