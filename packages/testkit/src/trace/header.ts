/**
 * The header of a trace: parsing and formatting.
 *
 *     # alloctrace 1            no key: ignored
 *     # name: tiny              fields.name
 *     # ids: 2                  fields.ids, and the number ids; likewise ops, peak and maxlive
 *
 * @module
 */
import { printable } from "../printable.ts";
import { TraceError, type TraceHeader } from "./format.ts";

/** First line of a written trace. */
const MAGIC = "# alloctrace 1";
/** Maximum number of characters of a header: all fields are kept, and some callers print them. */
export const MOST_HEADER = 65536;
/** Number of characters of an invalid field quoted in an error. */
const SHOWN = 40;
/** Required keys with numeric values. */
const NUMBERS = ["ids", "ops", "peak", "maxlive"] as const;

/** The numbers of a header by key. */
export type Counts = Pick<TraceHeader, (typeof NUMBERS)[number]>;

/** Parses a line that starts with `#` and adds it to the fields. */
export function readField(text: string, fields: Record<string, string>): void {
  const line = text.slice(1).trim();
  const colon = line.indexOf(":");
  if (colon > 0) fields[line.slice(0, colon)] = line.slice(colon + 1).trim();
}

/**
 * Makes a header from parsed fields.
 *
 * @param line - the line of the first event, from 1
 * @throws `TraceError` if a number is missing or invalid
 */
export function headerOf(fields: Readonly<Record<string, string>>, line: number): TraceHeader {
  const number = (key: string) => {
    const text = fields[key];
    if (text === undefined) {
      throw new TraceError(line, `the header must have "# ${key}: <number>" before the first event`);
    }
    if (!/^\d{1,15}$/.test(text)) {
      throw new TraceError(line, `expected a number in the header for ${key}, got "${printable(text, SHOWN)}"`);
    }
    return Number(text);
  };
  return { ids: number("ids"), ops: number("ops"), peak: number("peak"), maxlive: number("maxlive"), fields };
}

/** Makes a header from counts. A number among the fields keeps its position and gets the counted value. */
export function headerFor({ ids, ops, peak, maxlive }: Counts, fields: Readonly<Record<string, string>>): TraceHeader {
  const numbers = { ids: `${ids}`, ops: `${ops}`, peak: `${peak}`, maxlive: `${maxlive}` };
  return { ids, ops, peak, maxlive, fields: { ...fields, ...numbers } };
}

/**
 * Returns the lines of a header.
 *
 * @throws `TraceError` if a field would not parse back to itself, or the header is too long
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

/** Throws a `TraceError` if a header is too long. */
export function requireShort(length: number, line: number): void {
  if (length > MOST_HEADER) throw new TraceError(line, `the header must have at most ${MOST_HEADER} characters`);
}
