/**
 * Closed: whether the source of a method means the same in any scope.
 *
 *     allocate(layout) { const ptr = this.primary.allocate(layout); return ptr !== 0 ? ptr : move(this, layout); }
 *              own             own        └ behind a dot ┘  own             own         own  free: not closed
 *
 * A copied method belongs to no module, so it may name only `this`, its own declarations and a few globals. This is decided from
 * the source text, without a parser; in doubt the method is not copied. A name declared in one block counts as declared in all of
 * them: a test uses a parser to verify that no method here depends on that (checks/specialized-audit.test.ts).
 *
 * @module
 */

const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`$\\]*`/g;
/**
 * Source in which names cannot be found reliably: other literals, escapes, text that a script reads differently, a slash that
 * does not divide.
 */
const DOUBT = /["'`#@\\]|[^\s!-~]|<!--|-->|(?:[^\w$)\]\s]|\b(?:return|typeof|else|of|void|throw))\s*\//;
/** A regular expression after a parenthesis may hold a quote that starts no string. */
const DOUBTFUL_QUOTE = /\)\s*\/[\s\S]*["']/;
const HEAD = /^([\w$]+)\s*\(([\w$\s,]*)\)\s*\{/;
/** A declaration up to its semicolon, without the brackets around a pattern. */
const DECLARATIONS = /\b(?:(?:let|const|var)\b|catch\s*\()\s*(?:\{([\w$\s,:]*)\})?([^;]*)/g;
const BRACKETS = /\([^()]*\)|\[[^[\]]*\]|\{[^{}]*\}/;
const DECLARATION = /^(?:\s*[\w$]+\s*:)?\s*([\w$]*)\s*(?:=|of\b|$)/;
/** A line that ends without a semicolon. */
const LOOSE_END = /[\w$]\s*\n\s*[\w$]/;
/** Names: words that are neither a property after a dot nor a key of a pattern or object. */
const NAMES = /(?<![\w$]|(?<!\.\.)\.\s*)(?!(?<=[{,]\s*)[\w$]+\s*:)[A-Za-z_$][\w$]*/g;
const KNOWN =
  "this true false null undefined void return if else for of while break continue new try catch finally throw let const var Math";

/**
 * Returns whether a text is a method of the given name without free names.
 *
 * @param text - the method as returned by `Function.prototype.toString`
 */
export function isClosed(text: string, name: string): boolean {
  const bare = text.replace(COMMENT_OR_STRING, " ");
  const [head, first, parameters] = HEAD.exec(bare) ?? [];
  if (first !== name || DOUBT.test(bare) || DOUBTFUL_QUOTE.test(text)) return false;
  const own = new Set<string | undefined>(`${KNOWN} ${parameters}`.match(NAMES));
  for (const [, pattern = "", list] of bare.matchAll(DECLARATIONS)) {
    let flat = pattern + list;
    while (BRACKETS.test(flat)) flat = flat.replace(BRACKETS, "0");
    flat = flat.split(/[)}]/)[0]!;
    if (LOOSE_END.test(flat)) return false;
    for (const declaration of flat.split(",")) own.add(DECLARATION.exec(declaration)?.[1]);
  }
  return (
    bare
      .slice(head!.length)
      .match(NAMES)
      ?.every((it) => own.has(it)) ?? true
  );
}
