import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FakeEpay21, type FakeEpay21Options, applicationRequest } from '@ozg-hub/testing';
import { antragsdokument } from './applications.ts';
import { type Answer, type RunningHub, startHub } from './running-hub.ts';

/** A hub whose municipality Musterstadt takes fees by a fake ePay21. */
export interface PaymentGround {
  readonly hub: RunningHub;
  readonly epay: FakeEpay21;
  /** Asks for a payment as an online service. */
  ask(body: object, key: string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The payment as its service sees it, once `until` holds. */
  payment(id: string, until: (payment: Answer['json']) => boolean): Promise<Answer['json']>;
  /** As the operator sees it. */
  details(id: string): Promise<Answer['json']>;
  /** Pushes an application for a Bewohnerparkausweis, which costs 30.70. */
  apply(vorgang: string): Promise<string>;
  /** The payment that was asked for an application. */
  paymentOf(submissionId: string): Promise<Answer['json']>;
  /** Events that the hub published of a payment, in order: type and data. */
  events(paymentId: string): Promise<{ type: string; id: string; sequence: string; data: Answer['json'] }[]>;
  stop(): Promise<void>;
}

export interface PaymentGroundOptions {
  readonly fake?: FakeEpay21Options;
  /** Face of the payment service; default REST. */
  readonly face?: 'rest' | 'soap';
  readonly environment?: Readonly<Record<string, string>>;
  /** Settings by which the finance target is compared with payment service and bank. */
  readonly reconciliation?: object;
  /** Adds to the directory before the hub reads it. */
  readonly addTo?: (directory: string) => Promise<void>;
}

const credentials = { user: 'musterstadt', password: 'geheim-geheim' };

export async function startPaymentGround(options: PaymentGroundOptions = {}): Promise<PaymentGround> {
  const folder = await mkdtemp(join(tmpdir(), 'payments-'));
  const epay = new FakeEpay21({ credentials, ...options.fake });
  await epay.start();
  const directory = join(folder, 'directory');
  await cp(fileURLToPath(new URL('../../deploy/directory', import.meta.url)), directory, { recursive: true });
  const file = join(directory, 'tenants/musterstadt.yaml');
  const targets = options.face === 'soap' ? soapTarget(epay) : restTarget(epay);
  const compared = options.reconciliation ? `      reconciliation: ${JSON.stringify(options.reconciliation)}\n` : '';
  const written = (await readFile(file, 'utf8')).replace(/^ {2}- id: (?:epay|kasse)[\s\S]*?(?=^ {2}- id|^\S)/gm, '');
  await writeFile(
    file,
    written
      .replace('targets:\n', `targets:\n${targets}${financeTarget}${compared}`)
      .replace(/defaultTargets: .*/, 'defaultTargets: { dms: eakte, payment: epay, finance: kasse }'),
  );
  await options.addTo?.(directory);
  await writeFile(join(folder, 'password'), credentials.password);
  const hub = await startHub({
    environment: {
      HUB_DIRECTORY: directory,
      HUB_EPAY_CALLS_PER_SECOND: '200',
      TEST_EPAY_PASSWORD: credentials.password,
      ...options.environment,
    },
  });
  const ground: PaymentGround = {
    hub,
    epay,
    ask: (body, key, headers = {}) =>
      hub.request('POST', '/epay21/v1/payments', {
        headers: { 'content-type': 'application/json', 'idempotency-key': key, ...headers },
        body: JSON.stringify({ tenant: 'musterstadt', ...body }),
      }),
    payment: (id, until) => eventually(async () => (await hub.request('GET', `/epay21/v1/payments/${id}`)).json, until),
    details: async (id) => (await hub.request('GET', `/epay21-bridge/ops/v1/payments/${id}`)).json,
    apply: async (vorgang) => {
      const request = await applicationRequest(
        {
          organisationseinheit: '00.00.MUS.01000001',
          prozessschluessel: 'Bewohnerparkausweis',
          vorgang,
          applicant: { kind: 'natuerlich', vornamen: 'Erika', familienname: 'Mustermann' },
          identity: { source: 'BundID', vertrauensniveau: 'basis', attributes: {} },
          fachdaten: [{ name: 'Fahrzeug', fields: [{ name: 'Kennzeichen', type: 'STRING', value: 'XX-MU 1' }] }],
        },
        [await antragsdokument()],
      );
      return (await hub.push(request.body())).json.id;
    },
    paymentOf: (submissionId) =>
      eventually(
        async () => await hub.request('GET', `/epay21/v1/submissions/${submissionId}/payment`),
        ({ status }) => status === 200,
      ).then(({ json }) => json),
    events: async (paymentId) => {
      const store = hub.database.database.open('epay21_bridge', { maxConnections: 1 });
      const rows = await store.query<{ id: string; headers: Record<string, string>; value: Buffer }>(
        `SELECT id, headers, value FROM outbox WHERE headers->>'ce_subject' = $1 ORDER BY position`,
        [paymentId],
      );
      return rows.map(({ id, headers, value }) => ({
        id,
        type: headers['ce_type']!,
        sequence: headers['ce_sequence']!,
        data: JSON.parse(value.toString('utf8')),
      }));
    },
    stop: async () => {
      await hub.stop();
      await epay.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return ground;
}

/** Asks until it holds; the test's own time-out ends it otherwise. */
export async function eventually<T>(ask: () => Promise<T>, until: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (until(answer)) return answer;
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

const restTarget = ({ restUrl }: FakeEpay21) => `  - id: epay
    kind: xbezahldienste
    settings:
      baseUrl: ${restUrl}
      originatorId: ozg-hub
      endpointId: '06999001'
      authentication: { by: basic, user: ${credentials.user}, password: 'env:TEST_EPAY_PASSWORD' }
      timeoutSeconds: 2
`;

const soapTarget = ({ soapUrl, origin }: FakeEpay21) => `  - id: epay
    kind: epay21
    settings:
      url: ${soapUrl}
      mandant: '06999001'
      mandantDesc: Stadt Musterstadt
      app: ozg.hub
      payPage: '${origin}/pay/{payId}'
      authentication: { by: basic, user: ${credentials.user}, password: 'env:TEST_EPAY_PASSWORD' }
      timeoutSeconds: 2
`;

const financeTarget = `  - id: kasse
    kind: finance
    settings:
      files:
        - id: avis
          profile: camt054
          into: { by: directory, folder: '\${data}/finance', createDirectories: true }
          iban: DE00999999990000000000
`;
