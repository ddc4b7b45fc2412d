/**
 * Options of memories.
 *
 * @module
 */
import type { ByteHooks } from "./buffers.ts";

/** The length of a new memory, in bytes, and whether threads share it. */
export interface LinearOptions<S extends boolean = boolean> {
  /**
   * Bytes; rounded up to 64 KiB.
   *
   * @defaultValue 64 MiB, or 64 KiB if `maximum` is given; the maximum of a shared memory, up to 1 GiB
   */
  readonly initial?: number;
  /**
   * The largest length, at most 4 GiB; rounded up to 64 KiB.
   *
   * @defaultValue 4 GiB, or 1 GiB if shared; halved until the host has enough addresses
   */
  readonly maximum?: number;
  /**
   * Whether other threads can see it.
   *
   * @defaultValue false
   */
  readonly shared?: S;
  /**
   * The most bytes of words of all allocators in a shared memory. They lie in one buffer beside it; addresses only, since untouched ones cost
   * nothing.
   *
   * @defaultValue the maximum of the memory, at least 16 MiB
   */
  readonly words?: number;
}

/** The part of a buffer or of a guest's memory that may be handed out, in bytes. */
export interface Range {
  /**
   * The first byte that may be handed out.
   *
   * @defaultValue 0 for a buffer; the present end for a WebAssembly memory
   */
  readonly from?: number;
  /**
   * The end of the range, exclusive.
   *
   * @defaultValue the present end
   */
  readonly to?: number;
  /**
   * The largest length of the memory; rounded down to 64 KiB for a WebAssembly memory.
   *
   * @defaultValue the maximum of a buffer; 4 GiB for a WebAssembly memory
   */
  readonly maximum?: number;
  /**
   * Whether this thread is the first to allocate in the range, and no other one does so but through it. Needed to allocate in bytes
   * that threads share, because no thread can see what another one has handed out.
   *
   * @defaultValue false
   */
  readonly owner?: boolean;
  /** The most bytes of words of all allocators, if the bytes are shared: see {@link LinearOptions.words}. */
  readonly words?: number;
}

/** The lowest address of a virtual memory, and hooks that copy and fill its bytes. */
export interface VirtualOptions extends Partial<ByteHooks> {
  /**
   * The lowest address, in bytes. If it is 0, the first 16 bytes are not handed out.
   *
   * @defaultValue 0
   */
  readonly base?: number;
}
