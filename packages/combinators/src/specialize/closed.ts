/**
 * Closed: whether the source of a method means the same in any scope.
 *
 *     allocate(layout) { const ptr = this.primary.allocate(layout); return ptr !== 0 ? ptr : move(this, layout); }
 *              own             own        └ behind a dot ┘  own             own         own  free: not closed
 *
 * A copied method belongs to no module, so it may name only `this`, its own declarations and a few globals. This is decided from
 * the source text, without a parser; in doubt the method is not copied. A name declared in a block is own within that block. A test
 * compares with a parser, on the methods here and on large programs (checks/specialized-audit.test.ts).
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
  const scoped: { readonly name: string | undefined; readonly from: number; readonly to: number }[] = [];
  for (const { 0: words, 1: pattern = "", 2: list, index } of bare.matchAll(DECLARATIONS)) {
    let flat = pattern + list;
    while (BRACKETS.test(flat)) flat = flat.replace(BRACKETS, "0");
    flat = flat.split(/[)}]/)[0]!;
    if (LOOSE_END.test(flat)) return false;
    const to = words.startsWith("var") ? bare.length : endOfScope(bare, index);
    for (const declaration of flat.split(",")) {
      const declared = DECLARATION.exec(declaration)?.[1];
      // The last brace is that of the method: what is declared there is its own everywhere.
      if (bare.indexOf("}", to + 1) < 0) own.add(declared);
      else scoped.push({ name: declared, from: index, to });
    }
  }
  const isOwn = (it: string, at: number) =>
    own.has(it) || scoped.some(({ name: declared, from, to }) => declared === it && at >= from && at <= to);
  return [...bare.matchAll(NAMES)].every(({ 0: it, index }) => index < head!.length || isOwn(it, index));
}

/** Returns where the scope of a declaration ends: that of a `for` or `catch` with its statement, any other with its block. */
function endOfScope(text: string, at: number): number {
  const head = /(?:\bfor\s*\(\s*|\bcatch\s*\(?\s*)$/.test(text.slice(0, at)) || text.startsWith("catch", at);
  if (!head) return endOfBlock(text, at);
  const close = endOfBlock(text, text.indexOf("(", text.startsWith("catch", at) ? at : text.lastIndexOf("(", at)) + 1);
  const body = /^\s*\{/.exec(text.slice(close + 1));
  if (body !== null) return endOfBlock(text, close + 1 + body[0].length);
  const end = text.indexOf(";", close);
  return end < 0 ? text.length : end;
}

/** Returns the position of the bracket that closes the one a position lies behind. */
function endOfBlock(text: string, at: number): number {
  let depth = 0;
  for (let index = at; index < text.length; index++) {
    if (/[({[]/.test(text[index]!)) depth++;
    else if (/[)}\]]/.test(text[index]!) && depth-- === 0) return index;
  }
  return text.length;
}
