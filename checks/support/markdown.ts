/**
 * Markdown: a table in a document that a command writes.
 *
 *     rows      ["peer", "rules"], ["thi.ng", "none"]
 *     table     | peer   | rules |
 *               | ------ | ----- |
 *               | thi.ng | none  |
 *
 * @module
 */

/** Rows of cells; the first row has the titles. */
export type Rows = readonly (readonly string[])[];

/** Returns a table as wide as this repository's formatter makes it, so that it changes nothing. */
export function markdown(rows: Rows): string {
  const widths = widthsOf(rows).map((width) => Math.max(width, 3));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(" | ")} |`;
  const [head, ...rest] = rows;
  return [line(head!), line(widths.map((width) => "-".repeat(width))), ...rest.map(line)].join("\n");
}

/** Returns the characters of the longest cell of each column. */
export function widthsOf(rows: Rows): number[] {
  return rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
}
