/**
 * printable: text from outside, made fit for a terminal.
 *
 *     "name\x1b[2J"       ──▶  "name\x1b[2J" with the escape character written out: it clears no screen
 *     "a" × 100,000,000   ──▶  2,000 characters, and "… 99998000 more"
 *
 * A name in a trace, a path, and an error that a module throws may hold anything. A control character can move the cursor, hide
 * text or fake a line; a bidirectional control shows text in another order than it has. All of them are written as escapes, so
 * what is printed is what is there. Most errors that the kit makes pass through here.
 *
 * @module
 */

/** The most characters of one text from outside. */
export const MOST_CHARACTERS = 2000;
/** So few more are kept: a text that was cut before is not cut again. */
const FEW = 32;

/** Controls (C0, DEL, C1), format characters (of direction, of joining, tags), half surrogates, and separators of lines. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Returns text in one line, without control characters and of bounded length.
 *
 * @param value - a text, or whatever was thrown: it is converted by `String`, and an object that refuses is named as such
 * @param most - characters to keep; default: 2,000. What is left out is counted at the end, if it is more than the count itself
 * @example
 * ```ts
 * import { printable } from "@alloc/testkit";
 *
 * printable("a\u001b[31mb\n"); // => "a\\x1b[31mb\\n"
 * printable("x".repeat(2010), 10); // => "xxxxxxxxxx… 2000 more"
 * ```
 */
export function printable(value: unknown, most: number = MOST_CHARACTERS): string {
  const text = stringOf(value);
  if (text.length <= most + FEW) return escaped(text);
  return `${escaped(text.slice(0, most))}… ${text.length - most} more`;
}

/** Returns a text of several lines without control characters but tabs and the ends of its lines. All of it is kept. */
export function printableLines(text: string): string {
  return text.replace(UNSEEN, (character) =>
    character === "\n" || character === "\t" ? character : escapeOf(character),
  );
}

/** Returns a value as JSON without control characters: what JSON may hold as it is, is escaped too, and reads back the same. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(UNSEEN, (character) => {
    if (character === "\n") return character;
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}

function escaped(text: string): string {
  return text.replace(UNSEEN, escapeOf);
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  return SHORT[character] ?? (code < 256 ? `\\x${hex.padStart(2, "0")}` : `\\u{${hex}}`);
}

/** Makes a string of anything: an object may throw where it is made one, or have nothing that makes one of it. */
export function stringOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "an object that cannot be made a string";
  }
}
