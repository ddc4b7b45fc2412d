/**
 * Trial: an allocator, its shadow, and a log of the calls made, which becomes the program printed in a report.
 *
 * Each method makes one call and compares the result with the shadow; a difference throws a {@link Violation}.
 *
 * @module
 */
import { type Allocator, type Can, type Capability, can, Layout, NULL } from "@alloc/core";
import { printable } from "../printable.ts";
import { Effort } from "./effort.ts";
import { expectBlocks } from "./ranges.ts";
import { isRefusal } from "./refusal.ts";
import { expectRule, type RuleId, Violation } from "./rules.ts";
import { type Block, type Bytes, Shadow } from "./shadow.ts";

/** Makes the allocators of one check. */
export interface Make {
  /** @param parent - source of chunks. Default: the parent of the check */
  (parent?: Allocator): Allocator;
  /** Whether it takes a parent, so that the kit can pass its own. */
  readonly takesParent: boolean;
}

/** First line of every printed program. */
export const MAKE = "const a = make();";

export class Trial {
  readonly allocator: Can<Capability>;
  readonly effort: Effort;
  /** Layouts of the requests that a law makes. */
  readonly probes: readonly Layout[];
  readonly shadow: Shadow;
  readonly log: string[] = [MAKE];
  names = 0;
  peak = 0;

  /** @param bytes - access to the memory's bytes; undefined if they cannot be read */
  constructor(allocator: Allocator, effort: Effort, probes: readonly Layout[] = [], bytes?: Bytes) {
    this.allocator = allocator as Can<Capability>;
    this.effort = effort;
    this.probes = probes;
    this.shadow = new Shadow(allocator.memory, bytes);
  }

  /** Requests a block. Returns undefined if there was no room, and for size 0. */
  allocate(layout: Layout, call: "allocate" | "allocateZeroed" = "allocate"): Block | undefined {
    this.names++;
    const name = `b${this.names}`;
    const before = this.allocator.footprint().held;
    const usable = this.allocator.usableSize(layout);
    const ptr = this.call(`const ${name} = a.${call}(${codeOf(layout)});`, "1.6", () => this.allocator[call](layout));
    if (layout.size === 0) {
      expectRule("3.1", ptr === layout.dangling, () => `${name} of size 0 is ${ptr}, expected ${layout.dangling}`);
      return undefined;
    }
    if (ptr === undefined || ptr === NULL) {
      this.effort.refused++;
      this.expectUnchanged(before, "1.5");
      return undefined;
    }
    this.effort.served++;
    expectRule("2.4", usable !== 0, () => `${name} was served, but usableSize(${layout}) is 0`);
    const block = this.shadow.add(name, ptr, layout, usable);
    this.expectExact(block);
    if (call === "allocateZeroed") this.shadow.expectZeros(block, "5.1", 0);
    this.shadow.fill(block);
    return block;
  }

  resize(block: Block, from: Layout, to: Layout, call: "grow" | "growZeroed" | "shrink"): void {
    this.shadow.verify(block, "1.4");
    const before = this.allocator.footprint().held;
    const text = `a.${call}(${block.name}, ${codeOf(from)}, ${codeOf(to)});`;
    this.names++;
    const name = `b${this.names}`;
    const usable = this.allocator.usableSize(to);
    const rule = from.equals(block.layout) ? "1.6" : "2.5";
    const ptr = this.call(`const ${name} = ${text}`, rule, () => this.allocator[call](block.ptr, from, to));
    if (ptr === undefined || ptr === NULL) {
      this.effort.refused++;
      this.shadow.verify(block, "4.2");
      this.expectUnchanged(before, "1.5");
      return;
    }
    this.effort.served++;
    expectRule("2.4", usable !== 0 || to.size === 0, () => `${name} was served, but usableSize(${to}) is 0`);
    this.shadow.remove(block);
    if (to.size === 0) {
      expectRule("3.3", ptr === to.dangling, () => `${name} of size 0 is ${ptr}, expected ${to.dangling}`);
      return;
    }
    const next = this.shadow.add(name, ptr, to, usable);
    this.shadow.verify(block, "4.1", ptr, Math.min(from.size, to.size));
    this.expectExact(next);
    if (call === "growZeroed") this.shadow.expectZeros(next, "5.2", from.size);
    this.shadow.fill(next);
  }

  resizeInPlace(block: Block, to: Layout): void {
    const usable = this.allocator.usableSize(to);
    const text = `a.resizeInPlace(${block.name}, ${codeOf(block.layout)}, ${codeOf(to)});`;
    this.shadow.verify(block, "1.4");
    const done = this.call(text, "1.6", () => this.allocator.resizeInPlace(block.ptr, block.layout, to));
    this.shadow.verify(block, "11.3", block.ptr, Math.min(block.layout.size, done ? to.size : block.layout.size));
    if (!done) return;
    expectRule("11.3", to.size !== 0, () => `${block.name} became size 0 in place; only shrink releases`);
    expectRule("2.4", usable !== 0, () => `${block.name} was resized in place, but usableSize(${to}) is 0`);
    this.shadow.remove(block);
    const resized = this.shadow.add(block.name, block.ptr, to, usable);
    this.expectExact(resized);
    this.shadow.fill(resized);
  }

