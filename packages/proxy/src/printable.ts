/**
 * Printable: text of unknown origin, made fit for a terminal and for an error message.
 *
 *     "\x1b[2Jparse"  ──▶  "\\x1b[2Jparse"        control and format characters are written out
 *     "aaaaaaaaaaaa…" ──▶  "aaaaaaaa…"            and the length is bounded
 *
 * Names of functions and of files, options of foreign allocators and values in them: a program does not choose all of them itself.
 *
 * @module
 */

/** Whatever moves the cursor, changes the direction of the text, or cannot be seen. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Returns a text without control characters, cut where it would be long.
 *
 * @param most - the characters that it may have
 */
export function printable(text: string, most: number): string {
  const start = text.length > 2 * most ? text.slice(0, 2 * most) : text;
  const clean = start.replace(UNSEEN, (unseen) => {
    const code = unseen.codePointAt(0)!;
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
  return clean.length > most || start !== text ? `${clean.slice(0, most - 1)}…` : clean;
}
