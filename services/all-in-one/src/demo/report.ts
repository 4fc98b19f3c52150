import { join, relative } from 'node:path';
import { formatDecimal, money } from '@ozg-hub/money';
import { table } from '../cli/table.ts';
import type { FeeReport } from './fees.ts';
import type { OtherCase } from './other-cases.ts';
import type { PushAnswer } from './sender.ts';

/** How many places of a refusal are shown. */
const PLACES_SHOWN = 3;

/** One application at the end of the demo. Paths are relative to the working directory. */
export interface SubmissionLine {
  readonly id: string;
  readonly vorgang: string;
  readonly tenant: string;
  readonly leistung: string;
  readonly state: string;
  readonly aktenzeichen: string | null;
  /** What the DMS took and keeps; null where it is filled by CMIS. */
  readonly package: string | null;
  /** Path of the folder in the repository of a DMS that is filled by CMIS; null elsewhere. */
  readonly folder: string | null;
}

/** Somebody who signed in for an application. */
export interface LoginLine {
  readonly vorgang: string;
  readonly provider: string;
  readonly applicant: string;
  readonly vertrauensniveau: string;
}

/** What `--json` prints. */
export interface DemoReport {
  readonly logins: readonly LoginLine[];
  readonly submissions: readonly SubmissionLine[];
  readonly refused: readonly { readonly status: number; readonly code: string }[];
  /** What was paid and booked. */
  readonly fees: FeeReport;
  readonly dataDir: string;
}

/** What the sender of a repeated or refused application was told. */
export function describeAnswer({ what }: OtherCase, { status, id, problem }: PushAnswer): string[] {
  if (!problem) return [what, `  → ${status}, the same application: ${id}`];
  const places = problem.errors ?? [];
  const shown = places
    .slice(0, PLACES_SHOWN)
    .map(
      ({ line, path, field, message }) =>
        `      ${[line && `line ${line}`, path ?? field].filter(Boolean).join(', ')}: ${message}`,
    );
  const more = places.length > PLACES_SHOWN ? [`      and ${places.length - PLACES_SHOWN} more`] : [];
  return [what, `  → ${status} ${problem.code}: ${problem.detail}`, ...shown, ...more, `    ${problem.action}`];
}

/** @param titles name of the form by Vorgang */
export function describeResult(report: DemoReport, titles: ReadonlyMap<string, string>): string {
  return table(
    ['Vorgang', 'municipality', 'Leistung', 'form', 'state', 'Aktenzeichen', 'package or folder'],
    report.submissions.map((each) => [
      each.vorgang,
      each.tenant,
      each.leistung,
      titles.get(each.vorgang),
      each.state,
      each.aktenzeichen ?? undefined,
      each.folder ?? each.package?.split('/').slice(-3).join('/'),
    ]),
  );
}

/** Fees, and the books of the municipality in the end. */
export function describeFees({ fees, dataDir }: DemoReport): string {
  const decimal = (minor: number) => formatDecimal(money(minor, 'EUR'));
  const ledger = Object.entries(fees.ledger).toSorted(([a], [b]) => a.localeCompare(b));
  return [
    table(
      ['Vorgang', 'Kassenzeichen', 'fee', 'state', 'posting'],
      fees.fees.map((fee) => [fee.vorgang, fee.kassenzeichen, fee.amount, fee.state, fee.document ?? undefined]),
    ),
    '',
    table(
      ['account', 'debit', 'credit'],
      ledger.map(([account, minor]) => [
        account,
        minor > 0 ? decimal(minor) : undefined,
        minor < 0 ? decimal(-minor) : undefined,
      ]),
    ),
    '',
    `For finance systems that read files: ${fees.files.join(', ')} in ${join(dataDir, 'finance/musterstadt')}.`,
  ].join('\n');
}

export function describeNext({ submissions, dataDir }: DemoReport, hub: { url: string; runs: boolean }): string {
  const command = (text: string) => `  HUB_DATA_DIR=${dataDir} npx --no ozg-hub ${text}`;
  const [first] = submissions;
  const taken = submissions.find((each) => each.package)?.package;
  return [
    `The packages lie in ${join(dataDir, 'dms')}/<DMS>/taken, the log in ${join(dataDir, 'hub.log')}.`,
    '',
    'What to try next:',
    ...(taken ? [`  unzip -l ${taken}`] : []),
    command(`status ${first?.vorgang ?? '<Vorgang>'}`),
    command('deliveries'),
    command('payments list'),
    command('trail verify'),
    command('doctor'),
    `  HUB_DIRECTORY=${join(dataDir, 'directory')} ${command('identity check').trim()}`,
    ...(hub.runs
      ? [
          `  curl -H "Authorization: Bearer $(cat ${join(dataDir, 'operator.token')})" ${hub.url}/civento/v1/applications/${first?.id}`,
        ]
      : ['  npm run demo -- --keep      leaves the hub running, for curl and your own applications']),
  ].join('\n');
}

/** As people and programs started here name it. */
export function fromHere(path: string): string {
  return relative('', path) || '.';
}
