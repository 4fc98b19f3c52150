import type { Fachdatenfeld, Fachdatenobjekt } from '@ozg-hub/submission';
import { z } from 'zod';

/** A path into the Fachdaten: names joined by dots, at least the Objekt. */
export const fachdatenPath = z.string().regex(/^[^\s.{}|][^.{}|]*(\.[^\s.{}|][^.{}|]*)*$/, {
  error: 'must be a path such as `Objekt` or `Objekt.Feld`',
});

/** True where `path` or something above it is listed. */
export function isOmitted(path: string, omit: readonly string[]): boolean {
  return omit.some((listed) => path === listed || path.startsWith(`${listed}.`));
}

/** The Fachdaten without what the filing rules keep back; objects and lists left empty disappear too. */
export function withoutOmitted(fachdaten: readonly Fachdatenobjekt[], omit: readonly string[]): Fachdatenobjekt[] {
  if (omit.length === 0) return [...fachdaten];
  return fachdaten.flatMap((objekt) => {
    if (isOmitted(objekt.name, omit)) return [];
    const fields = keep(objekt.fields, objekt.name, omit);
    return fields.length > 0 || objekt.fields.length === 0 ? [{ ...objekt, fields }] : [];
  });
}

function keep(fields: readonly Fachdatenfeld[], above: string, omit: readonly string[]): Fachdatenfeld[] {
  return fields.flatMap((field): Fachdatenfeld[] => {
    const path = `${above}.${field.name}`;
    if (isOmitted(path, omit)) return [];
    if (field.type === 'OBJECT') {
      const kept = keep(field.fields, path, omit);
      return kept.length > 0 ? [{ ...field, fields: kept }] : [];
    }
    if (field.type === 'LIST') {
      const items = field.items.map((item) => keep(item, path, omit)).filter((item) => item.length > 0);
      return items.length > 0 ? [{ ...field, items }] : [];
    }
    return [field];
  });
}
