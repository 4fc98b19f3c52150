import type { JournalLine, SentFile } from './client-journal.ts';
import type { Taken, TakenPackage } from './taken-packages.ts';

/**
 * `lost`: answered 2xx, not at the DMS. `doubled`: there more than once. `alien`: there, but never sent, refused, or for
 * another DMS. `altered`: not what was sent. `refused`: the DMS could not accept the package. `unstable`: two answers to
 * one application contradict each other. `disordered`: of one case, what came later is filed before what came first.
 * `unfinished`: accepted, and after everything was mended neither at its end nor parked. `evidence`: the DMS's ledger and
 * packages contradict each other.
 */
export type ViolationKind =
  'lost' | 'doubled' | 'alien' | 'altered' | 'refused' | 'unstable' | 'disordered' | 'unfinished' | 'evidence';

export interface Violation {
  readonly kind: ViolationKind;
  readonly window: string;
  readonly text: string;
}

/** An application belongs to the window in which it was first answered 2xx; where it never was, first sent. */
export interface WindowCount {
  readonly window: string;
  readonly sent: number;
  readonly accepted: number;
  readonly effects: number;
}

export interface Judgement {
  readonly windows: readonly WindowCount[];
  readonly violations: readonly Violation[];
}

interface Application {
  readonly key: string;
  window: string;
  readonly dms: string;
  readonly marker: string;
  readonly files: readonly SentFile[];
  readonly ids: string[];
  readonly statuses: number[];
  readonly supplements?: string;
  readonly follows?: string;
  /** States of its deliveries as told last; undefined: never told. */
  told?: readonly string[];
}

type Window = Extract<JournalLine, { type: 'window' }>;

/** Files that the hub adds to a package by itself. */
const ADDED = new Set(['Antragsdaten.xml']);
const BEFORE_ALL = 'before';
/** Nothing more happens to a delivery in these states; what is parked waits for a person. */
const ENDED = new Set(['DELIVERED', 'CONFIRMED', 'REJECTED', 'CANCELLED', 'SUPERSEDED', 'PARKED']);
/** States in which the target need not have it. */
const WITHOUT_EFFECT = new Set(['PARKED', 'CANCELLED']);

/**
 * Judges a run by what clients wrote down and what the DMS took, and by nothing else: every application answered 2xx is
 * at its DMS exactly once and as it was sent, nothing else is, and answers to the same application name the same id.
 */
export function judge(journal: readonly JournalLine[], taken: readonly Taken[]): Judgement {
  const applications = applicationsOf(journal);
  const packages = taken.flatMap((one) => one.packages);
  const violations: Violation[] = taken
    .flatMap(({ contradictions }) => contradictions)
    .map((text) => ({ kind: 'evidence', window: BEFORE_ALL, text }));
  const windows = journal.filter((line) => line.type === 'window');
  const effects = new Map<string, TakenPackage[]>();
  for (const one of packages) {
    const application = applicationOf(one, applications);
    if (application) effects.set(application.key, [...(effects.get(application.key) ?? []), one]);
    violations.push(...strangeness(one, application, windowAt(windows, one.at)));
  }
  for (const application of applications.values()) {
    violations.push(...fate(application, effects.get(application.key) ?? []), ...answers(application));
  }
  violations.push(...disorders(applications, effects));
  violations.push(...sharedIds([...applications.values()]), ...sharedExchanges(packages, applications));
  return { windows: count(journal, applications, effects), violations };
}

function applicationsOf(journal: readonly JournalLine[]): Map<string, Application> {
  const applications = new Map<string, Application>();
  let window = BEFORE_ALL;
  for (const line of journal) {
    if (line.type === 'window') window = line.window;
    if (line.type === 'sent') applications.set(line.key, { ...line, ids: [], statuses: [] });
    if (line.type === 'told') known(applications, line.key).told = line.deliveries;
    if (line.type !== 'answer') continue;
    const application = known(applications, line.key);
    if (isSuccess(line.status) && !isAccepted(application)) application.window = window;
    application.statuses.push(line.status);
    if (line.id !== undefined) application.ids.push(line.id);
  }
  return applications;
}

function known(applications: ReadonlyMap<string, Application>, key: string): Application {
  const application = applications.get(key);
  if (!application) throw new Error(`the journal speaks of ${key}, which it does not know`);
  return application;
}

/** By the id that the sender gave; what supplements a case has that of the case, and is known by its file. */
function applicationOf(one: TakenPackage, applications: ReadonlyMap<string, Application>): Application | undefined {
  const id = one.fachverfahrenObjektId ?? '';
  const slash = id.indexOf('/');
  if (slash === -1) return applications.get(id);
  const prints = new Set(one.files.map(({ sha256 }) => sha256));
  return [...applications.values()].find(
    ({ supplements, files }) => supplements === id.slice(0, slash) && files.some(({ sha256 }) => prints.has(sha256)),
  );
}

const isSuccess = (status: number) => status >= 200 && status < 300;
const isAccepted = ({ statuses }: Application) => statuses.some(isSuccess);

/** Refused for what it is, and never accepted. */
const isRefused = (application: Application) =>
  !isAccepted(application) && application.statuses.some((status) => status >= 400 && status < 500);

