/**
 * Observers on observers, in any order and number: with an inner allocator that throws, and with hooks that throw or re-enter.
 */
import { type Can, type Capability, type Layout, Memory, type Ptr, pages } from "@alloc/core";
import { guard, leaks, type Proxied, type ProxyLogger, proxy, type Stats, stats } from "@alloc/proxy";
import fc from "fast-check";
import { beforeEach, expect, test } from "vitest";
import { codeThrown } from "../../../checks/support/thrown.ts";
import { HOOKS, small } from "./support/fixtures.ts";
import { INNER } from "./support/inner.ts";
import { type Block, programs, Run, type Step } from "./support/program.ts";
import { forgetRegistries } from "./support/registries.ts";
import { INJECTED, isInjected, METHODS, throwing } from "./support/throwing.ts";

beforeEach(forgetRegistries);

type Watched = Can<Capability>;

const FLOORS: Record<string, (inner: Watched) => Watched> = {
  proxy: (inner) => proxy(inner, {}),
  stats: (inner) => stats(inner),
  leaks: (inner) => leaks(inner, { stackDepth: 0 }),
  guard: (inner) => guard(inner, { stackDepth: 0, quarantine: 1000 }),
  "guard without quarantine": (inner) => guard(inner, { stackDepth: 0, quarantine: 0, redZone: 3 }),
};
const towers = fc.array(fc.constantFrom(...Object.keys(FLOORS)), { minLength: 2, maxLength: 5 });
const sizeOf = ({ blocks }: Run) => blocks.reduce((sum, { layout }) => sum + layout.size, 0);

test.each(Object.entries(INNER))(
  "a tower over %s that throws: all records are correct, and no block is lost",
  (_name, make) => {
    const faults = fc.record({ method: fc.constantFrom(...METHODS), n: fc.integer({ min: 1, max: 30 }) });
    fc.assert(
      fc.property(towers, programs, faults, (names, steps: Step[], { method, n }) => {
        const child = throwing(make(pages(Memory.over(new ArrayBuffer(2 ** 17)))));
        const floors = [child.allocator.byRef() as Watched];
        for (const name of names) floors.push(FLOORS[name]!(floors.at(-1)!));
        const top = floors.at(-1)!;
        const run = new Run(top);
        child.arm(method, n);
        for (const step of steps) {
          if (step.call === "reset") continue;
          try {
            run.step(step);
          } catch (error) {
            if (!isInjected(error)) throw error;
          }
        }
        child.arm("owns", Infinity);
        (top as Partial<Watched>).check?.();
        const bytesLive = (top as { bytesLive?: number }).bytesLive ?? sizeOf(run);
        expect(bytesLive).toBe(sizeOf(run));
        for (const { ptr, layout } of run.blocks.splice(0)) top.deallocate(ptr, layout);
        top.dispose();
        expect([...child.live.keys()]).toEqual([]);
        for (const floor of floors) {
          if ("counters" in floor) expect((floor as unknown as Stats<Watched>).counters.numLive).toBe(0);
          if ("live" in floor) expect((floor as { live: { length?: number; size?: number } }).live).toHaveLength?.(0);
        }
        leaks.check();
      }),
      { numRuns: 60 },
    );
  },
);

/** The action of a hook. */
type Deed = "nothing" | "throw" | "take" | "give" | "end" | "end and throw";
const deeds = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant<Deed>("nothing") },
    { weight: 3, arbitrary: fc.constantFrom<Deed>("throw", "take", "give", "end", "end and throw") },
  ),
  { maxLength: 60, size: "max" },
);

/** A program over a proxy whose hooks perform these actions in turn. */
class Told {
  readonly under: Stats<Watched>;
  readonly top: Proxied<Watched>;
  readonly run: Run;
  /** The block that the running hook is called for. */
  deed: Deed = "nothing";
  readonly deeds: Deed[];

  constructor(inner: Watched, deedsToDo: readonly Deed[]) {
    this.deeds = [...deedsToDo].reverse();
    this.under = stats(inner);
    const blocks: Partial<Record<string, (...given: never[]) => Block>> = {
      allocateSuccess: (ptr: Ptr, layout: Layout) => ({ ptr, layout }),
      deallocate: (ptr: Ptr, layout: Layout) => ({ ptr, layout }),
      reallocateSuccess: (_ptr: Ptr, _from: Layout, ptr: Ptr, layout: Layout) => ({ ptr, layout }),
    };
    const hook =
      (name: string) =>
      (...given: never[]) =>
        this.act(blocks[name]?.(...given));
    const names = HOOKS.filter((name) => name !== "resizeInPlace" && name !== "reset");
    const logger = Object.fromEntries(names.map((name) => [name, hook(name)])) as ProxyLogger;
    this.top = proxy(this.under, logger);
    this.run = new Run(this.top);
  }

  act(told: Block | undefined): void {
    this.deed = this.deeds.pop() ?? "nothing";
    const { top, run } = this;
    const ends = told !== undefined && this.deed.startsWith("end");
    if (ends) top.deallocate(told.ptr, told.layout);
    if (this.deed === "take") run.note(top.allocate(small), small);
    const other = run.blocks.findIndex(({ ptr }) => ptr !== told?.ptr && ptr !== this.busy);
    if (this.deed === "give" && other >= 0) {
      const [block] = run.blocks.splice(other, 1);
      top.deallocate(block!.ptr, block!.layout);
    }
    if (this.deed.startsWith("end") && !ends) this.deed = this.deed === "end" ? "nothing" : "throw";
    if (this.deed.endsWith("throw")) throw new Error(INJECTED);
  }

  /** The block of the running step. */
  busy: Ptr | 0 = 0;
}

test.each(Object.entries(INNER))(
  "hooks that throw, allocate, release and end blocks, over %s: nothing is lost or released twice",
  (_name, make) => {
    fc.assert(
      fc.property(programs, deeds, (steps: Step[], list) => {
        const inner = make(pages(Memory.over(new ArrayBuffer(2 ** 17)))) as Watched;
        const told = new Told(inner, list);
        const { run, top, under } = told;
        for (const step of steps) {
          if (step.call === "reset" || step.call === "resizeInPlace") continue;
          const block = run.blocks[step.block % Math.max(run.blocks.length, 1)];
          // Steps find blocks by index, so no hook may remove an earlier block.
          const mine = block === undefined ? [] : run.blocks.splice(run.blocks.indexOf(block), 1);
          const own = new Run(top);
          own.blocks.push(...mine);
          told.busy = block?.ptr ?? 0;
          const code = codeThrown(() => own.step({ ...step, block: 0 }));
          if (code !== "nothing was thrown") {
            expect(code).toMatch(/reentrant|injected/);
            // The hook has ended the block of the call: its old one, or its new one.
            if (told.deed.startsWith("end") && !step.call.startsWith("allocate")) own.blocks.length = 0;
          }
          run.blocks.push(...own.blocks);
        }
        expect(under.counters.numLive).toBe(run.blocks.length);
        for (const { ptr, layout } of run.blocks.splice(0)) under.deallocate(ptr, layout);
        expect(under.counters).toMatchObject({ numLive: 0, bytesLive: 0 });
        expect(codeThrown(() => top.dispose())).toMatch(/nothing was thrown|injected|AggregateError/);
      }),
      { numRuns: 60 },
    );
  },
);
