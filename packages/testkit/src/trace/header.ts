/**
 * The header of a trace, from text and back.
 *
 *     # alloctrace 1            no key: not read
 *     # name: tiny              fields.name
 *     # ids: 2                  fields.ids, and the number ids; so for ops, peak and maxlive
 *
 * @module
 */
import { printable } from "../printable.ts";
import { TraceError, type TraceHeader } from "./format.ts";

/** The first line of what is written. */
const MAGIC = "# alloctrace 1";
/** The most characters of all lines of a header: every field is kept, and printed by some. */
export const MOST_HEADER = 65536;
/** Of a field that is wrong, so much is shown. */
const SHOWN = 40;
/** The keys that must be there, each a number. */
const NUMBERS = ["ids", "ops", "peak", "maxlive"] as const;

/** The numbers of a header, by their keys. */
export type Counts = Pick<TraceHeader, (typeof NUMBERS)[number]>;

/** Adds a line that starts with `#` to the fields. */
export function readField(text: string, fields: Record<string, string>): void {
  const line = text.slice(1).trim();
  const colon = line.indexOf(":");
  if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).trim();
}

/**
 * Makes the header of the fields that were read.
 *
 * @param line - of the first event, from 1
 * @throws `TraceError` where a number is missing or none
 */
export function headerOf(fields: Readonly<Record<string, string>>, line: number): TraceHeader {
  const number = (key: string) => {
    const text = fields[key];
    if (text === undefined) {
      throw new TraceError(line, `the header must say "# ${key}: <number>" before the first event`);
    }
    if (!/^\d{1,15}$/.test(text)) {
      throw new TraceError(line, `the header says "# ${key}: ${printable(text, SHOWN)}", expected a number`);
    }
    return Number(text);
  };
  return { ids: number("ids"), ops: number("ops"), peak: number("peak"), maxlive: number("maxlive"), fields };
}

/** Makes the header of events that were counted. A number among the fields keeps its place and gets its value. */
export function headerFor({ ids, ops, peak, maxlive }: Counts, fields: Readonly<Record<string, string>>): TraceHeader {
  const numbers = { ids: `${ids}`, ops: `${ops}`, peak: `${peak}`, maxlive: `${maxlive}` };
  return { ids, ops, peak, maxlive, fields: { ...fields, ...numbers } };
}

/**
 * Answers the lines of a header.
 *
 * @throws `TraceError` where a field would be read as another one, or the header is too long
 */
export function headerLines(header: TraceHeader): string[] {
  const lines = [MAGIC];
  let length = MAGIC.length;
  for (const [key, value] of Object.entries(headerFor(header, header.fields).fields)) {
    const line = `# ${key}: ${value}`;
    const read: Record<string, string> = {};
    readField(line, read);
    if (/[\n\r]/.test(line) || read[key] !== value) {
      throw new TraceError(
        lines.length + 1,
        `the header field "${printable(key, SHOWN)}" must be one line of text without a colon in its key, got "${printable(value, SHOWN)}"`,
      );
    }
    lines.push(line);
    length += line.length;
    requireShort(length, lines.length);
  }
  return lines;
}

/** Throws a `TraceError` if the lines of a header have more characters than are kept. */
export function requireShort(length: number, line: number): void {
  if (length > MOST_HEADER) throw new TraceError(line, `the header must have at most ${MOST_HEADER} characters`);
}
