import { type Envelope, type Fachdatenfeld, displayName } from '@ozg-hub/submission';
import { isOmitted } from './omit.ts';

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;
const FACHDATEN = /^fachdaten(\.[^\s.{}|][^.{}|]*){2,8}$/;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu;
/** One long answer must not push the rest out of the Betreff. */
const MOST_CHARACTERS_OF_A_VALUE = 120;

type Field = (envelope: Envelope, leistung: string) => string | undefined;

const fields: Readonly<Record<string, Field>> = {
  applicant: ({ applicant }) => displayName(applicant),
  vorgang: ({ vorgang }) => vorgang,
  hauptvorgang: ({ hauptvorgang }) => hauptvorgang,
  leistung: (_envelope, leistung) => leistung,
  art: ({ art }) => art,
  laufendeNummer: ({ laufendeNummer }) => String(laufendeNummer),
  prozessschluessel: ({ prozessschluessel }) => prozessschluessel,
  organisationseinheit: ({ organisationseinheit }) => organisationseinheit,
  submittedAt: ({ submittedAt }) => germanDate(submittedAt.slice(0, 10)),
  'submittedAt.date': ({ submittedAt }) => submittedAt.slice(0, 10),
  'submittedAt.year': ({ submittedAt }) => submittedAt.slice(0, 4),
  'submittedAt.month': ({ submittedAt }) => submittedAt.slice(5, 7),
  'submittedAt.day': ({ submittedAt }) => submittedAt.slice(8, 10),
  submissionId: ({ submissionId }) => submissionId,
  tenant: ({ tenant }) => tenant,
};

/** What a template is rendered with. */
export interface TemplateOptions {
  /** Name of the Leistung. */
  readonly leistung: string;
  /** Most characters of the whole; default 250. */
  readonly maxLength?: number;
  /** Fachdaten that are not shown. */
  readonly omit?: readonly string[];
  /** Values of further placeholders, by name. */
  readonly values?: Readonly<Record<string, string | undefined>>;
}

/** Paths into the Fachdaten that the template shows. */
export function templatePaths(template: string): string[] {
  return placeholders(template)
    .filter(({ name }) => FACHDATEN.test(name))
    .map(({ name }) => name.slice('fachdaten.'.length));
}

/** What is wrong with a template; empty where it can be rendered. @param more names of further placeholders */
export function templateProblems(template: string, more: readonly string[] = []): string[] {
  const known = [...Object.keys(fields), ...more];
  const problems = placeholders(template)
    .filter(({ name }) => !known.includes(name) && !FACHDATEN.test(name))
    .map(({ name }) => `unknown placeholder {{${name}}}; known are ${known.join(', ')}, fachdaten.<Objekt>.<Feld>`);
  if (/\{\{|\}\}/.test(template.replace(PLACEHOLDER, ''))) problems.push('a {{ or }} without its counterpart');
  return problems;
}

/**
 * Renders the Betreff of a submission. `{{name}}` is replaced by the value, `{{name|text}}` by the text where there is
 * none. Dates are German (21.08.2026), CHOICE its label, BOOLEAN ja or nein, a LIST its first item and „u. a.“.
 * Control and format characters become blanks; a value is cut at 120 characters, the whole at `maxLength`.
 */
export function renderBetreff(template: string, envelope: Envelope, options: TemplateOptions): string {
  const { values = {} } = options;
  const rendered = template.replaceAll(PLACEHOLDER, (_whole, content: string) => {
    const { name, fallback } = placeholder(content);
    const value = Object.hasOwn(values, name)
      ? values[name]
      : Object.hasOwn(fields, name)
        ? fields[name]!(envelope, options.leistung)
        : fachdatum(envelope, name.split('.').slice(1), options.omit ?? []);
    return cut((value ?? '').replaceAll(UNPRINTABLE, ' ').trim() || fallback, MOST_CHARACTERS_OF_A_VALUE);
  });
  return cut(rendered.replaceAll(UNPRINTABLE, ' ').trim(), options.maxLength ?? 250);
}

function placeholders(template: string): { name: string; fallback: string }[] {
  return [...template.matchAll(PLACEHOLDER)].map(([, content]) => placeholder(content!));
}

function placeholder(content: string): { name: string; fallback: string } {
  const bar = content.indexOf('|');
  return bar < 0
    ? { name: content.trim(), fallback: '' }
    : { name: content.slice(0, bar).trim(), fallback: content.slice(bar + 1).trim() };
}

function fachdatum(envelope: Envelope, path: readonly string[], omit: readonly string[]): string | undefined {
  if (isOmitted(path.join('.'), omit)) return undefined;
  const objekt = envelope.fachdaten.find(({ name }) => name === path[0]);
  return objekt && find(objekt.fields, path.slice(1));
}

/** The field at `Objekt.Feld` or deeper, of a LIST in its first item; undefined where it is missing or kept back. */
export function fachdatenFeld(
  envelope: Envelope,
  path: string,
  omit: readonly string[] = [],
): Fachdatenfeld | undefined {
  if (isOmitted(path, omit)) return undefined;
  const [objekt, ...names] = path.split('.');
  let candidates = envelope.fachdaten.find(({ name }) => name === objekt)?.fields;
  let field: Fachdatenfeld | undefined;
  for (const name of names) {
    field = candidates?.find((candidate) => candidate.name === name);
    candidates = field?.type === 'OBJECT' ? field.fields : field?.type === 'LIST' ? field.items[0] : undefined;
  }
  return field;
}

function find(candidates: readonly Fachdatenfeld[], path: readonly string[]): string | undefined {
  const field = candidates.find(({ name }) => name === path[0]);
  if (!field) return undefined;
  const rest = path.slice(1);
  if (field.type === 'OBJECT') return find(field.fields, rest);
  if (field.type === 'LIST') {
    const first = find(field.items[0] ?? [], rest);
    return first && field.items.length > 1 ? `${first} u. a.` : first;
  }
  return rest.length === 0 ? text(field) : undefined;
}

function text(field: Exclude<Fachdatenfeld, { type: 'OBJECT' | 'LIST' }>): string {
  switch (field.type) {
    case 'BOOLEAN':
      return field.value ? 'ja' : 'nein';
    case 'DATE':
      return germanDate(field.value);
    case 'CHOICE':
      return field.valueLabel ?? field.value;
    case 'PERSONENDATENSATZ':
      return displayName(field.value);
    case 'ADRESSDATENSATZ': {
      const { strasse, hausnummer, hausnummernzusatz, postleitzahl, ort } = field.value;
      const street = [strasse, `${hausnummer ?? ''}${hausnummernzusatz ?? ''}`].filter(Boolean).join(' ');
      return [street, [postleitzahl, ort].filter(Boolean).join(' ')].filter(Boolean).join(', ');
    }
    case 'ANLAGEN':
      return '';
    default:
      return field.value;
  }
}

function germanDate(iso: string): string {
  return iso.split('-').toReversed().join('.');
}

function cut(value: string, most: number): string {
  const characters = [...value];
  return characters.length <= most
    ? value
    : `${characters
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}
