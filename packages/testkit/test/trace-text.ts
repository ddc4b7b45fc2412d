/**
 * Helpers that write traces for tests.
 *
 * @module
 */
import { gzipSync } from "node:zlib";

/** Returns the bytes of a trace: the events, and a header with some values replaced. */
export function traceOf(
  events: readonly string[],
  header: Partial<Record<"ids" | "ops" | "peak" | "maxlive", unknown>> = {},
): Uint8Array {
  const right = { ids: 0, ops: events.length, peak: 0, maxlive: 0 };
  const sizes = new Map<string, number>();
  for (const event of events) {
    const [kind, id = "", size = "0"] = event.split(" ");
    if (kind === "f") sizes.delete(id);
    else sizes.set(id, Number(size));
    if (kind === "a" || kind === "c") right.ids++;
    right.maxlive = Math.max(right.maxlive, sizes.size);
    right.peak = Math.max(
      right.peak,
      [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0),
    );
  }
  const lines = Object.entries({ ...right, ...header }).map(([key, value]) => `# ${key}: ${value}`);
  return bytesOf([...lines, ...events].join("\n").concat("\n"));
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function gzip(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(gzipSync(bytes));
}

/** Yields the bytes in small pieces, like a slow stream. */
export async function* pieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += length) yield bytes.subarray(start, start + length);
}
