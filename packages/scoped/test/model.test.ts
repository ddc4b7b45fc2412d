/**
 * Random programs of nested scopes, against a model that only knows the addresses it was given.
 *
 * Each live block has its own pattern, which is read again before the block ends and after every step. The order of the steps
 * alone determines which scopes are locked, which drops have run, and which chunks are back at the root.
 */
import { Layout, Memory, NULL, type Ptr, pages } from "@alloc/core";
import { type Scoped, scoped } from "@alloc/scoped";
import fc from "fast-check";
import { expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";

interface Block {
  readonly ptr: Ptr;
  readonly layout: Layout;
  readonly seed: number;
}

interface Level {
  readonly scope: Scoped;
  readonly blocks: Block[];
  readonly drops: number[];
  /** Bytes held by the root at the start, and again at the end. */
  readonly held: number;
}

type Step =
  | { readonly do: "allocate"; readonly size: number; readonly log: number }
  | { readonly do: "resize"; readonly block: number; readonly size: number }
  | { readonly do: "deallocate"; readonly block: number }
  | { readonly do: "defer"; readonly throws: boolean }
  | { readonly do: "end"; readonly levels: number }
  | { readonly do: "open" | "reset" | "misuse" };

const size = fc.oneof(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 3000 }));
const block = fc.nat(1000);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant("allocate" as const), size, log: fc.nat(8) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("resize" as const), block, size }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("deallocate" as const), block }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("defer" as const), throws: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("end" as const), levels: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 4, arbitrary: fc.constant({ do: "open" as const }) },
  { weight: 1, arbitrary: fc.constant({ do: "reset" as const }) },
  { weight: 2, arbitrary: fc.constant({ do: "misuse" as const }) },
);

class Model {
  readonly root = pages(Memory.linear({ initial: 2 ** 20, maximum: 2 ** 20 }));
  readonly levels: Level[] = [];
  readonly grow: boolean;
  /** Blocks of ended scopes, until something may have been handed out in their place. */
  dead: Block[] = [];
  names = 0;
  readonly throwing = new Set<unknown>();
  readonly ran: number[] = [];
  readonly expected: number[] = [];

  constructor(bytes: number, grow: boolean) {
    this.grow = grow;
    this.enter(scoped(bytes, { parent: this.root, grow }));
  }

  get top(): Level {
    return this.levels.at(-1)!;
  }

  enter(scope: Scoped): void {
    this.levels.push({ scope, blocks: [], drops: [], held: this.root.footprint().held });
  }

  run(step: Step): void {
    const { top } = this;
    switch (step.do) {
      case "allocate": {
        const layout = Layout.of(step.size, 2 ** step.log);
        this.add(top.scope.allocate(layout), layout);
        break;
      }
      case "resize":
        this.withBlock(step.block, ({ ptr, layout }, index) => {
          const to = Layout.of(step.size, layout.align);
          const isLast = index === top.blocks.length - 1;
          const next = to.size < layout.size ? top.scope.shrink(ptr, layout, to) : top.scope.grow(ptr, layout, to);
          if (next === NULL) return;
          if (to.size < layout.size) expect(next).toBe(ptr);
          this.read(next, top.blocks[index]!.seed, Math.min(layout.size, to.size));
          top.blocks.splice(index, 1);
          this.add(next, to, next === ptr && !isLast ? index : undefined);
        });
        break;
      case "deallocate":
        this.withBlock(step.block, ({ ptr, layout }, index) => {
          top.scope.deallocate(ptr, layout);
          top.blocks.splice(index, 1);
        });
        break;
      case "defer": {
        const name = this.names++;
        top.drops.push(name);
        top.scope.defer(() => {
          this.ran.push(name);
          if (step.throws) throw name;
        });
        if (step.throws) this.throwing.add(name);
        break;
      }
      case "open":
        if (this.levels.length < 6) this.enter(top.scope.frame());
        break;
      case "end":
        this.end(Math.max(1, this.levels.length - step.levels));
        break;
      case "reset":
        this.note(() => top.scope.reset());
        this.drop(top);
        this.retire(top);
        expect(this.levels.length > 1 || this.root.footprint().held === top.held).toBe(true);
        break;
      case "misuse":
        this.misuse();
        break;
    }
    this.verify();
  }

