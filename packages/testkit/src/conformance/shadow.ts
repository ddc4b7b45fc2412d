/**
 * Shadow: the expected state of the memory, maintained beside a running allocator.
 *
 *     memory    │    A     │ free │  B  │   C   │
 *     shadow    [ A, B, C ] sorted by address, each with its layout, its usable bytes and the seed of its pattern
 *
 * Every block is filled with its own pattern over all its usable bytes, so foreign writes are found when it is read again. Over a
 * memory without bytes only the ranges are compared.
 *
 * Source: the shadow allocator of rlsf, and the tracker of alloc-compose.
 *
 * @module
 */
import { isAligned, type Layout, type Memory, type Ptr } from "@alloc/core";
import { describeDamage, fillPattern, findDamage } from "../pattern.ts";
import { expectRule, type RuleId, Violation } from "./rules.ts";

/** A live block. */
export interface Block {
  /** Its name in the printed program: `b3`. */
  readonly name: string;
  readonly ptr: Ptr;
  /** The layout it was last requested with. */
  readonly layout: Layout;
  readonly usable: number;
  readonly seed: number;
}

/** Access to the bytes of a memory. */
export type Bytes = Pick<Memory, "u8" | "i32">;

export class Shadow {
  readonly memory: Memory;
  /** Undefined if only the ranges are compared. */
  bytes: Bytes | undefined;
  /** Sorted by address. */
  readonly blocks: Block[] = [];
  /** Requested bytes currently live, without blocks of size 0. */
  live = 0;
  seeds = 0;

  constructor(memory: Memory, bytes: Bytes | undefined = memory.hasBytes ? memory : undefined) {
    this.memory = memory;
    this.bytes = bytes;
  }

  /** Adds a block that was just handed out. Its content is not known yet: see {@link fill}. */
  add(name: string, ptr: Ptr, layout: Layout, usable: number): Block {
    this.seeds++;
    const block: Block = { name, ptr, layout, usable, seed: this.seeds };
    expectRule("1.2", Number.isInteger(ptr) && ptr > 0, () => `${name} is at ${ptr}, which is not an address`);
    const end = ptr + usable;
    const { byteLength } = this.memory;
    expectRule("1.2", end <= byteLength, () => `${name} ends at ${end}, but the memory ends at ${byteLength}`);
    expectRule("1.1", isAligned(ptr, layout.align), () => `${name} is at ${ptr}, not a multiple of ${layout.align}`);
    const index = this.indexAbove(ptr);
    this.expectApart(this.blocks[index - 1], block);
    this.expectApart(block, this.blocks[index]);
    this.blocks.splice(index, 0, block);
    this.live += layout.size;
    return block;
  }

  /** Removes a block whose bytes were verified before. */
  remove(block: Block): void {
    this.blocks.splice(this.blocks.indexOf(block), 1);
    this.live -= block.layout.size;
  }

  clear(): void {
    this.blocks.length = 0;
    this.live = 0;
  }

  /** Fills all usable bytes of a block with its pattern. */
  fill(block: Block): void {
    if (this.bytes !== undefined) fillPattern(this.bytes, block.ptr, block.usable, block.seed);
  }

  /** Throws a violation of `rule` unless the first `bytes` bytes at `ptr` match the block's pattern. */
  verify(block: Block, rule: RuleId, ptr: Ptr = block.ptr, bytes: number = block.usable): void {
    if (this.bytes === undefined) return;
    const damage = findDamage(this.bytes, ptr, bytes, block.seed);
    if (damage !== undefined) throw new Violation(rule, `${block.name}: ${describeDamage(damage)}`);
  }

  /** Throws a violation of `rule` unless all live blocks match their patterns. */
  verifyAll(rule: RuleId): void {
    for (const block of this.blocks) this.verify(block, rule);
  }

  /** Throws a violation of `rule` unless all usable bytes from an offset on are 0. */
  expectZeros(block: Block, rule: RuleId, from: number): void {
    if (this.bytes === undefined) return;
    const bytes = this.bytes.u8.subarray(block.ptr, block.ptr + block.usable);
    let offset = from;
    while (offset < bytes.length && bytes[offset] === 0) offset++;
    expectRule(rule, offset >= bytes.length, () => `byte ${offset} of ${block.name} is ${bytes[offset]}, expected 0`);
  }

  indexAbove(ptr: Ptr): number {
    const index = this.blocks.findIndex((block) => block.ptr > ptr);
    return index < 0 ? this.blocks.length : index;
  }

  expectApart(lower: Block | undefined, upper: Block | undefined): void {
    if (lower === undefined || upper === undefined) return;
    const end = lower.ptr + lower.usable;
    expectRule(
      "1.3",
      end <= upper.ptr,
      () => `${upper.name} at ${upper.ptr} starts inside ${lower.name}, which ends at ${end}`,
    );
  }
}