  deallocate(block: Block, layout: Layout): void {
    this.shadow.verify(block, "1.4");
    const rule = layout.equals(block.layout) ? "1.6" : "2.5";
    this.call(`a.deallocate(${block.name}, ${codeOf(layout)});`, rule, () =>
      this.allocator.deallocate(block.ptr, layout),
    );
    this.shadow.remove(block);
  }

  deallocateBySize(block: Block): void {
    this.shadow.verify(block, "1.4");
    const text = `a.deallocate(${block.name}, Layout.of(a.sizeAt(${block.name}), 1));`;
    this.call(text, "11.4", () => {
      const size = this.allocator.sizeAt(block.ptr);
      expectRule("11.4", size >= block.usable, () => `sizeAt(${block.name}) is ${size}, usableSize ${block.usable}`);
      this.allocator.deallocate(block.ptr, Layout.of(size, 1));
    });
    this.shadow.remove(block);
  }

  reset(): void {
    this.shadow.verifyAll("1.4");
    this.call("a.reset();", "11.2", () => this.allocator.reset());
    this.shadow.clear();
  }

  trim(): void {
    this.call("a.trim();", "11.6", () => this.allocator.trim());
    this.shadow.verifyAll("11.6");
  }

  /** Compares the ranges it visits with the live blocks. */
  blocks(): void {
    this.call("a.blocks(() => {});", "11.8", () => expectBlocks(this.allocator, this.shadow.blocks));
  }

  growMemory(): void {
    if (!this.effort.takeGrowth(this.allocator.memory)) return;
    this.call("a.memory.grow(65536);", "8.1", () => this.allocator.memory.grow(65536));
    this.shadow.verifyAll("8.1");
  }

  /** Ends the program: verifies and releases all live blocks. */
  finish(): void {
    this.shadow.verifyAll("1.4");
    for (const block of [...this.shadow.blocks]) this.deallocate(block, block.layout);
    this.checkInvariants();
    this.call("a.dispose();", "1.6", () => this.allocator.dispose());
  }

  has(capability: Capability): boolean {
    return can<Allocator, Capability>(this.allocator, capability);
  }

  checkInvariants(): void {
    if (this.has("check")) this.call("a.check();", "11.5", () => this.allocator.check(), false);
    const { held, bookkeeping, peak } = this.allocator.footprint();
    if (Number.isNaN(held + bookkeeping + peak)) return;
    const { live } = this.shadow;
    expectRule("12.1", held >= live, () => `held is ${held}, but ${live} bytes are live`);
    expectRule("12.1", peak >= held + bookkeeping, () => `peak is ${peak}, but ${held} + ${bookkeeping} are in use`);
    expectRule("12.1", peak >= this.peak, () => `peak is ${peak}, but was ${this.peak}`);
    this.peak = peak;
  }

  /** If `isExact` is declared, expects `sizeAt` to be the usable size promised for the block, also for a layout of that size. */
  expectExact({ name, ptr, usable }: Block): void {
    if (!this.allocator.isExact || !this.has("sizeAt")) return;
    const size = this.call(`a.sizeAt(${name});`, "11.7", () => this.allocator.sizeAt(ptr), false)!;
    expectRule("11.7", size === usable, () => `sizeAt(${name}) is ${size}, usableSize ${usable}`);
    const named = this.allocator.usableSize(Layout.of(size, 1));
    expectRule("11.7", named === size, () => `sizeAt(${name}) is ${size}, whose usableSize at align 1 is ${named}`);
  }

  expectUnchanged(before: number, rule: RuleId): void {
    const { held } = this.allocator.footprint();
    expectRule(rule, !(held > before), () => `held is ${held} after the failure, ${before} before`);
  }

  /**
   * Makes one call and logs it. A throw is a violation of `rule`. Returns undefined if a memory without bytes refuses to copy or
   * zero.
   */
  call<T>(text: string, rule: RuleId, make: () => T, print = true): T | undefined {
    if (print) this.note(text);
    try {
      return make();
    } catch (error) {
      if (error instanceof Violation || isRefusal(error)) throw error;
      if (!this.allocator.memory.canCopy && (error as { code?: string }).code === "no-bytes") return undefined;
      throw new Violation(rule, `${text} threw ${printable(error)}`);
    }
  }

  /** Tries another allocator. A violation is reported with the calls made on that one. */
  another<T>(allocator: Allocator, use: (other: Trial) => T, bytes?: Bytes): T {
    const other = new Trial(allocator, new Effort(this.effort.onCall), this.probes, bytes);
    try {
      return use(other);
    } catch (error) {
      this.show(other);
      throw error;
    }
  }

  /** Replaces the log by that of another trial. */
  show(other: Trial): void {
    this.log.splice(0, this.log.length, ...other.log);
  }

  note(text: string): void {
    this.effort.onCall?.(text);
    this.log.push(text);
  }
}

export function codeOf(layout: Layout): string {
  return `Layout.of(${layout.size}, ${layout.align})`;
}
