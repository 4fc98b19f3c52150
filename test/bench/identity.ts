import { randomUUID } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Account } from '@ozg-hub/all-in-one';
import { bareLogin, cpuOf } from './identity-crypto.ts';
import { type IdentityGround, onIdentityGround } from './identity-ground.ts';
import { benchOpenLogins } from './identity-open.ts';
import { cpuSeconds } from './processes.ts';
import { progress } from './progress.ts';
import { circumstances, median, percentile, table } from './report.ts';

const ROUNDS = 3;
const LOGINS = 100;
/** Browsers at a time. */
const BROWSERS = 8;
const BARE_RUNS = 200;

interface Case {
  readonly name: string;
  readonly leistung: string;
  readonly account: Account;
}

const CASES: readonly Case[] = [
  {
    name: 'BundID: response and assertion signed',
    leistung: '99999005012000',
    account: { provider: 'bundid', person: 'erika', method: 'Elster' },
  },
  {
    name: 'MUK: response signed; by the choice page',
    leistung: '99999006104000',
    account: { provider: 'muk', person: 'muster-gmbh', method: 'Zertifikat' },
  },
];

interface Round {
  readonly perSecond: number;
  readonly times: readonly number[];
  /** Milliseconds of CPU of one login. */
  readonly hub: number;
  readonly postgres: number;
  readonly around: number;
  readonly bare: number;
}

/** Logins the whole way beside their bare cryptography, and ten thousand that are open. */
export async function benchIdentity(command: string): Promise<string[]> {
  const lines = circumstances(command);
  return [...lines, '', ...(await benchLogins()), '', ...(await benchOpenLogins())];
}

async function benchLogins(): Promise<string[]> {
  return await onIdentityGround({}, async (ground) => {
    const rounds = CASES.map((): Round[] => []);
    for (const one of CASES) await logins(ground, one, BROWSERS * 2);
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const [index, one] of CASES.entries()) {
        progress(`round ${round} of ${ROUNDS}: ${one.name}`);
        rounds[index]!.push(await measure(ground, one));
      }
    }
    const rows = CASES.map(({ name }, index) => row(name, rounds[index]!));
    return [
      `${LOGINS} logins in each of ${ROUNDS} rounds in turns, ${BROWSERS} browsers at a time: authorization, request, login page, response,`,
      'code, id_token with proof. RSASSA-PSS, RSA-OAEP with SHA-256, AES-256-GCM, ES256; keys of the hub 3072 bits, of the fakes 2048.',
      `Everything runs on this machine's ${availableParallelism()} cores. CPU ms of one login, medians:`,
      '',
      ...table(
        ['', 'logins/s', 'p50 ms', 'p99 ms', 'hub', 'PostgreSQL', 'fakes and browsers', 'bare', 'hub / bare'],
        rows,
      ),
      '',
      '"Bare" is the cryptography of a login by node:crypto alone, measured before each round: sign the request, verify the answer,',
      'unwrap and decrypt, encrypt the identity, sign id_token and proof.',
    ];
  });
}

function row(name: string, rounds: readonly Round[]): string[] {
  const of = (value: (round: Round) => number) => median(rounds.map(value));
  const times = rounds.flatMap((round) => round.times);
  return [
    name,
    of(({ perSecond }) => perSecond).toFixed(1),
    percentile(times, 0.5).toFixed(0),
    percentile(times, 0.99).toFixed(0),
    of(({ hub }) => hub).toFixed(1),
    of(({ postgres }) => postgres).toFixed(1),
    of(({ around }) => around).toFixed(1),
    of(({ bare }) => bare).toFixed(1),
    of(({ hub, bare }) => hub / bare).toFixed(1),
  ];
}

async function measure(ground: IdentityGround, one: Case): Promise<Round> {
  const bare = cpuOf((await bareLogin(join(ground.folder, 'saml'), one.account.provider)).run, BARE_RUNS);
  const before = await used(ground);
  const began = performance.now();
  const times = await logins(ground, one, LOGINS);
  const seconds = (performance.now() - began) / 1000;
  const after = await used(ground);
  const each = (name: keyof typeof after) => ((after[name] - before[name]) * 1000) / LOGINS;
  const own = { hub: each('hub'), postgres: each('postgres'), around: each('around') };
  return { perSecond: LOGINS / seconds, times, bare, ...own };
}

/** Seconds of CPU so far. */
async function used({ hub, providerPids }: IdentityGround) {
  const fakes = await Promise.all(providerPids.map((pid) => cpuSeconds(pid)));
  const { user, system } = process.cpuUsage();
  return {
    hub: await cpuSeconds(hub.pid),
    postgres: await cpuSeconds(hub.postgresPid, true),
    around: fakes.reduce((sum, seconds) => sum + seconds, (user + system) / 1e6),
  };
}

/** @returns milliseconds of each */
async function logins({ service }: IdentityGround, { leistung, account }: Case, count: number): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const browser = async () => {
    while (next < count) {
      next += 1;
      const began = performance.now();
      const purpose = { tenant: 'musterstadt', leistung, application: `BENCH-${randomUUID()}` };
      const { provider } = await service.signIn(purpose, account);
      if (provider !== account.provider) throw new Error('somebody else signed in');
      times.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: BROWSERS }, browser));
  return times;
}
