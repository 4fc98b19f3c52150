import type { TypeDefinition } from './type-definition.ts';

const MAX_AGE_MS = 10 * 60 * 1000;

/** Type definitions of one connection, read once each; what could not be read is not remembered. */
export class TypeCache {
  private readonly known = new Map<string, { readonly until: number; readonly definition: Promise<TypeDefinition> }>();

  constructor(private readonly now: () => number = Date.now) {}

  async get(typeId: string, read: () => Promise<TypeDefinition>): Promise<TypeDefinition> {
    const entry = this.known.get(typeId);
    if (entry && entry.until > this.now()) return await entry.definition;
    const definition = read();
    this.known.set(typeId, { until: this.now() + MAX_AGE_MS, definition });
    definition.catch(() => this.known.delete(typeId));
    return await definition;
  }
}
