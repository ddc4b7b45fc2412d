/**
 * Closed: whether the text of a method means the same wherever it stands.
 *
 *     allocate(layout) { const ptr = this.primary.allocate(layout); return ptr !== 0 ? ptr : move(this, layout); }
 *              own             own        └ behind a dot ┘  own             own         own  free: not closed
 *
 * A copy of a method stands in no module, so it may name nothing but `this`, what it declares itself, and a few globals. The
 * text alone tells that, without a parser; in doubt the answer is no, and the method is not copied. It takes a name that is
 * declared in one block for declared in all of them: a test asks a parser whether any method here counts on that
 * (checks/specialized-audit.test.ts).
 *
 * @module
 */

const COMMENT_OR_STRING = /\/\*[\s\S]*?\*\/|\/\/.*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`$\\]*`/g;
/** What leaves in doubt where names are: other literals, escapes, what a script reads otherwise, a slash that does not divide. */
const DOUBT = /["'`#@\\]|[^\s!-~]|<!--|-->|(?:[^\w$)\]\s]|\b(?:return|typeof|else|of|void|throw))\s*\//;
/** A regular expression behind a parenthesis may hold a quote, which is not that of a string. */
const DOUBTFUL_QUOTE = /\)\s*\/[\s\S]*["']/;
const HEAD = /^([\w$]+)\s*\(([\w$\s,]*)\)\s*\{/;
/** Up to the semicolon, without the brackets around a pattern. */
const DECLARATIONS = /\b(?:(?:let|const|var)\b|catch\s*\()\s*(?:\{([\w$\s,:]*)\})?([^;]*)/g;
const BRACKETS = /\([^()]*\)|\[[^[\]]*\]|\{[^{}]*\}/;
const DECLARATION = /^(?:\s*[\w$]+\s*:)?\s*([\w$]*)\s*(?:=|of\b|$)/;
/** A line that ends without a semicolon. */
const LOOSE_END = /[\w$]\s*\n\s*[\w$]/;
/** Words that are no property behind a dot, and no key of a pattern or an object. */
const NAMES = /(?<![\w$]|(?<!\.\.)\.\s*)(?!(?<=[{,]\s*)[\w$]+\s*:)[A-Za-z_$][\w$]*/g;
const KNOWN =
  "this true false null undefined void return if else for of while break continue new try catch finally throw let const var Math";

/**
 * Tells whether a text is a method of this name that names nothing free.
 *
 * @param text - what `Function.prototype.toString` answers of it
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
