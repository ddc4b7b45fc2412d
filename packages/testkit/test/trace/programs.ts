/**
 * Random traces, and their text.
 *
 * @module
 */
import fc from "fast-check";
import { traceOf } from "../trace-text.ts";

const size = fc.oneof(fc.nat(100), fc.nat(70_000), fc.constantFrom(2 ** 31, 2 ** 32 - 1));
const align = fc.option(fc.nat(31).map((log) => 2 ** log));
const step = fc.record({ what: fc.constantFrom("a", "a", "c", "r", "f"), size, align, block: fc.nat() });
const field = fc.tuple(fc.constantFrom("name", "program", "threads", "é"), fc.constantFrom("x", "a: b", "#", "ü 1"));

/** The events of a trace that releases everything in the end. */
export const events: fc.Arbitrary<string[]> = fc.array(step, { maxLength: 60 }).map((steps) => {
  const lines: string[] = [];
  const live: number[] = [];
  let ids = 0;
  for (const { what, size, align, block } of steps) {
    const index = block % Math.max(1, live.length);
    if (what === "a" || what === "c") {
      lines.push(`${what} ${ids} ${size}${align === null ? "" : ` ${align}`}`);
      live.push(ids++);
    } else if (live.length > 0) {
      if (what === "r") lines.push(`r ${live[index]} ${size}`);
      else lines.push(`f ${live.splice(index, 1)[0]}`);
    }
  }
  return [...lines, ...live.map((id) => `f ${id}`)];
});

/** The text of a trace: the first line, then fields in any order, each key once. */
export const canonical: fc.Arbitrary<string> = fc
  .record({ events, before: fc.uniqueArray(field, { selector: ([key]) => key }), seed: fc.nat(3) })
  .map(({ events, before, seed }) => {
    const text = new TextDecoder().decode(traceOf(events));
    const lines = text.split("\n");
    const header = [...lines.slice(0, 4), ...before.map(([key, value]) => `# ${key}: ${value}`)];
    const turned = [...header.slice(seed), ...header.slice(0, seed)];
    return ["# alloctrace 1", ...turned, ...lines.slice(4)].join("\n");
  });

/** The bytes of a complete response. */
export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return new Uint8Array(Buffer.concat(all));
}
