import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type CmisConnection, connectCmis } from '@ozg-hub/cmis';
import { hasOpenCmisTools, startOpenCmis } from '@ozg-hub/testing/servers';
import { CREDENTIALS, byClient, byHttp, upload } from './cmis-uploads.ts';
import { DOCUMENTS, DOCUMENT_BYTES } from './dms-applications.ts';
import { FilingHub } from './dms-filing.ts';
import { cmisDms, town, writeDirectory } from './dms-towns.ts';
import { startFake } from './fakes.ts';
import { type HttpTime, watchHttp } from './http-watch.ts';
import { newDataFolder, removeDataFolder } from './hub.ts';
import { progress } from './progress.ts';
import { median, table } from './report.ts';

const ROUNDS = 3;
/** Documents of a round; the hub files as many, ten to an application. */
const COUNT = 200;
const REPOSITORY = 'A1';
const HEAP_MIB = 1_500;
type Binding = 'browser' | 'atompub';

interface Repository {
  readonly name: string;
  url(binding: Binding): string;
  stop(): Promise<void>;
}

interface Measured {
  readonly perSecond: number;
  /** Of the time of all calls, the share in which the server had the whole request and gave no answer. */
  readonly inServer: number;
  /** Milliseconds of CPU of the client or the hub for each document. */
  readonly cpu: number;
}

type Subject = readonly [name: string, run: (round: number) => Promise<Measured>];

/** Documents by CMIS: a bare upload, the hub's client, the hub; in turns. */
export async function benchCmis(): Promise<string[]> {
  const folder = await newDataFolder('cmis');
  const running: { stop(): Promise<void> }[] = [];
  try {
    progress('by CMIS: starting the repository');
    const repository = await startRepository();
    running.unshift(repository);
    const connections = { browser: connect(repository, 'browser'), atompub: connect(repository, 'atompub') };
    running.unshift(...Object.values(connections).map((one) => ({ stop: async () => one.close() })));
    const towns = {
      browser: town(1, 'bench-browser', dms(repository, 'browser')),
      atompub: town(2, 'bench-atompub', dms(repository, 'atompub')),
    };
    const times = join(folder, 'http.json');
    const filing = await FilingHub.start({
      folder,
      directory: await writeDirectory(folder, Object.values(towns)),
      settings: { BENCH_HTTP_TIME: times, BENCH_PASSWORD: CREDENTIALS.password },
      nodeOptions: ['--import', fileURLToPath(new URL('http-watch-in-hub.js', import.meta.url))],
    });
    running.unshift(filing);
    const { rootFolderId } = await connections.browser.repository();
    const newFolder = async (name: string) =>
      (await connections.browser.createFolder({ parentId: rootFolderId, name, typeId: 'cmis:folder' })).id;
    const read = watchHttp();
    const direct = async (name: string, one: (parentId: string) => Parameters<typeof upload>[1]): Promise<Measured> => {
      const parentId = await newFolder(name);
      const before = read().waited;
      const { perSecond, inCalls, cpu } = await upload(COUNT, one(parentId));
      return { perSecond, cpu, inServer: (read().waited - before) / inCalls };
    };
    const subjects: Subject[] = [
      [
        'node:http, the same form as the browser binding',
        async (round) => {
          let close = () => {};
          try {
            return await direct(`bare ${round}`, (parentId) => {
              const bare = byHttp(repository.url('browser'), REPOSITORY, parentId);
              close = bare.close;
              return bare.send;
            });
          } finally {
            close();
          }
        },
      ],
      ...(['browser', 'atompub'] as const).flatMap((binding): Subject[] => [
        [
          `the hub's client, ${binding}`,
          (round) => direct(`client ${binding} ${round}`, (parentId) => byClient(connections[binding], parentId)),
        ],
        [
          `the hub, ${binding}`,
          async () => {
            const before = await hubTime(times);
            const filed = await filing.file({ town: towns[binding], count: COUNT / DOCUMENTS });
            await pause(500);
            const waited = (await hubTime(times)).waited - before.waited;
            const inTries = filed.times.reduce((sum, ms) => sum + ms, 0);
            return {
              perSecond: filed.perSecond * DOCUMENTS,
              cpu: filed.hubCpu / DOCUMENTS,
              inServer: waited / inTries,
            };
          },
        ],
      ]),
    ];
    return [...report(repository, await inTurns(subjects))];
  } finally {
    for (const one of running) await one.stop();
    await removeDataFolder(folder);
  }
}

async function inTurns(subjects: readonly Subject[]): Promise<Map<string, Measured[]>> {
  const measured = new Map<string, Measured[]>(subjects.map(([name]) => [name, []]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    const shift = round % subjects.length;
    for (const [name, run] of [...subjects.slice(shift), ...subjects.slice(0, shift)]) {
      progress(`by CMIS, ${round === 0 ? 'warming up' : `round ${round} of ${ROUNDS}`}: ${name}`);
      const one = await run(round);
      if (round > 0) measured.get(name)!.push(one);
    }
  }
  return measured;
}

function report(repository: Repository, measured: Map<string, Measured[]>): string[] {
  const [bare] = measured.values();
  const rows = [...measured].map(([name, rounds]) => {
    const of = (value: (one: Measured) => number) => median(rounds.map(value));
    return [
      name,
      of((one) => one.perSecond).toFixed(0),
      `${(100 * of((one) => one.inServer)).toFixed(0)} %`,
      of((one) => one.cpu).toFixed(1),
      median(rounds.map((one, n) => one.perSecond / bare![n]!.perSecond)).toFixed(2),
    ];
  });
  return [
    `CMIS: documents of ${DOCUMENT_BYTES / 1000} kB into ${repository.name}, ${ROUNDS} rounds of ${COUNT}, four at once, in turns; ` +
      'the hub makes a folder for each ten.',
    '',
    ...table(['', 'documents/s', 'of it in the server', 'CPU ms', 'of the bare upload'], rows),
    '',
    '"In the server" is the time from the last byte of a request to the head of its answer, of the time of all calls (of ' +
      'the hub: all tries); what the server does while it receives is not in it.',
  ];
}

async function hubTime(file: string): Promise<HttpTime> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? { requests: 0, waited: 0 } : (JSON.parse(text) as HttpTime);
}

async function startRepository(): Promise<Repository> {
  if (hasOpenCmisTools()) {
    const server = await startOpenCmis(HEAP_MIB);
    return { name: 'the OpenCMIS in-memory server', url: server.url, stop: server.stop };
  }
  const fake = await startFake('fake-cmis', []);
  const [browser, atompub] = fake.addresses;
  return {
    name: 'the FAKE repository of libs/testing (no Java, Maven or unzip here)',
    url: (binding) => (binding === 'browser' ? browser! : atompub!),
    stop: fake.stop,
  };
}

function connect(repository: Repository, binding: Binding): CmisConnection {
  return connectCmis({
    binding,
    url: repository.url(binding),
    repositoryId: REPOSITORY,
    authentication: { kind: 'basic', ...CREDENTIALS },
    limits: { connections: 4 },
  });
}

function dms(repository: Repository, binding: Binding) {
  const authentication = { by: 'basic', user: CREDENTIALS.user, password: 'env:BENCH_PASSWORD' };
  return cmisDms({ binding, url: repository.url(binding), repositoryId: REPOSITORY, authentication });
}
