import { createReadStream, createWriteStream } from 'node:fs';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type SampleEntry, sampleCamt053 } from '@ozg-hub/camt/samples';
import { silentLogger } from '@ozg-hub/core';
import { trailMigrations } from '@ozg-hub/delivery';
import { PaymentRecorder, Reconciliation, reconciliationSettings } from '@ozg-hub/epay21-bridge';
import { money } from '@ozg-hub/money';
import { Database, type Store, startEmbeddedPostgres } from '@ozg-hub/store';
import { newDataFolder, removeDataFolder, root } from './hub.ts';
import { memory } from './processes.ts';
import { progress } from './progress.ts';
import { table } from './report.ts';

const PAYMENTS = 100_000;
/** Payments of one bulk credit. */
const OF_PAYOUT = 200;
const MOST_SECONDS = 60;
const MOST_BYTES = 500_000_000;
const IBAN = 'DE02120300000000202051';
const DAY = '2026-09-03';
const SAMPLE_MS = 50;

const list = {
  columns: { transactionId: 'id', date: 'day', gross: 'gross', fee: 'fee', payoutReference: 'payout' },
  dateFormat: 'yyyy-MM-dd',
  decimalComma: false,
};

interface Case {
  readonly name: string;
  readonly settings: object;
  /** Bytes of the payment service's list. */
  readonly providerList: (() => Iterable<string>) | undefined;
  readonly count: number;
  readonly entry: (index: number) => SampleEntry;
}

const CASES: readonly Case[] = [
  {
    name: 'each by its own credit',
    settings: { iban: IBAN },
    providerList: undefined,
    count: PAYMENTS,
    entry: (n) => credit(n, 3000, `Kassenzeichen ${kassenzeichen(n)} Musterweg 12345`),
  },
  {
    name: `list, and bulk credits of ${OF_PAYOUT} net of fees`,
    settings: { iban: IBAN, providerList: list, payouts: { pattern: 'AUSZAHLUNG (\\d+)' } },
    providerList: () => lines((n) => `T${n};2026-09-01;30.00;0.35;${7_000_000 + Math.floor(n / OF_PAYOUT)}\n`),
    count: PAYMENTS / OF_PAYOUT,
    entry: (n) => credit(n, OF_PAYOUT * 2965, `AUSZAHLUNG ${7_000_000 + n}`),
  },
  {
    name: 'list, and each by its own credit',
    settings: { iban: IBAN, providerList: list },
    providerList: () => lines((n) => `T${n};2026-09-01;30.00;0.35;\n`),
    count: PAYMENTS,
    entry: (n) => credit(n, 2965, kassenzeichen(n)),
  },
];

/** 100,000 paid payments compared with list and camt.053: seconds, and memory of the process that does it. */
export async function benchReconciliation(): Promise<string[]> {
  const folder = await newDataFolder('reconciliation');
  // As root the server runs as another user, who has to pass.
  await chmod(folder, 0o711);
  const server = await startEmbeddedPostgres({ dataDir: folder, logger: silentLogger });
  const database = Database.connect({ url: server.url, logger: silentLogger });
  try {
    const own = { owner: 'epay21-bridge', folder: new URL('services/epay21-bridge/migrations/', `file://${root}/`) };
    await database.migrate([{ schema: 'bench', sets: [trailMigrations, own] }], 'auto');
    const store = database.open('bench');
    const rows: string[][] = [];
    for (const one of CASES) rows.push(await measure(store, one, join(folder, 'camt.053.xml')));
    return [
      `${PAYMENTS.toLocaleString('en')} booked payments: list and statement read, one after the other, and compared; then all of it once more.`,
      `Bounds: ${MOST_SECONDS} s and ${MOST_BYTES / 1e6} MB of this process, which reads the files.`,
      '',
      ...table(['reconciliation', 'entries', 'seconds', 'again', 'peak RSS, MB'], rows),
    ];
  } finally {
    await database.close();
    await server.stop();
    await removeDataFolder(folder);
  }
}

