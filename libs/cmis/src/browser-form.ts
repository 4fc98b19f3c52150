import type { AccessEntry } from './access-control.ts';
import type { NewProperties, PropertyScalar } from './cmis-object.ts';
import type { FormField } from './request-body.ts';

/** Properties as form fields (CMIS 1.1 §5.4.3.4): an absent value clears, times are milliseconds since 1970. */
export function propertyFields(properties: NewProperties): FormField[] {
  return Object.entries(properties).flatMap(([id, value], index): FormField[] => {
    const name: FormField = [`propertyId[${index}]`, id];
    if (value === null) return [name];
    if (isList(value)) {
      return [name, ...value.map((one, at): FormField => [`propertyValue[${index}][${at}]`, scalar(one)])];
    }
    return [name, [`propertyValue[${index}]`, scalar(value)]];
  });
}

/** @param change `add` or `remove` */
export function accessFields(change: 'add' | 'remove', entries: readonly AccessEntry[] = []): FormField[] {
  return entries.flatMap(({ principal, permissions }, index): FormField[] => [
    [`${change}ACEPrincipal[${index}]`, principal],
    ...permissions.map((permission, at): FormField => [`${change}ACEPermission[${index}][${at}]`, permission]),
  ]);
}

export function isList(value: unknown): value is readonly PropertyScalar[] {
  return Array.isArray(value);
}

function scalar(value: PropertyScalar): string {
  return value instanceof Date ? String(value.getTime()) : String(value);
}
