import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { applicationRequest } from '@ozg-hub/testing';
import type { DemoApplication } from './application.ts';
import type { DmsProcesses } from './dms-processes.ts';
import { type FeeReport, type Fees, feeProblems } from './fees.ts';
import { Journey } from './journey.ts';
import type { OnlineService, SignedIn } from './online-service.ts';
import { otherCases } from './other-cases.ts';
import { type DemoReport, type LoginLine, type SubmissionLine, describeAnswer, fromHere } from './report.ts';
import type { ApplicationState, Sender } from './sender.ts';

/** Between two looks at where the applications are. */
const LOOK_MS = 100;
/** For paying, booking and filing the Quittungen; then something is wrong. */
const FEES_MS = 60_000;

export interface PlayOptions {
  readonly sender: Sender;
  /** By Vorgang: who signed in for it. */
  readonly logins: ReadonlyMap<string, SignedIn>;
  readonly dms: DmsProcesses;
  readonly fees: Fees;
  readonly operatorToken: string;
  readonly dataDir: string;
  readonly applications: readonly DemoApplication[];
  /** Aborts at once. */
  readonly signal: AbortSignal;
  /** Then the waiting for results ends, and what has not ended is a problem. */
  readonly deadline: AbortSignal;
  readonly say: (text: string) => void;
}

export interface Play {
  readonly report: DemoReport;
  /** What did not end as it should; empty: everything did. */
  readonly problems: readonly string[];
}

/** Everybody who has to sign in before, one after the other; the online service gets an identity proof for each application. */
export async function signIn(
  service: OnlineService,
  applications: readonly DemoApplication[],
  say: (text: string) => void,
): Promise<ReadonlyMap<string, SignedIn>> {
  const logins = new Map<string, SignedIn>();
  say('Who is asking');
  for (const { title, spec, arrives, signsIn } of applications) {
    if (!signsIn) continue;
    const purpose = { tenant: arrives.tenant, leistung: arrives.leistung, application: spec.vorgang };
    const login = await service.signIn(purpose, signsIn);
    logins.set(spec.vorgang, login);
    const { applicant, provider, vertrauensniveau } = login;
    say(
      `${clock()}  ${spec.vorgang}  ${signsIn.who} signs in for ${title}: ${applicant} by ${provider}, level ${vertrauensniveau}`,
    );
  }
  say('');
  return logins;
}

/** Sends everything, watches each application travel, and holds what came of it against what should have. */
export async function play(options: PlayOptions): Promise<Play> {
  const { say, dataDir } = options;
  const journeys: Journey[] = [];
  const sending = { done: false };
  await Promise.all([
    sendAll(options, journeys).finally(() => (sending.done = true)),
    watch(options, journeys, () => sending.done && journeys.every(({ ended }) => ended)),
  ]);
  say('\nWhat the sender is told when');
  const others = await sendOthers(options, journeys);
  const ends = await Promise.all(journeys.map((journey) => endOf(journey, options)));
  say('\nWhat the citizen pays');
  const fees = await collectFees(options, journeys);
  return {
    report: {
      logins: [...options.logins].map(([vorgang, login]) => loginLine(vorgang, login)),
      submissions: ends.map(({ line }) => line),
      refused: others.refused,
      fees,
      dataDir: fromHere(dataDir),
    },
    problems: [...ends.flatMap(({ problems }) => problems), ...others.problems, ...feeProblems(fees)],
  };
}

async function sendAll({ applications, sender, logins, say }: PlayOptions, journeys: Journey[]): Promise<void> {
  for (const application of applications) {
    const { title, spec } = application;
    const request = await applicationRequest(spec, await application.files());
    const proof = logins.get(spec.vorgang)?.proof;
    const { status, id, location, problem } = await sender.push(request, proof);
    if (status !== 202 || !id || !location) {
      throw new Error(`${spec.vorgang} was answered ${status} ${problem?.code ?? ''} ${problem?.detail ?? ''}`);
    }
    const verified = proof === undefined ? '' : ', identity proof verified';
    say(`${clock()}  ${spec.vorgang}  accepted (202): ${title}, ${request.parts.length - 1} files${verified}`);
    journeys.push(new Journey(application, id, location));
  }
}

async function watch(
  { sender, say, signal, deadline }: PlayOptions,
  journeys: readonly Journey[],
  over: () => boolean,
): Promise<void> {
  while (!over() && !deadline.aborted) {
    for (const journey of journeys.filter(({ ended }) => !ended)) {
      const news = journey.observe(await sender.ask(journey.location));
      for (const text of news) say(`${clock()}  ${journey.application.spec.vorgang}  ${text}`);
    }
    await pause(LOOK_MS, undefined, { signal });
  }
}

