import type { NewProperties, PropertyScalar } from '@ozg-hub/cmis';
import { type CmisPropertyRules, type CmisValueRule, fachdatenFeld, isCmisSource } from '@ozg-hub/directory';
import type { Envelope } from '@ozg-hub/submission';
import { dmsErrors } from '../errors.ts';

/** What values are taken from. */
export interface ValueContext {
  readonly envelope: Envelope;
  /** Fachdaten that are not passed on. */
  readonly omit: readonly string[];
  readonly render: (template: string) => string;
}

/** Values by property id; those that are not there are left out. @throws HUB_DMS_CMIS_VALUE naming the property */
export function propertiesOf(rules: CmisPropertyRules, context: ValueContext): NewProperties {
  const entries = Object.entries(rules).map(([id, rule]) => [id, valueOf(id, rule, context)] as const);
  return Object.fromEntries(entries.flatMap(([id, value]) => (value === undefined ? [] : [[id, value]])));
}

function valueOf(id: string, rule: CmisPropertyRules[string], context: ValueContext) {
  if (!Array.isArray(rule)) return scalarOf(id, rule, context);
  const values = rule.flatMap((one) => scalarOf(id, one, context) ?? []);
  return values.length > 0 ? values : undefined;
}

function scalarOf(id: string, rule: CmisValueRule, context: ValueContext): PropertyScalar | undefined {
  if (typeof rule === 'string') return context.render(rule) || undefined;
  if ('text' in rule) return context.render(rule.text) || undefined;
  const [[type, written]] = Object.entries(rule) as [[keyof typeof CONVERT, number | boolean | string]];
  const raw = typeof written === 'string' && isCmisSource(written) ? fromSource(written, context) : written;
  if (raw === undefined || raw === '') return undefined;
  const value = CONVERT[type](raw);
  if (value !== undefined) return value;
  const detail = `The value for the property ${id} cannot be read as ${type}.`;
  throw dmsErrors.HUB_DMS_CMIS_VALUE({ detail });
}

type Raw = string | number | boolean;

const CONVERT = {
  date: (raw: Raw) => time(`${String(raw).slice(0, 10)}T00:00:00Z`),
  datetime: (raw: Raw) => time(/^\d{4}-\d{2}-\d{2}$/.test(String(raw)) ? `${String(raw)}T00:00:00Z` : String(raw)),
  integer: (raw: Raw) => number(/^[+-]?\d+$/, String(raw).trim(), Number.isSafeInteger),
  decimal: (raw: Raw) => number(/^[+-]?\d+(\.\d+)?$/, String(raw).trim().replace(',', '.'), Number.isFinite),
  boolean: (raw: Raw) => ({ true: true, ja: true, false: false, nein: false })[String(raw).trim().toLowerCase()],
};

function time(iso: string): Date | undefined {
  const date = new Date(iso);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

function number(form: RegExp, text: string, fits: (value: number) => boolean): number | undefined {
  const value = Number(text);
  return form.test(text) && fits(value) ? value : undefined;
}

function fromSource(source: string, { envelope, omit }: ValueContext): Raw | undefined {
  if (source === 'submittedAt' || source === 'acceptedAt' || source === 'laufendeNummer') return envelope[source];
  const feld = fachdatenFeld(envelope, source.slice('fachdaten.'.length), omit);
  switch (feld?.type) {
    case 'STRING':
    case 'INTEGER':
    case 'DATE':
    case 'BOOLEAN':
    case 'CHOICE':
      return feld.value;
    default:
      return undefined;
  }
}
