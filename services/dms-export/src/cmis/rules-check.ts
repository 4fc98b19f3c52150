import type { PropertyDefinition, PropertyType, TypeDefinition } from '@ozg-hub/cmis';
import type { CmisPropertyRules, CmisRules, CmisValueRule, Problem } from '@ozg-hub/directory';

/** Something wrong, at a place below `ablage.cmis`. */
export type RuleProblem = Problem & { readonly path: readonly PropertyKey[] };

/** A type as the rules use it. */
export interface UsedType {
  readonly type: TypeDefinition;
  readonly secondaryTypes: readonly TypeDefinition[];
  /** Set by the hub besides what the rules say. */
  readonly given: readonly string[];
}

const KINDS: Readonly<Record<string, readonly PropertyType[]>> = {
  text: ['string', 'id', 'html', 'uri'],
  date: ['datetime'],
  datetime: ['datetime'],
  integer: ['integer', 'decimal'],
  decimal: ['decimal'],
  boolean: ['boolean'],
};

const OF_THE_HUB = ['cmis:name', 'cmis:objectTypeId', 'cmis:secondaryObjectTypeIds'];

/** What is wrong with properties of one type; paths begin at `properties`. */
export function propertyProblems(rules: CmisPropertyRules, { type, secondaryTypes, given }: UsedType): RuleProblem[] {
  const definitions = Object.assign(
    {},
    type.properties,
    ...secondaryTypes.map(({ properties }) => properties),
  ) as Record<string, PropertyDefinition>;
  const wrong = Object.entries(rules).flatMap(([id, rule]): RuleProblem[] => {
    const path = ['properties', id];
    const definition = definitions[id];
    if (!definition) {
      const fix = 'correct the id, or add the secondary type that has it';
      return [{ path, message: `${type.id} has no property ${id}`, fix }];
    }
    return valueProblems(rule, definition).map((message) => ({ path, message: `${id} ${message}` }));
  });
  const known = new Set([...Object.keys(rules), ...given, ...OF_THE_HUB]);
  const missing = Object.values(definitions).filter(
    ({ id, isRequired, hasDefault, updatability }) =>
      isRequired && !hasDefault && updatability !== 'readonly' && !known.has(id),
  );
  const required = missing.map(({ id }): RuleProblem => ({
    path: ['properties'],
    message: `${type.id} requires the property ${id}`,
    fix: 'give it a value',
  }));
  return [...wrong, ...required];
}

function valueProblems(rule: CmisPropertyRules[string], definition: PropertyDefinition): string[] {
  const { updatability, isMulti, type } = definition;
  if (updatability === 'readonly') return ['is written by the repository alone'];
  if (isMulti !== Array.isArray(rule)) {
    return [isMulti ? 'takes several values: write a list' : 'takes one value, not a list'];
  }
  const values = Array.isArray(rule) ? rule : [rule];
  return values.flatMap((value) => {
    const kind = kindOf(value);
    if (!KINDS[kind]!.includes(type)) return [`is of type ${type}, not ${kind}`];
    return fixedProblems(value, definition);
  });
}

/** Of a value that is the same for every application. */
function fixedProblems(
  value: CmisValueRule,
  { choices, openChoice, maxLength, minValue, maxValue }: PropertyDefinition,
) {
  const fixed = typeof value === 'string' ? value : Object.values(value)[0]!;
  if (typeof fixed === 'number') {
    const outside = fixed < (minValue ?? -Infinity) || fixed > (maxValue ?? Infinity);
    return outside ? ['does not take this number'] : [];
  }
  if (typeof fixed !== 'string' || kindOf(value) !== 'text' || fixed.includes('{{')) return [];
  return [
    ...(maxLength !== undefined && [...fixed].length > maxLength ? [`takes ${maxLength} characters at most`] : []),
    ...(choices.length > 0 && !openChoice && !choices.includes(fixed) ? [`takes only ${choices.join(', ')}`] : []),
  ];
}

function kindOf(value: CmisValueRule): string {
  return typeof value === 'string' ? 'text' : Object.keys(value)[0]!;
}

/** What is wrong with the type itself. @param what as the message names it */
export function typeProblems(
  { type }: UsedType,
  what: 'folder' | 'document',
  { access, versioningState }: Partial<Pick<CmisRules['documents'], 'access' | 'versioningState'>> = {},
): readonly string[] {
  const versions = versioningState === 'major' || versioningState === 'minor';
  return [
    type.baseType === `cmis:${what}` ? '' : `is no type of ${what}s`,
    type.isCreatable ? '' : 'cannot be created by clients of the repository',
    what === 'document' && type.content === 'notallowed' ? 'allows no content' : '',
    versions && !type.isVersionable ? `is not versionable, versioningState is ${versioningState}` : '',
    access?.length && !type.isControllableAcl ? 'does not let permissions be changed' : '',
  ].filter((problem) => problem !== '');
}
