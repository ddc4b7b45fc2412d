/** Chains that are made again on the words of their descriptions. */
import {
  affix,
  budget,
  cascade,
  cascadeKind,
  combinatorKinds,
  fallback,
  freeTree,
  type Limit,
  limit,
  quantize,
  quantizeKind,
} from "@alloc/combinators";
import { type Allocator, Layout, Memory, NULL, orThrow, pages } from "@alloc/core";
import { attachDescription, bytesOfBook, fromParts, type Kind, partsOf } from "@alloc/core/author";
import { freeListKind } from "@alloc/freelist";
import { describe, expect, test } from "vitest";
import { expectAttachable } from "../../../checks/support/attached.ts";
import { gate } from "../../../checks/support/gated.ts";
import { CHAINS, double, KINDS, member, pool, root } from "./support/chains.ts";

describe("attached to copies of its words, a chain does what the first one does:", () => {
  test.each(Object.entries(CHAINS))("%s", (_, make) => {
    expectAttachable(make, KINDS);
  });
});

/** The bytes of all words of a chain. */
const bytesOf = (chain: Allocator) =>
  chain
    .describe()
    .nodes.flatMap(({ state }) => Object.values(state))
    .map(({ buffer, byteOffset, byteLength }) =>
      Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString("hex"),
    );

describe("to attach a chain changes no word and takes none:", () => {
  test.each(Object.entries(CHAINS))("%s", (_, make) => {
    const memory = Memory.linear({ shared: true, initial: 65536, maximum: 2 ** 22 });
    const chain = make(pages(memory));
    for (const size of [64, 40, 500, 8, 2000]) chain.allocate(Layout.of(size));
    const before = [bytesOf(chain), bytesOfBook(memory)];
    const again = attachDescription(memory, chain.describe(), KINDS);
    expect([bytesOf(again), bytesOfBook(memory)]).toEqual(before);
    expect(JSON.stringify(again)).toBe(JSON.stringify(chain));
  });
});

test("the options of a description survive JSON", () => {
  for (const make of Object.values(CHAINS)) {
    const { nodes } = make(pages(Memory.linear({ initial: 65536, maximum: 2 ** 22 }))).describe();
    const options = nodes.map((node) => node.options);
    expect(JSON.parse(JSON.stringify(options))).toEqual(options);
  }
});

/** A chain made again over copies of the bytes and of the words. */
function copyOf<A extends Allocator>(chain: A, kinds: readonly Kind[] = KINDS): A {
  const copy = fromParts(structuredClone(partsOf(chain.memory)));
  return attachDescription(copy, structuredClone(chain.describe()), kinds) as A;
}

test("limits that share a budget share it again", () => {
  const parent = root();
  const both = budget({ bytes: 1000, count: 3 });
  const limited = () => limit(pool(64, 8, parent), { budget: both });
  const chain = fallback(limited(), limited());
  chain.allocate(Layout.of(64));
  const again = copyOf(chain);
  const [one, other] = [again.primary, again.secondary] as Limit<Allocator>[];
  expect([one!.budget!.bytes, one!.budget!.count]).toEqual([1000, 3]);
  expect([1, 2, 3].map(() => other!.allocate(Layout.of(64)) !== NULL)).toEqual([true, true, false]);
  expect([one!.budget!.numLive, other!.budget!.numLive, both.numLive]).toEqual([3, 3, 1]);
});

test("an affix has the offsets of its structs again", () => {
  const prefix = Layout.struct({ tag: Layout.u8, owners: Layout.u32 });
  const suffix = Layout.struct({ canary: Layout.u16 });
  const again = copyOf(affix(root().byRef(), { prefix, suffix }));
  expect([again.prefix, again.suffix]).toEqual([prefix, suffix]);
  expect(copyOf(affix(root().byRef(), {})).prefix).toEqual(Layout.of(0, 1));
});

