import { Allocator, can, type Layout, Memory, type Pages, type Ptr, pages } from "@alloc/core";
import { struct, type Type, u32, type Weak } from "@alloc/owned";
import fc from "fast-check";
import { expect } from "vitest";
import { isThorough } from "../../../checks/support/runs.ts";

/** Makes a root over a memory of its own. */
export const root = (options: { shared?: boolean } = {}): Pages =>
  pages(Memory.linear({ maximum: 64 * 2 ** 20, ...options }));

/** A million where tests are thorough. The first thousands of steps find most of what a million would. */
export const MANY = isThorough ? 1_000_000 : 20_000;

/** Returns the bytes in use. */
export const held = (allocator: Allocator): number => allocator.footprint().held;

/** A struct that records the number of each dropped value, and numbers its clones. */
export function counted() {
  const dropped: number[] = [];
  const Counted = struct({ id: u32 }, { drop: ({ id }) => dropped.push(id), clone: ({ id }) => ({ id: id + 1000 }) });
  return { Counted, dropped };
}

/** Returns the error of a call as `name: code`. */
export function thrown(call: () => unknown): string {
  try {
    call();
    return "nothing was thrown";
  } catch (error) {
    const { name, code, message } = error as { name: string; code?: string; message: string };
    return code === undefined ? `${name}: ${message}` : `${name}: ${code}`;
  }
}

/** An allocator that never resizes in place, and its requests: `"+16/8"`, and `"-16/8"` for a release. */
export function spied(parent: Allocator = root()): { spy: Allocator; calls: string[] } {
  const calls: string[] = [];
  const spy = Allocator.from({
    memory: parent.memory,
    allocate(layout: Layout) {
      calls.push(`+${layout.size}/${layout.align}`);
      return parent.allocate(layout);
    },
    deallocate(at: Ptr, layout: Layout) {
      calls.push(`-${layout.size}/${layout.align}`);
      parent.deallocate(at, layout);
    },
  });
  return { spy, calls };
}

/** An allocator that never has room. */
export const none = (): Allocator => Allocator.from({ memory: root().memory, allocate: () => 0, deallocate: () => {} });

/** The common interface of Rc and Arc. */
interface Shared<H> extends Disposable {
  readonly strongCount: number;
  readonly weakCount: number;
  get(): { id: number };
  clone(): H;
  downgrade(): Weak<H>;
  getMut(): unknown;
  dispose(): void;
}

/** Applies any sequence of clones, downgrades, upgrades and ends to the owners of values, and to a model that counts them. */
export function countsAsModel<A extends Allocator, H extends Shared<H>>(
  makeParent: () => A,
  make: (type: Type<{ id: number }>, value: { id: number }, parent: A) => H,
): void {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(6), fc.nat(9)), { maxLength: 60 }), (steps) => {
      const parent = makeParent();
      const { Counted, dropped } = counted();
      const strong: { rc: H; id: number }[] = [];
      const weak: { weak: Weak<H>; id: number }[] = [];
      let values = 0;
      for (const [step, choice] of steps) {
        const one = strong[choice % Math.max(strong.length, 1)];
        const other = weak[choice % Math.max(weak.length, 1)];
        if (step === 0 || strong.length + weak.length === 0) {
          strong.push({ rc: make(Counted, { id: values }, parent), id: values++ });
        } else if (step === 1 && one) strong.push({ rc: one.rc.clone(), id: one.id });
        else if (step === 2 && one) weak.push({ weak: one.rc.downgrade(), id: one.id });
        else if (step === 3 && one) {
          one.rc.dispose();
          strong.splice(strong.indexOf(one), 1);
        } else if (step === 4 && other) {
          other.weak.dispose();
          weak.splice(weak.indexOf(other), 1);
        } else if (step === 5 && other) {
          const rc = other.weak.upgrade();
          expect(rc !== undefined).toBe(strong.some(({ id }) => id === other.id));
          if (rc) strong.push({ rc, id: other.id });
        } else if (step === 6 && one) {
          const isUnique = [...strong, ...weak].filter(({ id }) => id === one.id).length === 1;
          expect(one.rc.getMut() !== undefined).toBe(isUnique);
        }
        for (const { rc, id } of strong) {
          expect([rc.get().id, rc.strongCount, rc.weakCount]).toEqual([
            id,
            strong.filter((it) => it.id === id).length,
            weak.filter((it) => it.id === id).length,
          ]);
        }
        const live = new Set(strong.map(({ id }) => id));
        expect([...dropped].sort((a, b) => a - b)).toEqual(
          Array.from({ length: values }, (_, id) => id).filter((id) => !live.has(id)),
        );
      }
      for (const { rc } of strong) rc.dispose();
      for (const it of weak) it.weak.dispose();
      if (can(parent, "trim")) parent.trim();
      expect([dropped.length, held(parent)]).toEqual([values, 0]);
    }),
  );
}

/** Makes a point whose value throws in the middle of being read. */
export function unreadable(): { x: number; y: number } {
  return {
    x: 1,
    get y(): number {
      throw new Error("unreadable");
    },
  };
}