function strangeness(one: TakenPackage, application: Application | undefined, window: string): Violation[] {
  const where = `${one.file} at ${one.dms}`;
  if (one.broken) return [{ kind: 'alien', window, text: `${where} cannot be read: ${one.broken}` }];
  if (!application) {
    return [{ kind: 'alien', window, text: `${where} is of ${one.fachverfahrenObjektId}, which nobody sent` }];
  }
  const found: Violation[] = [];
  const say = (kind: ViolationKind, text: string) => found.push({ kind, window: application.window, text });
  if (one.dms !== application.dms) say('alien', `${application.key} is at ${one.dms} instead of ${application.dms}`);
  if (isRefused(application)) say('alien', `${application.key} was refused, and is at ${one.dms}`);
  if (one.refusal) say('refused', `the DMS refused ${where}: ${one.refusal}`);
  for (const difference of differences(application, one))
    say('altered', `${application.key} in ${where}: ${difference}`);
  return found;
}

function differences(application: Application, one: TakenPackage): string[] {
  const texts: string[] = [];
  const describe = ({ name, size, sha256 }: SentFile) => `${name} (${size} bytes, ${sha256.slice(0, 12)}…)`;
  const rest = one.files.filter(({ name }) => !ADDED.has(name));
  for (const file of application.files) {
    const at = rest.findIndex(({ name, sha256 }) => name === file.name && sha256 === file.sha256);
    if (at === -1) texts.push(`${describe(file)} is missing or changed`);
    else rest.splice(at, 1);
  }
  for (const file of rest) texts.push(`${describe(file)} was not sent`);
  if (!one.xml.includes(application.marker)) texts.push('its Fachdaten are missing');
  return texts;
}

function fate(application: Application, effects: readonly TakenPackage[]): Violation[] {
  const { key, window, told: states } = application;
  const mayLack = states?.some((state) => WITHOUT_EFFECT.has(state)) ?? false;
  if (effects.length === 0 && isAccepted(application) && !mayLack) {
    return [{ kind: 'lost', window, text: `${key} was answered 2xx (${application.ids[0]}) and is not at the DMS` }];
  }
  if (effects.length > 1) {
    const names = effects.map(({ file }) => file).join(', ');
    return [{ kind: 'doubled', window, text: `${key} is at the DMS ${effects.length} times: ${names}` }];
  }
  return [];
}

function answers(application: Application): Violation[] {
  const { key, window, ids, statuses, told: states } = application;
  const found: Violation[] = [];
  if (isAccepted(application) && !(states?.length && states.every((state) => ENDED.has(state)))) {
    const text = `${key} is ${states?.join(', ') || 'in no state'} after everything was mended`;
    found.push({ kind: 'unfinished', window, text });
  }
  const different = new Set(ids);
  if (different.size > 1) {
    found.push({ kind: 'unstable', window, text: `${key} was given the ids ${[...different].join(', ')}` });
  }
  if (statuses.filter((status) => status === 202).length > 1) {
    found.push({ kind: 'unstable', window, text: `${key} was accepted as new more than once` });
  }
  return found;
}

/** What a client sent after an earlier part of the case was accepted is filed after it, and never without it. */
function disorders(
  applications: ReadonlyMap<string, Application>,
  effects: ReadonlyMap<string, readonly TakenPackage[]>,
): Violation[] {
  return [...applications.values()].flatMap(({ key, window, follows }): Violation[] => {
    const [mine] = effects.get(key) ?? [];
    if (follows === undefined || !mine) return [];
    const [before] = effects.get(follows) ?? [];
    if (before && before.order < mine.order) return [];
    return [{ kind: 'disordered', window, text: `${key} is filed ${before ? 'before' : 'without'} ${follows}` }];
  });
}

function sharedIds(applications: readonly Application[]): Violation[] {
  const owners = new Map<string, string>();
  return applications.flatMap(({ key, window, ids }): Violation[] => {
    const shared = [...new Set(ids)].flatMap((id) =>
      owners.has(id) ? [`${key} has the id ${id} of ${owners.get(id)}`] : [],
    );
    for (const id of ids) owners.set(id, key);
    return shared.map((text) => ({ kind: 'unstable', window, text }));
  });
}

/** The same application twice in one exchange is doubled already; here two applications share one. */
function sharedExchanges(
  packages: readonly TakenPackage[],
  applications: ReadonlyMap<string, Application>,
): Violation[] {
  const seen = new Map<string, TakenPackage>();
  return packages.flatMap((one): Violation[] => {
    if (one.prozessId === undefined) return [];
    const before = seen.get(one.prozessId);
    seen.set(one.prozessId, one);
    if (before === undefined || before.fachverfahrenObjektId === one.fachverfahrenObjektId) return [];
    const window = applications.get(one.fachverfahrenObjektId ?? '')?.window ?? BEFORE_ALL;
    return [{ kind: 'doubled', window, text: `ProzessID ${one.prozessId} is in ${before.file} and in ${one.file}` }];
  });
}

function windowAt(windows: readonly Window[], at: string | undefined): string {
  return windows.findLast((begun) => at !== undefined && begun.at <= at)?.window ?? BEFORE_ALL;
}

function count(
  journal: readonly JournalLine[],
  applications: ReadonlyMap<string, Application>,
  effects: ReadonlyMap<string, readonly TakenPackage[]>,
): WindowCount[] {
  const names = [...new Set(journal.flatMap((line) => (line.type === 'window' ? [line.window] : [])))];
  return names.map((window) => {
    const mine = [...applications.values()].filter((application) => application.window === window);
    return {
      window,
      sent: mine.length,
      accepted: mine.filter(isAccepted).length,
      effects: mine.reduce((sum, { key }) => sum + (effects.get(key)?.length ?? 0), 0),
    };
  });
}
