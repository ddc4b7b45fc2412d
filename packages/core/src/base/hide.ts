/**
 * Hidden fields: internal state stays out of what an object shows.
 *
 *     Object.keys(heap)      memory, parent, children, …      documented
 *     hidden fields          words, layers, maps              reached by name only
 *
 * So spread, `JSON.stringify`, deep comparison and consoles see the documented fields only.
 *
 * @module
 */

/**
 * Defines own fields that are writable but not enumerable. They get their first value at once, so that engines keep the shape of
 * the object and the type feedback of the field.
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
