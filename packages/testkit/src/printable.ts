/**
 * printable: makes foreign text safe for a terminal.
 *
 *     "name\x1b[2J"       ──▶  "name\x1b[2J" with the escape character written out: it clears no screen
 *     "a" × 100,000,000   ──▶  2,000 characters, and "… 99998000 more"
 *
 * A name in a trace, a path, or an error thrown by a module may contain anything. A control character can move the cursor, hide
 * text or fake a line; a bidirectional control changes the visible order of text. All are written as escapes. Most errors of the
 * kit pass through here.
 *
 * @module
 */
import { ArgumentError } from "@alloc/core";
/** Default limit of one foreign text, in characters. */
export const MOST_CHARACTERS = 2000;
/** Overlong by at most this many characters: kept, so that text cut once is not cut again. */
const FEW = 32;

/** Controls (C0, DEL, C1), format characters (direction, joining, tags), lone surrogates and line separators. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * Returns text as one line, without control characters and of bounded length.
 *
 * @param value - a text or any thrown value; converted by `String`, with a fixed text for an object that cannot be converted
 * @param most - maximum number of characters, at least 0. A longer text ends with the number of characters left out, unless that
 *   note is longer than they are
 * @defaultValue `most`: 2000
 * @example
 * ```ts
 * import { printable } from "@alloc/testkit";
 *
 * printable("a\u001b[31mb\n"); // => "a\\x1b[31mb\\n"
 * printable("x".repeat(2010), 10); // => "xxxxxxxxxx… 2000 more"
 * ```
 */
export function printable(value: unknown, most: number = MOST_CHARACTERS): string {
  if (!(Number.isInteger(most) && most >= 0)) {
    throw new ArgumentError(
      `printable expects a number of characters, got ${stringOf(most)}: write printable(value, 40)`,
    );
  }
  const text = stringOf(value);
  if (text.length <= most + FEW) return escaped(text);
  return `${escaped(text.slice(0, most))}… ${text.length - most} more`;
}

/** Returns text of several lines without control characters except tabs and line ends. Does not shorten it. */
export function printableLines(text: string): string {
  return text.replace(UNSEEN, (character) =>
    character === "\n" || character === "\t" ? character : escapeOf(character),
  );
}

/**
 * Returns a value as JSON without control characters; escapes those that JSON allows verbatim, so it parses to the same value.
 */
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

/** Converts any value to a string; an object's conversion may throw or be missing. */
export function stringOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return "an object that cannot be made a string";
  }
}
