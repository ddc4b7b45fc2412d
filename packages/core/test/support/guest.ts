/**
 * Guest: a C program using its heap, which writes every byte of its blocks and reads it again.
 *
 * @module
 */
import type { MallocFunctions } from "@alloc/core";
import fc from "fast-check";
import { expect } from "vitest";

const bytes = fc.oneof(fc.nat(40), fc.nat(3000));
const step = fc.oneof(
  fc.record({ do: fc.constant("malloc" as const), bytes }),
  fc.record({ do: fc.constant("calloc" as const), bytes }),
  fc.record({ do: fc.constant("realloc" as const), bytes, block: fc.nat() }),
  fc.record({ do: fc.constant("free" as const), block: fc.nat() }),
);

/**
 * Runs random programs. Each releases all its blocks.
 *
 * @param bytesAt - shows the memory from an address on
 */
export function actAsGuest(c: MallocFunctions, bytesAt: (address: number) => Uint8Array): void {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), fc.boolean(), (steps, signed) => {
      const live: { ptr: number; bytes: number; mark: number }[] = [];
      let marks = 0;
      // From Wasm, an address above 2 GiB is a negative number.
      const passed = (ptr: number) => (signed ? ptr | 0 : ptr);
      const expectAll = (ptr: number, bytes: number, mark: number) => {
        const block = bytesAt(ptr).subarray(0, bytes);
        expect(block.every((byte) => byte === mark)).toBe(true);
      };
      const add = (ptr: number, bytes: number) => {
        expect([ptr % 16, ptr >= 0]).toEqual([0, true]);
        marks = (marks % 255) + 1;
        bytesAt(ptr).fill(marks, 0, bytes);
        live.push({ ptr, bytes, mark: marks });
      };
      const release = (index: number) => {
        const { ptr, bytes, mark } = live[index]!;
        expectAll(ptr, bytes, mark);
        c.free(passed(ptr));
        live.splice(index, 1);
      };
      const resize = (index: number, size: number) => {
        const { ptr, bytes, mark } = live[index]!;
        const next = c.realloc(passed(ptr), size);
        if (next === 0) expectAll(ptr, bytes, mark);
        else {
          expectAll(next, Math.min(bytes, size), mark);
          live.splice(index, 1);
          add(next, size);
        }
      };

      for (const step of steps) {
        if (step.do === "malloc" || step.do === "calloc") {
          const ptr = step.do === "malloc" ? c.malloc(step.bytes) : c.calloc(1, step.bytes);
          if (ptr === 0) continue;
          if (step.do === "calloc") expectAll(ptr, step.bytes, 0);
          add(ptr, step.bytes);
        } else if (live.length > 0) {
          if (step.do === "free") release(step.block % live.length);
          else resize(step.block % live.length, step.bytes);
        }
      }
      while (live.length > 0) release(0);
    }),
    { numRuns: 60 },
  );
}
