import type { BaseType } from './cmis-object.ts';

export type PropertyType = 'string' | 'id' | 'boolean' | 'integer' | 'decimal' | 'datetime' | 'html' | 'uri';

/** One property of a type (CMIS 1.1 §2.1.3.3). */
export interface PropertyDefinition {
  readonly id: string;
  /** Name in queries. */
  readonly queryName: string;
  readonly displayName: string;
  readonly type: PropertyType;
  readonly isMulti: boolean;
  readonly updatability: 'readonly' | 'readwrite' | 'whencheckedout' | 'oncreate';
  readonly isRequired: boolean;
  readonly isQueryable: boolean;
  /** Of a string, in characters. */
  readonly maxLength: number | undefined;
  /** Of an integer or decimal. */
  readonly minValue: number | undefined;
  readonly maxValue: number | undefined;
  /** Permitted values, nested choices flattened, as text; empty where any is. */
  readonly choices: readonly string[];
  /** Whether values other than the choices are permitted. */
  readonly openChoice: boolean;
  readonly hasDefault: boolean;
}

/** A type with all its properties, inherited ones included (CMIS 1.1 §2.1.3). */
export interface TypeDefinition {
  /** Without the prefix of the repository where the switch typeIdPrefixes is set. */
  readonly id: string;
  readonly baseType: BaseType;
  readonly parentId: string | undefined;
  readonly displayName: string;
  readonly queryName: string;
  readonly isCreatable: boolean;
  readonly isQueryable: boolean;
  readonly isControllableAcl: boolean;
  /** Of documents. */
  readonly isVersionable: boolean;
  /** Of documents; undefined for others. */
  readonly content: 'notallowed' | 'allowed' | 'required' | undefined;
  readonly properties: Readonly<Record<string, PropertyDefinition>>;
}

/** Which family of types an id belongs to; needed where a repository prefixes type ids. */
export type TypeKind = 'folder' | 'document' | 'secondary' | 'item' | 'relationship';
