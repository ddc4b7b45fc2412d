/**
 * Stranger: parts that log which of their methods were called, for tests of forwarding.
 *
 * @module
 */
import { type BlockVisitor, type Can, type Capability, Layout, Memory, type Null, type Ptr } from "@alloc/core";

export const memory = Memory.over(new ArrayBuffer(65536));
export const CAPABILITIES: readonly Capability[] = [
  "owns",
  "reset",
  "resizeInPlace",
  "defer",
  "sizeAt",
  "check",
  "trim",
  "blocks",
];

const p = (n: number) => n as Ptr;
const eight = Layout.of(8);
const sixteen = Layout.of(16);

/** A class that knows nothing of this package: all its methods need their own `this`. */
export class Stranger {
  readonly memory = memory;
  readonly detects = ["double-free"] as const;
  readonly isExact = true;
  readonly calls: string[] = [];
  note<T>(name: string, answer: T): T {
    this.calls.push(name);
    return answer;
  }
  allocate(_layout: Layout): Ptr | Null {
    return this.note("allocate", p(64));
  }
  allocateZeroed(_layout: Layout): Ptr | Null {
    return this.note("allocateZeroed", p(65));
  }
  grow(_ptr: Ptr, _from: Layout, _to: Layout): Ptr | Null {
    return this.note("grow", p(66));
  }
  growZeroed(_ptr: Ptr, _from: Layout, _to: Layout): Ptr | Null {
    return this.note("growZeroed", p(67));
  }
  shrink(_ptr: Ptr, _from: Layout, _to: Layout): Ptr | Null {
    return this.note("shrink", p(68));
  }
  deallocate(_ptr: Ptr, _layout: Layout): void {
    this.note("deallocate", undefined);
  }
  usableSize(_layout: Layout): number {
    return this.note("usableSize", 42);
  }
  owns(_ptr: Ptr): boolean {
    return this.note("owns", true);
  }
  reset(): void {
    this.note("reset", undefined);
  }
  resizeInPlace(_ptr: Ptr, _from: Layout, _to: Layout): boolean {
    return this.note("resizeInPlace", true);
  }
  defer(_drop: () => void): void {
    this.note("defer", undefined);
  }
  sizeAt(_ptr: Ptr): number {
    return this.note("sizeAt", 43);
  }
  check(): void {
    this.note("check", undefined);
  }
  trim(): void {
    this.note("trim", undefined);
  }
  blocks(_visit: BlockVisitor): void {
    this.note("blocks", undefined);
  }
  footprint() {
    return this.note("footprint", { held: 1, bookkeeping: 2, peak: 3 });
  }
  describeSelf() {
    return this.note("describeSelf", { kind: "stranger", options: {}, state: {} });
  }
  dispose(): void {
    this.note("dispose", undefined);
  }
}

/** The name of each method, a call of it, and its result. */
export const CALLS: readonly [name: string, call: (a: Can<Capability>) => unknown, answer: unknown][] = [
  ["allocate", (a) => a.allocate(eight), 64],
  ["allocateZeroed", (a) => a.allocateZeroed(eight), 65],
  ["grow", (a) => a.grow(p(64), eight, sixteen), 66],
  ["growZeroed", (a) => a.growZeroed(p(64), eight, sixteen), 67],
  ["shrink", (a) => a.shrink(p(64), sixteen, eight), 68],
  ["deallocate", (a) => a.deallocate(p(64), eight), undefined],
  ["usableSize", (a) => a.usableSize(eight), 42],
  ["owns", (a) => a.owns(p(64)), true],
  ["reset", (a) => a.reset(), undefined],
  ["resizeInPlace", (a) => a.resizeInPlace(p(64), eight, sixteen), true],
  ["defer", (a) => a.defer(() => {}), undefined],
  ["sizeAt", (a) => a.sizeAt(p(64)), 43],
  ["check", (a) => a.check(), undefined],
  ["trim", (a) => a.trim(), undefined],
  ["blocks", (a) => a.blocks(() => {}), undefined],
  ["footprint", (a) => a.footprint(), { held: 1, bookkeeping: 2, peak: 3 }],
  ["describeSelf", (a) => a.describe().nodes[0]!.kind, "stranger"],
  ["dispose", (a) => a.dispose(), undefined],
];