async function sendOthers({ sender, logins, say }: PlayOptions, journeys: readonly Journey[]) {
  const refused: { status: number; code: string }[] = [];
  const problems: string[] = [];
  for (const each of await otherCases()) {
    const answer = await sender.push(each.request, each.proofOf && logins.get(each.proofOf.spec.vorgang)?.proof);
    say(describeAnswer(each, answer).join('\n'));
    const { status, id, problem } = answer;
    if (problem) refused.push({ status, code: problem.code });
    const known = each.sameAs && journeys.find(({ application }) => application === each.sameAs)?.id;
    if (status !== each.status || problem?.code !== each.code || (each.sameAs && id !== known)) {
      problems.push(
        `${each.what}: answered ${status} ${problem?.code ?? id}, not ${each.status} ${each.code ?? known}`,
      );
    }
  }
  return { refused, problems };
}

/** Pays and books the fees, then waits until each Quittung is filed. */
async function collectFees(options: PlayOptions, journeys: readonly Journey[]): Promise<FeeReport> {
  const { fees, sender, operatorToken, say } = options;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(FEES_MS)]);
  const costing = journeys.filter(({ application }) => application.arrives.fee);
  const applications = costing.map(({ id, application }) => ({ id, vorgang: application.spec.vorgang }));
  const report = await fees.collect({ url: sender.url, operatorToken, applications, signal, say });
  for (const { location, application } of costing) {
    const filed = ({ deliveries }: ApplicationState) =>
      deliveries.length > 1 && deliveries.every(({ state }) => state === 'CONFIRMED');
    while (!filed(await sender.ask(location))) await pause(LOOK_MS, undefined, { signal });
    say(`${application.spec.vorgang}  Quittung filed with the case`);
  }
  return report;
}

/** The state as the hub says, the package or folder as the DMS has it. */
async function endOf(journey: Journey, options: PlayOptions): Promise<{ line: SubmissionLine; problems: string[] }> {
  const { spec, arrives } = journey.application;
  const found = await (arrives.byCmis ? folderOf(journey, options) : packageOf(journey, options));
  return {
    line: {
      id: journey.id,
      vorgang: spec.vorgang,
      tenant: journey.tenant,
      leistung: journey.leistung,
      state: journey.state,
      aktenzeichen: journey.aktenzeichen ?? null,
      package: null,
      folder: null,
      ...found.line,
    },
    problems: [...journey.problems(), ...found.problems].map((problem) => `${spec.vorgang} ${problem}`),
  };
}

interface Found {
  readonly line: Partial<Pick<SubmissionLine, 'package' | 'folder'>>;
  readonly problems: readonly string[];
}

async function packageOf(journey: Journey, { dms, dataDir }: PlayOptions): Promise<Found> {
  const { spec, arrives } = journey.application;
  const taken = (await dms.ledger(arrives.dms)).filter(({ fachverfahrenObjektId: id }) => id === spec.vorgang);
  const [filed] = taken.filter(
    ({ aktenzeichen }) => aktenzeichen !== undefined && aktenzeichen === journey.aktenzeichen,
  );
  const path = filed && fromHere(join(dataDir, 'dms', arrives.dms, 'taken', filed.storedAs));
  return {
    line: { package: path ?? null },
    problems: [
      ...(filed ? [] : ['has no package at the DMS with that Aktenzeichen']),
      ...(taken.length > 1 ? [`was handed to the DMS ${taken.length} times`] : []),
    ],
  };
}

async function folderOf(journey: Journey, { dms }: PlayOptions): Promise<Found> {
  const changes = await dms.changes(journey.application.arrives.dms);
  const [filed, ...more] = changes.filter(
    ({ operation, properties }) =>
      operation === 'createFolder' && properties['eakte:aktenzeichen']?.[0] === journey.aktenzeichen,
  );
  const inside = changes.filter(({ path }) => filed && path.startsWith(`${filed.path}/`));
  const paths = new Set(inside.map(({ path }) => path));
  return {
    line: { folder: filed?.path ?? null },
    problems: [
      ...(filed ? [] : ['has no folder in the DMS with that Aktenzeichen']),
      ...(more.length > 0 ? [`has ${more.length + 1} folders in the DMS`] : []),
      ...(filed && paths.size === 0 ? ['has an empty folder in the DMS'] : []),
      ...(paths.size < inside.length ? ['has documents in the DMS twice'] : []),
    ],
  };
}

function loginLine(vorgang: string, { provider, applicant, vertrauensniveau }: SignedIn): LoginLine {
  return { vorgang, provider, applicant, vertrauensniveau };
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8);
}
