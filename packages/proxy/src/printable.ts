/**
 * Printable: text of unknown origin, made safe for terminals and error messages.
 *
 *     "\x1b[2Jparse"  ──▶  "\\x1b[2Jparse"        control and format characters are escaped
 *     "aaaaaaaaaaaa…" ──▶  "aaaaaaaa…"            the length is bounded
 *
 * A program does not control all such text: names of functions and files, options of custom allocators and their values.
 *
 * @module
 */

/** Characters that move the cursor, change the text direction, or are invisible. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/**
 * Returns a text with control characters escaped, cut at the maximum length.
 *
 * @param most - the maximum number of characters
 */
export function printable(text: string, most: number): string {
  const clean = text.slice(0, most + 1).replace(UNSEEN, (unseen) => {
    const code = unseen.codePointAt(0)!;
    return code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
  return clean.length > most ? `${clean.slice(0, most - 1)}…` : clean;
}
