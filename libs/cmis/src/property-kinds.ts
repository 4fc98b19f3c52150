import type { CallOptions, CmisConnection } from './cmis-connection.port.ts';
import type { PropertyDefinition, PropertyType, TypeKind } from './type-definition.ts';

/** Types of standard properties that may be written; the others are looked up. */
const STANDARD: Readonly<Record<string, PropertyType>> = {
  'cmis:name': 'string',
  'cmis:description': 'string',
  'cmis:changeToken': 'string',
  'cmis:objectId': 'id',
  'cmis:objectTypeId': 'id',
  'cmis:secondaryObjectTypeIds': 'id',
};

/** AtomPub names a property's element after its type, which only the type definition tells. */
export class PropertyTypes {
  constructor(private readonly connection: CmisConnection) {}

  /** The types of the properties an object of these types has; undefined for a property that none of them has. */
  async of(
    object: { readonly typeId: string; readonly baseType: string },
    secondaryTypeIds: readonly string[],
    options: CallOptions,
  ): Promise<(propertyId: string) => PropertyType | undefined> {
    const known: Record<string, PropertyDefinition> = {};
    const add = async (typeId: string, kind: TypeKind) => {
      Object.assign(known, (await this.connection.typeDefinition(typeId, kind, options)).properties);
    };
    await add(object.typeId, object.baseType.replace('cmis:', '') as TypeKind);
    for (const typeId of secondaryTypeIds) await add(typeId, 'secondary');
    return (propertyId) => STANDARD[propertyId] ?? known[propertyId]?.type;
  }
}
