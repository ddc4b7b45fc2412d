/**
 * Shape: converts a module's object to an allocator.
 *
 *     an Allocator                    used as it is, even if from another copy of the core
 *     memory, allocate, deallocate    Allocator.from
 *     memory, malloc, free            fromMalloc: the exports of a WebAssembly instance, say
 *
 * The memory may also be a WebAssembly.Memory or a buffer, all of whose bytes may then be handed out.
 *
 * @module
 */
import { Allocator, type AllocatorParts, fromMalloc, type Malloc, Memory } from "@alloc/core";
import { UsageError } from "./usage.ts";

type Parts = Readonly<Record<string, unknown>>;

const CONTRACT = ["allocate", "allocateZeroed", "grow", "growZeroed", "shrink", "deallocate", "usableSize"] as const;
const CAPABILITIES = ["owns", "reset", "resizeInPlace", "defer", "sizeAt", "check", "trim", "blocks"] as const;
const REST = ["footprint", "describeSelf", "dispose"] as const;
const OURS = [...CONTRACT, ...REST, "describe", "byRef"];

/**
 * Converts an object to an allocator.
 *
 * @param made - the object
 * @param what - its origin, for the error
 * @throws `UsageError` if it has none of the shapes
 */
export function allocatorOf(made: unknown, what: string): Allocator {
  const parts = (typeof made === "object" && made !== null ? made : {}) as Parts;
  const has = (name: string) => typeof parts[name] === "function";
  const hasMemory = parts.memory !== undefined && parts.memory !== null;
  if (hasMemory && OURS.every(has)) return made as Allocator;
  const memory = () => memoryOf(parts.memory, what);
  if (hasMemory && has("allocate") && has("deallocate")) {
    const methods = bound(parts, [...CONTRACT, ...CAPABILITIES, ...REST]);
    const declared = { detects: parts.detects ?? [], isExact: parts.isExact === true };
    return Allocator.from({ ...declared, ...methods, memory: memory() } as unknown as AllocatorParts);
  }
  if (hasMemory && has("malloc") && has("free")) {
    const align = parts.align === undefined ? {} : { align: parts.align };
    return fromMalloc({ ...bound(parts, ["malloc", "free", "realloc"]), ...align, memory: memory() } as Malloc);
  }
  throw new UsageError(
    `${what} must be an allocator, or have memory, allocate and deallocate, or memory, malloc and free; got ${nameOf(made)}`,
  );
}

/** Describes a value and its properties. */
export function nameOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value === "function" ? "a function" : `${value}`;
  const names = [...new Set([...Object.keys(value), ...methodsOf(value)])];
  return names.length === 0 ? "an object with nothing" : `an object with ${names.slice(0, 12).join(", ")}`;
}

function methodsOf(value: object): string[] {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || prototype === Object.prototype) return [];
  return [...Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor"), ...methodsOf(prototype)];
}

/** Binds methods to their object, which may have private fields. */
function bound(parts: Parts, names: readonly string[]): Record<string, unknown> {
  const there = names.filter((name) => typeof parts[name] === "function");
  return Object.fromEntries(there.map((name) => [name, (parts[name] as () => unknown).bind(parts)]));
}

function memoryOf(memory: unknown, what: string): Memory {
  const { view, words, copy } = memory as Partial<Memory>;
  if (view !== undefined && words !== undefined && copy !== undefined) return memory as Memory;
  const kind = Object.prototype.toString.call(memory).slice(8, -1);
  if (!["WebAssembly.Memory", "ArrayBuffer", "SharedArrayBuffer"].includes(kind)) {
    throw new UsageError(
      `the memory of ${what} must be a Memory, a WebAssembly.Memory, an ArrayBuffer or a SharedArrayBuffer; got ${kind}`,
    );
  }
  return Memory.over(memory as WebAssembly.Memory, { from: 0 });
}