  /** Ends scopes from the innermost one out to the one with this index. */
  end(from: number): void {
    if (from >= this.levels.length) return;
    const { scope, held } = this.levels[from]!;
    this.note(() => scope.dispose());
    for (const level of this.levels.splice(from).reverse()) {
      this.drop(level);
      this.retire(level);
      expect(codeThrown(() => level.scope.allocate(Layout.of(1)))).toBe("disposed");
    }
    expect(this.root.footprint().held).toBe(from === 0 ? 0 : held);
  }

  drop({ drops }: Level): void {
    this.expected.push(...drops.splice(0).reverse());
  }

  retire({ blocks }: Level): void {
    this.dead.push(...blocks.splice(0));
  }

  /** Makes a call that throws the errors of drops, in the order in which they ran. */
  note(call: () => void): void {
    const before = this.ran.length;
    let thrown: unknown[] = [];
    try {
      call();
    } catch (error) {
      thrown = error instanceof AggregateError ? error.errors : [error];
    }
    expect(thrown).toEqual(this.ran.slice(before).filter((name) => this.throwing.has(name)));
  }

  /** A locked scope throws, and a block of a scope that has ended is detected if nothing lies above the tip. */
  misuse(): void {
    for (const { scope } of this.levels.slice(0, -1)) {
      expect(codeThrown(() => scope.allocate(Layout.of(1)))).toBe("open-scope");
    }
    const { scope } = this.top;
    const outer = this.levels.slice(0, -1).flatMap(({ blocks }) => blocks);
    for (const { ptr, layout } of outer) {
      expect(codeThrown(() => scope.deallocate(ptr, layout))).toBe("foreign-pointer");
    }
    const all = [...outer, ...this.top.blocks];
    for (const { ptr, layout } of this.dead) {
      if (this.grow || all.some((live) => live.ptr + live.layout.size > ptr)) continue;
      const tip = scope.allocate(Layout.of(1, 1));
      if (tip === NULL) continue;
      scope.deallocate(tip, Layout.of(1, 1));
      if (tip <= ptr)
        expect(["closed-scope", "double-free"]).toContain(codeThrown(() => scope.deallocate(ptr, layout)));
    }
  }

  verify(): void {
    this.levels.forEach(({ scope }, index) => {
      scope.check();
      expect(scope.isScoped).toBe(index < this.levels.length - 1);
    });
    expect(this.ran).toEqual(this.expected);
    const live = this.levels.flatMap(({ blocks }, index) => blocks.map((block) => ({ ...block, index })));
    live.sort((a, b) => a.ptr - b.ptr);
    live.forEach(({ ptr, layout, seed, index }, at) => {
      this.read(ptr, seed, layout.size);
      const last = (ptr + layout.size - 1) as Ptr;
      const owners = this.levels.filter(({ scope }) => scope.owns(ptr) && scope.owns(last));
      expect(owners).toHaveLength(index + 1);
      expect(live[at + 1]?.ptr ?? Infinity).toBeGreaterThan(last);
    });
  }

  add(ptr: Ptr | 0, layout: Layout, index: number = this.top.blocks.length): void {
    if (ptr === NULL) return;
    expect(ptr % layout.align).toBe(0);
    const seed = 1 + (this.names++ % 250);
    this.root.memory.view(Uint8Array, ptr, layout.size).fill(seed);
    this.top.blocks.splice(index, 0, { ptr, layout, seed });
  }

  read(ptr: Ptr, seed: number, bytes: number): void {
    expect(this.root.memory.view(Uint8Array, ptr, bytes).every((byte) => byte === seed)).toBe(true);
  }

  withBlock(index: number, use: (block: Block, index: number) => void): void {
    const { blocks } = this.top;
    if (blocks.length > 0) use(blocks[index % blocks.length]!, index % blocks.length);
  }
}

test.each([
  ["a region", 10_000, false],
  ["an arena", 500, true],
])(
  "%s agrees with the model in bytes, locks, drops and chunks, after any program of nested scopes",
  (_what, bytes, grow) => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        const model = new Model(bytes, grow);
        for (const step of steps) model.run(step);
        model.end(0);
        expect(model.ran).toEqual(model.expected);
      }),
      { numRuns: 100 },
    );
  },
);
