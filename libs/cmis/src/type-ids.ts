import type { Properties } from './cmis-object.ts';
import type { TypeKind } from './type-definition.ts';

const PREFIXES: Readonly<Record<TypeKind, string>> = {
  folder: 'F:',
  document: 'D:',
  secondary: 'P:',
  item: 'I:',
  relationship: 'R:',
};
const TYPE_PROPERTIES = ['cmis:objectTypeId', 'cmis:secondaryObjectTypeIds'] as const;

/** Type ids as filing rules name them and as the repository wants them (switch typeIdPrefixes). */
export class TypeIds {
  constructor(private readonly prefixed: boolean) {}

  toRepository(id: string, kind: TypeKind): string {
    return !this.prefixed || id.startsWith('cmis:') || /^[FDPIR]:/.test(id) ? id : PREFIXES[kind] + id;
  }

  fromRepository(id: string): string {
    return this.prefixed ? id.replace(/^[FDPIR]:/, '') : id;
  }

  /** The properties with type ids as filing rules name them. */
  clean(properties: Properties): Properties {
    if (!this.prefixed) return properties;
    const cleaned = TYPE_PROPERTIES.flatMap((id) => {
      const values = properties[id];
      return values ? [[id, values.map((value) => this.fromRepository(String(value)))] as const] : [];
    });
    return { ...properties, ...Object.fromEntries(cleaned) };
  }
}