async function measure(store: Store, { name, count, entry, ...one }: Case, file: string): Promise<string[]> {
  progress(`reconciliation: ${name}`);
  await fill(store);
  await pipeline(sampleCamt053({ iban: IBAN, on: DAY, count, entry }), createWriteStream(file));
  const watch = new PeakWatch();
  const seconds = await compare(store, one, file, PAYMENTS);
  const again = await compare(store, one, file, 0);
  const peak = await watch.stop();
  if (seconds > MOST_SECONDS || peak > MOST_BYTES) process.exitCode = 1;
  return [name, count.toLocaleString('en'), seconds.toFixed(1), again.toFixed(1), (peak / 1e6).toFixed(0)];
}

async function compare(
  store: Store,
  { settings, providerList }: Pick<Case, 'settings' | 'providerList'>,
  file: string,
  matched: number,
): Promise<number> {
  const reconciliation = new Reconciliation({
    store,
    logger: silentLogger,
    recorder: new PaymentRecorder({ source: '/bench', closes: () => false }),
    name: 'bench',
    clock: { now: () => new Date(`${DAY}T20:00:00Z`) },
  });
  const compared = { tenant: 'town', finance: 'kasse', settings: reconciliationSettings.parse(settings) };
  const begun = performance.now();
  if (providerList) await reconciliation.readList(compared, Readable.from(chunks(providerList())));
  await reconciliation.readStatement(compared, createReadStream(file));
  const { classes } = await reconciliation.run({ ...compared, day: DAY, actor: 'bench' });
  const open = Object.entries(classes).filter(([one, items]) => items > 0 && one !== 'MATCHED');
  if (classes.MATCHED !== matched || open.length > 0) throw new Error(`unexpected: ${JSON.stringify(classes)}`);
  return (performance.now() - begun) / 1000;
}

async function fill(store: Store): Promise<void> {
  await store.query(`TRUNCATE payment, provider_item, bank_item, reconciliation_run, reconciliation_item,
    reconciliation_match, reconciliation_import, audit CASCADE`);
  for (let from = 0; from < PAYMENTS; from += 20_000) {
    await store.query(
      `INSERT INTO payment (id, tenant, provider, endpoint, finance, directory_version, kassenzeichen, purpose, description,
         currency, gross_minor, fee_minor, items, return_token, timeout_minutes, state, transaction_id, paid_at, expires_at)
       SELECT uuidv7(), 'town', 'epay21', 'epay.example', 'kasse', 'v', '42' || lpad(n::text, 11, '0'), 'p', 'd', 'EUR',
         3000, 35, '[]', n::text, 15, 'BOOKED', 'T' || n, '2026-09-01T10:00:00Z', now()
       FROM generate_series($1::int, $2::int) n`,
      [from, from + 19_999],
    );
  }
  await store.query('ANALYZE');
}

function kassenzeichen(n: number): string {
  return `42${String(n).padStart(11, '0')}`;
}

function credit(n: number, minor: number, text: string): SampleEntry {
  return {
    reference: String(n + 1),
    amount: money(minor, 'EUR'),
    direction: 'CRDT',
    bookedOn: DAY,
    valueOn: DAY,
    bankReference: `B${n}`,
    endToEndId: 'NOTPROVIDED',
    remittance: [text],
  };
}

function* lines(line: (n: number) => string): Generator<string> {
  yield 'id;day;gross;fee;payout\n';
  for (let n = 0; n < PAYMENTS; n += 1) yield line(n);
}

/** As a file is read: in pieces. */
function* chunks(texts: Iterable<string>): Generator<Buffer> {
  let text = '';
  for (const one of texts) {
    text += one;
    if (text.length < 65_536) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}

/** Looks at the memory of this process. */
class PeakWatch {
  readonly #stopping = new AbortController();
  readonly #watching: Promise<number>;

  constructor() {
    this.#watching = this.#watch();
  }

  async stop(): Promise<number> {
    this.#stopping.abort();
    return await this.#watching;
  }

  async #watch(): Promise<number> {
    const { signal } = this.#stopping;
    let peak = 0;
    while (!signal.aborted) {
      peak = Math.max(peak, (await memory(process.pid)).now);
      await pause(SAMPLE_MS, undefined, { signal }).catch(() => undefined);
    }
    return peak;
  }
}
