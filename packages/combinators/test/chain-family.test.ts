/**
 * The owner of the members of a chain and of all chains made from it: the result of one, or the family.
 *
 * @module
 */
import { inspect } from "node:util";
import { aligned, chain, limit } from "@alloc/combinators";
import { type Allocator, Layout, Memory, type Pages, pages } from "@alloc/core";
import { freeList } from "@alloc/freelist";
import { system } from "@alloc/global";
import { proxy, stats } from "@alloc/proxy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

interface Chain {
  orElse(next: Allocator): Chain;
  pipe(wrap: (inner: Allocator) => Allocator): Chain;
  build(): Allocator;
  dispose(): void;
}

const layout = Layout.of(64);
const root = () => pages(Memory.linear({ maximum: 2 ** 24 }));
const list = (parent: Allocator) => freeList(64, { blocks: 4, parent });
const hasEnded = (allocator: Allocator) => codeThrown(() => allocator.allocate(layout)) === "disposed";

/** A chain, and what the model says of it: its members. */
interface Known {
  readonly chain: Chain;
  readonly members: readonly Allocator[];
}

class Model {
  readonly root: Pages = root();
  readonly all: Allocator[] = [];
  readonly chains: Known[] = [];
  now: "open" | "built" | "disposed" = "open";
  result: Allocator | undefined;
  owned: readonly Allocator[] = [];

  constructor() {
    const first = this.member();
    this.chains.push({ chain: chain(first) as never, members: [first] });
  }

  member(): Allocator {
    const made = list(this.root);
    this.all.push(made);
    return made;
  }

  step(kind: number, which: number): void {
    const { chain: from, members } = this.chains[which % this.chains.length]!;
    if (kind === 0) {
      const next = list(this.root);
      const code = codeThrown(() => this.chains.push({ chain: from.orElse(next), members: [...members, next] }));
      expect(code).toBe(this.expected());
      // What is refused stays with the caller.
      if (this.now === "open") this.all.push(next);
      else next.dispose();
    } else if (kind === 1) {
      const wrap = [(inner: Allocator) => limit(inner, 1000), stats][which % 2]!;
      expect(codeThrown(() => this.chains.push({ chain: from.pipe(wrap), members }))).toBe(this.expected());
    } else if (kind === 2) {
      const failing = () => {
        throw Object.assign(new Error("no"), { code: "no" });
      };
      expect(codeThrown(() => from.pipe(failing).build())).toBe(this.now === "open" ? "no" : this.expected());
    } else if (kind === 3) {
      expect(codeThrown(() => (this.result = from.build()))).toBe(this.expected());
      if (this.now !== "open") return;
      this.now = "built";
      this.owned = members;
    } else {
      from.dispose();
      if (this.now === "open") this.now = "disposed";
      for (const member of this.all) expect(hasEnded(member)).toBe(!this.owned.includes(member));
    }
  }

  expected(): string {
    return { open: "nothing was thrown", built: "owned", disposed: "disposed" }[this.now];
  }
}

test("each member of a family has one owner, whatever is made, built and disposed, and nothing is left at the end", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(4), fc.nat(99)), { maxLength: 12 }), fc.nat(99), (steps, last) => {
      const model = new Model();
      for (const [kind, which] of steps) model.step(kind, which);
      for (const member of model.owned) expect(hasEnded(member)).toBe(false);
      model.step(4, last);
      model.result?.dispose();
      expect(model.all.every(hasEnded)).toBe(true);
      expect(model.root.footprint().held).toBe(0);
    }),
  );
});

describe("while a chain is built, a function that was passed to pipe", () => {
  test.each<[name: string, use: (family: Chain, next: Allocator) => unknown]>([
    ["builds it", (family) => family.build()],
    ["disposes it", (family) => family.dispose()],
    ["appends to it", (family, next) => family.orElse(next)],
    ["wraps it", (family) => family.pipe((inner) => limit(inner, 1000))],
  ])("is refused if it %s, and the chain is as before", (_, use) => {
    const parent = root();
    const [first, next] = [list(parent), list(parent)];
    const start = chain(first) as unknown as Chain;
    let isFirst = true;
    const wrapped = start.pipe((inner) => {
      if (isFirst) {
        isFirst = false;
        use(start, next);
      }
      return limit(inner, 1000);
    });
    expect(codeThrown(() => wrapped.build())).toBe("reentrant");
    expect([hasEnded(first), hasEnded(next)]).toEqual([false, false]);
    const heap = wrapped.build();
    expect(heap.allocate(layout)).not.toBe(0);
  });
});

describe("an allocator that has ended is refused", () => {
  const ended = () => {
    const made = system({ parent: root() });
    made.dispose();
    return made;
  };
  const live = () => list(root()) as Allocator;
  test.each<[string, (dead: Allocator) => unknown]>([
    ["chain", (dead) => chain(dead)],
    ["orElse", (dead) => chain(live() as never).orElse(dead as never)],
    ["pipe", (dead) => chain(live()).pipe(((_: Allocator, other: Allocator) => other) as never, dead)],
    ["limit", (dead) => limit(dead, 1000)],
    ["aligned", (dead) => aligned(dead, 64)],
    ["stats", (dead) => stats(dead)],
    ["proxy", (dead) => proxy(dead, {})],
    ["freeList", (dead) => freeList(64, { parent: dead })],
    ["system", (dead) => system({ parent: dead })],
  ])("by %s, when that is called", (_, use) => {
    expect(() => use(ended())).toThrow(
      expect.objectContaining({ code: "disposed", message: "this system was disposed; make a new one" }),
    );
  });

  test("by build, if it ended after it was passed", () => {
    const [first, second] = [list(root()), list(root())];
    const draft = chain(first).orElse(second as never);
    second.dispose();
    expect(codeThrown(() => draft.build())).toBe("disposed");
    expect(hasEnded(first)).toBe(false);
  });
});

describe("a chain shows its members and that it is not built", () => {
  const draft = () => chain(freeList(64, { parent: root(), name: "nodes" })).orElse(system({ parent: root() }));
  const text = 'chain of freeList "nodes", system (not built)';

  test("as a string and in the console", () => {
    expect([String(draft()), inspect(draft()), inspect({ draft: draft() })]).toEqual([
      text,
      text,
      `{ draft: ${text} }`,
    ]);
  });

  test("as JSON", () => {
    const shown = { kind: "chain", members: ['freeList "nodes"', "system"], state: "not built" };
    expect(JSON.parse(JSON.stringify(draft()))).toEqual(shown);
  });

  test("in the error of a factory that expects an allocator, which names build", () => {
    expect(() => limit(draft() as never, 1000)).toThrow(
      "limit expects an allocator, got a chain that is not built: call its build() first",
    );
  });
});