describe("quantize", () => {
  test("with a function says that it needs one", () => {
    expect(quantize(root().byRef(), double).describeSelf().options).toEqual({ round: "function" });
    expect(() => copyOf(quantize(root().byRef(), double), combinatorKinds)).toThrow(
      "attach needs the function that this quantize rounds with: add quantizeKind(round) at the end of the kinds",
    );
  });

  test("with another function of the same chain has its own by name", () => {
    const parent = root();
    const chain = fallback(
      quantize(pool(64, 8, parent), double, { name: "powers" }),
      quantize(parent.byRef(), (size) => size, { name: "none" }),
    );
    const kinds = [
      { ...quantizeKind((size) => size), name: "none" },
      { ...quantizeKind(double), name: "powers" },
    ];
    const again = copyOf(chain, [freeListKind, ...kinds, ...combinatorKinds]);
    expect([again.primary, again.secondary].map((it) => it.usableSize(Layout.of(33)))).toEqual([64, 33]);
  });

  test("with a step may be made by the kind of a function", () => {
    expect(copyOf(quantize(root().byRef(), 48), [quantizeKind(double)]).usableSize(Layout.of(1))).toBe(48);
  });
});

describe("a cascade that was attached", () => {
  test("makes further members with the function of its kind, over the parent of the first", () => {
    const parent = freeTree(root().byRef());
    const chain = cascade((index) => member(index, parent));
    chain.allocate(Layout.of(8));
    const parents: Allocator[] = [];
    const make = (index: number, above: Allocator) => {
      parents.push(above);
      return member(index, above);
    };
    const again = copyOf(chain, [...combinatorKinds, cascadeKind(make), freeListKind]);
    again.allocate(Layout.of(8));
    expect(again.members.length).toBe(2);
    expect(parents).toEqual([again.members[0]!.parent]);
  });

  test("has its own function by name", () => {
    const parent = root();
    const named = (name: string) => cascade((index) => member(index, parent), { name });
    const chain = fallback(named("a"), named("b"));
    const none = () => undefined;
    const again = copyOf(chain, [
      ...combinatorKinds,
      freeListKind,
      { ...cascadeKind(member), name: "b" },
      cascadeKind(none),
    ]);
    const tries = () => [1, 2, 3].map(() => orThrow(again.allocate(Layout.of(8)), Layout.of(8)));
    tries();
    expect([again.primary.members.length, again.secondary.members.length]).toEqual([1, 2]);
  });

  test("still has to tidy up, if members became empty while it was not called", () => {
    const parent = root();
    const lent = [1, 2, 3].map(() => pool(64, 1, parent));
    const chain = cascade((index) => lent[index]!.byRef());
    const [ptr] = lent.map(() => orThrow(chain.allocate(Layout.of(8)), Layout.of(8)));
    for (const it of lent.slice(1)) it.reset();
    chain.deallocate(ptr!, Layout.of(8));
    const again = copyOf(chain);
    expect([chain, again].map(({ members }) => members.length)).toEqual([2, 2]);
    expect(() => again.check()).not.toThrow();
  });
});

describe("a cascade in a memory that threads share", () => {
  const shared = () => {
    const memory = Memory.linear({ shared: true, initial: 65536, maximum: 2 ** 22 });
    const chain = cascade((index) => member(index, pages(memory)));
    const ptrs = [1, 2, 3].map(() => orThrow(chain.allocate(Layout.of(8)), Layout.of(8)));
    gate(memory);
    return { chain, ptrs };
  };

  test("makes no member: it has no room", () => {
    const { chain } = shared();
    expect([chain.allocate(Layout.of(8)), chain.members.length]).toEqual([NULL, 2]);
  });

  test.each(["release", "trim", "reset"])("ends no member by %s, and serves as many blocks again", (how) => {
    const { chain, ptrs } = shared();
    if (how !== "reset") for (const ptr of ptrs) chain.deallocate(ptr, Layout.of(8));
    if (how === "trim") chain.trim();
    if (how === "reset") chain.reset();
    chain.check();
    expect(chain.members.length).toBe(2);
    expect([1, 2, 3, 4].map(() => chain.allocate(Layout.of(8)) !== NULL)).toEqual([true, true, true, false]);
  });
});
