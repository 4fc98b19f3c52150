import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { silentLogger } from '@ozg-hub/core';
import { Database, type Store } from '@ozg-hub/store';
import { FakeEpay21, FakeFinance, FakeFinanceHttp } from '@ozg-hub/testing';
import { freePort } from '@ozg-hub/testing/servers';
import { type Hub, newDataFolder, removeDataFolder, startHub } from './hub.ts';
import { benchReconciliation } from './payments-reconciliation.ts';
import { cpuSeconds } from './processes.ts';
import { progress } from './progress.ts';
import { circumstances, percentile, table } from './report.ts';

const TENANT = 'musterstadt';
const PAYMENTS = 1_000;
/** Citizens at a time. */
const CITIZENS = 16;
const OPEN = 10_000;
const RATE = 20;
const WATCHED_SECONDS = 30;

/** Fees from the request to the booking, the poller among many open payments, and the reconciliation. */
export async function benchPayments(command: string): Promise<string[]> {
  const lines = circumstances(command);
  return [...lines, '', ...(await benchWay()), '', ...(await benchPolling()), '', ...(await benchReconciliation())];
}

interface Ground {
  readonly hub: Hub;
  readonly epay: FakeEpay21;
  readonly folder: string;
  readonly store: Store;
}

async function onGround(settings: Readonly<Record<string, string>>, run: (ground: Ground) => Promise<string[]>) {
  const folder = await newDataFolder('payments');
  const epay = new FakeEpay21({ credentials: { user: TENANT, password: 'bench' } });
  await epay.start();
  const port = String(await freePort());
  const hub = await startHub({
    folder,
    services: 'epay21-bridge',
    settings: {
      HUB_HTTP_PORT: port,
      HUB_EPAY_PUBLIC_URL: `http://127.0.0.1:${port}`,
      MUSTERSTADT_EPAY_URL: epay.restUrl,
      MUSTERSTADT_EPAY_PASSWORD: 'bench',
      ...settings,
    },
  });
  const database = Database.connect({ url: hub.databaseUrl, logger: silentLogger });
  try {
    return await run({ hub, epay, folder, store: database.open('epay21_bridge', { maxConnections: 2 }) });
  } finally {
    await database.close();
    await hub.stop();
    await epay.stop();
    await removeDataFolder(folder);
  }
}

/** A thousand citizens, sixteen at a time: asked for, paid, come back, told to the ledger, booked. */
async function benchWay(): Promise<string[]> {
  const settings = { HUB_EPAY_CALLS_PER_SECOND: '1000', HUB_EPAY_CONCURRENCY: '64' };
  return await onGround(settings, async ({ hub, folder, store }) => {
    const finance = await FakeFinance.open({ folder: join(folder, 'books') });
    const fetching = new FakeFinanceHttp({ finance, url: hub.url, key: hub.token, tenant: TENANT, everyMs: 20 });
    fetching.start();
    const placed: number[] = [];
    const returned: number[] = [];
    const cpu = await cpuSeconds(hub.pid);
    const began = performance.now();
    let next = 0;
    const citizen = async () => {
      while (next < PAYMENTS) {
        next += 1;
        if (next % 200 === 0) progress(`payment ${next} of ${PAYMENTS}`);
        const asked = performance.now();
        const payPage = await ask(hub);
        placed.push(performance.now() - asked);
        const paid = performance.now();
        const answer = await fetch(payPage, { method: 'POST', body: new URLSearchParams({ action: 'pay' }) });
        if (!(await answer.text()).includes('eingegangen')) throw new Error('a citizen was not told that he has paid');
        returned.push(performance.now() - paid);
      }
    };
    await Promise.all(Array.from({ length: CITIZENS }, citizen));
    await finance.until(({ posted }) => posted.length === PAYMENTS);
    await booked(store);
    const seconds = (performance.now() - began) / 1000;
    const milliseconds = (1000 * ((await cpuSeconds(hub.pid)) - cpu)) / PAYMENTS;
    await fetching.stop();
    await finance.close();
    const of = (values: readonly number[], share: number) => percentile(values, share).toFixed(0);
    return [
      `${PAYMENTS.toLocaleString('en')} fees of Musterstadt, ${CITIZENS} citizens at a time, fake ePay21 (REST) and fake finance system (HTTP) beside it; the`,
      'ledger counts each once.',
      '',
      ...table(
        ['', 'payments/s', 'placed p50 ms', 'p99', 'paid to page p50 ms', 'p99', 'CPU ms of the hub'],
        [
          [
            'asked for, paid, settled, booked',
            (PAYMENTS / seconds).toFixed(1),
            of(placed, 0.5),
            of(placed, 0.99),
            of(returned, 0.5),
            of(returned, 0.99),
            milliseconds.toFixed(1),
          ],
        ],
      ),
    ];
  });
}

async function ask(hub: Hub): Promise<string> {
  const answer = await fetch(`${hub.url}/epay21/v1/payments`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${hub.token}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    body: JSON.stringify({ tenant: TENANT, blueprint: 'bewohnerparkausweis-beantragen' }),
  });
  const { payPageUrl } = (await answer.json()) as { payPageUrl?: string };
  if (!payPageUrl) throw new Error(`a payment was answered ${answer.status}`);
  return payPageUrl;
}

async function booked(store: Store): Promise<void> {
  for (;;) {
    const [row] = await store.query<{ count: number }>(`SELECT count(*) AS count FROM payment WHERE state = 'BOOKED'`);
    if (row!.count === PAYMENTS) return;
    await pause(50);
  }
}

/** Calls that a payment service sees while ten thousand payments are open. */
async function benchPolling(): Promise<string[]> {
  return await onGround({ HUB_EPAY_CALLS_PER_SECOND: String(RATE) }, async ({ hub, epay, store }) => {
    await ask(hub);
    await store.query(`
      INSERT INTO payment (id, tenant, provider, endpoint, directory_version, kassenzeichen, purpose, description, currency,
        gross_minor, items, return_token, timeout_minutes, state, expires_at, next_look_at, transaction_id)
      SELECT gen_random_uuid(), tenant, provider, endpoint, directory_version, 'N' || n, purpose, description, currency,
        gross_minor, items, 't' || n, 60, 'INITIATED', now() + interval '60 minutes', now(), gen_random_uuid()
      FROM payment, generate_series(1, ${OPEN}) n WHERE state = 'INITIATED'`);
    await store.query('ANALYZE payment');
    progress(`${OPEN} open payments`);
    const from = epay.calls.length;
    const cpu = await cpuSeconds(hub.pid);
    await pause(WATCHED_SECONDS * 1000);
    const cores = ((await cpuSeconds(hub.pid)) - cpu) / WATCHED_SECONDS;
    const calls = epay.calls.slice(from).filter(({ operation }) => operation === 'look');
    const most = mostInOneSecond(calls.map(({ at }) => at.getTime()));
    if (most > RATE) process.exitCode = 1;
    return [
      `${OPEN.toLocaleString('en')} open payments that are all due, at most ${RATE} calls per second (HUB_EPAY_CALLS_PER_SECOND), ${WATCHED_SECONDS} s:`,
      '',
      ...table(
        ['', 'calls/s', 'most in one second', 'cores of the hub'],
        [['looks at the payment service', (calls.length / WATCHED_SECONDS).toFixed(1), String(most), cores.toFixed(2)]],
      ),
    ];
  });
}

function mostInOneSecond(times: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [index, time] of times.entries()) {
    while (time - times[first]! >= 1000) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}
