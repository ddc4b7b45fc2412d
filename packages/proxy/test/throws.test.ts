/**
 * An inner allocator that throws at the n-th call of a method: the records of an observer equal those of a model, no block is
 * lost, and none is released twice.
 */
import { type Allocator, type Can, type Capability, Memory, pages } from "@alloc/core";
import { guard, leaks, proxy, stats } from "@alloc/proxy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runs } from "../../../checks/support/runs.ts";
import { INNER } from "./support/inner.ts";
import { memoryForPrograms, programs, Run, type Step } from "./support/program.ts";
import { isInjected, METHODS, type Method, type Throwing, throwing } from "./support/throwing.ts";

interface Watched {
  readonly allocator: Can<Capability>;
  /** Throws unless the records of the observer equal the blocks of the program. */
  expectSame(run: Run, inner: Throwing, method: Method): void;
}

const byAddress = (a: number, b: number) => a - b;
const addresses = (run: Run) => run.blocks.map(({ ptr }) => ptr as number).sort(byAddress);
const liveIn = ({ live }: Throwing) => [...live.keys()].sort(byAddress);

const OBSERVERS: Record<string, (inner: Can<Capability>) => Watched> = {
  proxy: (inner) => {
    const told = new Map<number, unknown>();
    const allocator = proxy(inner, {
      allocateSuccess: (ptr, layout) => void told.set(ptr, layout),
      reallocateSuccess(ptr, _from, next, to) {
        told.delete(ptr);
        told.set(next, to);
      },
      reset: () => told.clear(),
    });
    return {
      allocator,
      expectSame: (run, { live }) => {
        for (const { ptr } of run.blocks) expect([told.has(ptr), live.has(ptr)]).toEqual([true, true]);
        expect(live.size).toBe(run.blocks.length);
      },
    };
  },
  stats: (inner) => {
    const allocator = stats(inner);
    return {
      allocator,
      expectSame: (run, child, method) => {
        const { numLive, bytesLive, numAllocate, numDeallocate, numReset } = allocator.counters;
        expect([numLive, liveIn(child)]).toEqual([run.blocks.length, addresses(run)]);
        if (numReset === 0) expect(numAllocate - numDeallocate).toBe(numLive);
        // If the inner allocator throws for a block that was just resized, its size is unknown.
        if (method !== "sizeAt") expect(bytesLive).toBe(bytesOf(run, inner));
      },
    };
  },
  leaks: (inner) => {
    const allocator = leaks(inner, { stackDepth: 0 });
    return {
      allocator,
      expectSame: (run, child) => {
        expect(allocator.live.map(({ ptr }) => ptr as number).sort(byAddress)).toEqual(addresses(run));
        expect(liveIn(child)).toEqual(addresses(run));
      },
    };
  },
  guard: (inner) => guarded(inner, 4096),
  "guard without quarantine": (inner) => guarded(inner, 0),
};

function guarded(inner: Can<Capability>, quarantine: number): Watched {
  const allocator = guard(inner, { quarantine, stackDepth: 0 });
  return {
    allocator,
    expectSame: (run, child) => {
      expect(allocator.bytesLive).toBe(run.blocks.reduce((sum, { layout }) => sum + layout.size, 0));
      for (const { ptr, layout } of run.blocks) expect(allocator.sizeAt(ptr)).toBe(layout.size);
      if (quarantine === 0) expect(child.live.size).toBe(run.blocks.length);
      else expect(child.live.size).toBeGreaterThanOrEqual(run.blocks.length);
    },
  };
}

function bytesOf(run: Run, inner: Allocator & Partial<Can<Capability>>): number {
  const bytes = ({ ptr, layout }: Run["blocks"][number]) => inner.sizeAt?.(ptr) ?? inner.usableSize(layout);
  return run.blocks.reduce((sum, block) => sum + bytes(block), 0);
}

const memories = {
  "with bytes": () => Memory.over(new ArrayBuffer(2 ** 17)),
  "whose bytes are moved by hooks": memoryForPrograms,
};

describe.each(Object.entries(OBSERVERS))("%s", (_observer, watch) => {
  describe.each(Object.entries(memories))("in a memory %s", (_memory, memory) => {
    test.each(Object.entries(INNER))("over %s", (_inner, make) => {
      const faults = fc.record({ method: fc.constantFrom(...METHODS), n: fc.integer({ min: 1, max: 20 }) });
      fc.assert(
        fc.property(programs, faults, (steps: Step[], { method, n }) => {
          const child = throwing(make(pages(memory())));
          const watched = watch(child.allocator.byRef() as Can<Capability>);
          const run = new Run(watched.allocator);
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
          watched.expectSame(run, child, method);
          (watched.allocator as Partial<Can<Capability>>).check?.();
          while (run.blocks.length > 0) {
            const { ptr, layout } = run.blocks.pop()!;
            watched.allocator.deallocate(ptr, layout);
          }
          watched.allocator.dispose();
          expect(liveIn(child)).toEqual([]);
        }),
        { numRuns: runs(40) },
      );
    });
  });
});
