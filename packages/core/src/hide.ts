/**
 * Hidden fields: what an object keeps for itself is no part of what it shows.
 *
 *     Object.keys(heap)      memory, parent, children, …      documented
 *     hidden fields          words, layers, maps              found by name alone
 *
 * So spread, `JSON.stringify`, deep comparison and consoles meet values and no machinery.
 *
 * @module
 */

/**
 * Defines own fields that are writable and not enumerable. They get their first value at once: so engines keep the shape of the
 * object, and what they learn of the field's type.
 *
 * @param fields - names and first values
 */
export function hide(object: object, fields: Readonly<Record<string, unknown>>): void {
  for (const name of Reflect.ownKeys(fields)) {
    Object.defineProperty(object, name, {
      value: fields[name as string],
      writable: true,
      enumerable: false,
      configurable: true,
    });
  }
}
