import { setTimeout as pause } from 'node:timers/promises';
import { applicationRequest } from '@ozg-hub/testing';
import { antragsdokument } from '../../flow/applications.ts';
import type { ClientLine } from './oracle.ts';
import type { PaymentScene } from './payment-scene.ts';

export const MUSTERSTADT = 'musterstadt';
export const BEISPIELHAUSEN = 'beispielhausen';
/** Of a Bewohnerparkausweis, in cents. */
const AUSWEIS_MINOR = 3070;
const PATIENCE_MS = 20_000;
const POLL_MS = 200;

interface Told {
  readonly id: string;
  readonly state: string;
  readonly amount: string;
  readonly payPageUrl?: string;
}

interface Submission {
  readonly state: string;
  readonly deliveries: readonly { readonly state: string }[];
}

/** Online services that ask for fees, and citizens who pay them; they write down what they did and were told. */
export class FeePayers {
  readonly journal: ClientLine[] = [];
  readonly #ids = new Set<string>();
  #number = 0;
  #turn = 0;

  constructor(private readonly scene: PaymentScene) {}

  /** Ids of all payments that the hub told of. */
  get told(): readonly string[] {
    return [...this.#ids];
  }

  /** Asks for a fee by HTTP, again with the same key until it is taken. @returns its id */
  async ask(tenant: string): Promise<string> {
    const number = (this.#number += 1);
    const key = `${tenant}-${number}`;
    const cents = 500 + 7 * number;
    const amount = `${Math.trunc(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;
    this.journal.push({ type: 'asked', key, tenant, minor: 2 * cents });
    const booking = { sachkonto: '5110000' };
    const body = {
      tenant,
      items: [{ id: 'karte', name: 'Gästekarte', amount, quantity: 2, taxRate: '0.00', booking }],
    };
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    const told = await this.#until('POST', '/epay21/v1/payments', { headers, body: JSON.stringify(body) });
    return this.#heard(key, told);
  }

  /** Pushes an application, whose fee the hub asks for by itself. */
  async apply(vorgang: string): Promise<{ readonly submissionId: string; readonly id: string }> {
    this.journal.push({ type: 'asked', key: vorgang, tenant: MUSTERSTADT, minor: AUSWEIS_MINOR });
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
    const { contentType, body } = request.body();
    const answer = await fetch(`${await this.scene.intake}/civento/v1/applications`, {
      method: 'POST',
      headers: { 'content-type': contentType, authorization: `Bearer ${await this.scene.token()}` },
      body: body as unknown as ReadableStream,
      duplex: 'half',
    } as RequestInit);
    if (!answer.ok) throw new Error(`the intake answered ${answer.status}`);
    const { id: submissionId } = (await answer.json()) as { id: string };
    const told = await this.#until('GET', `/epay21/v1/submissions/${submissionId}/payment`);
    return { submissionId, id: this.#heard(vorgang, told) };
  }

  /** The citizen goes to the pay page, does what he came for and comes back, where the hub is there. */
  async visit(id: string, action: 'pay' | 'cancel' = 'pay'): Promise<void> {
    const { payPageUrl } = await this.state(id, (told) => told.payPageUrl !== undefined);
    await (await fetch(payPageUrl!)).text();
    const form = new URLSearchParams({ action });
    const paid = await fetch(payPageUrl!, { method: 'POST', body: form, redirect: 'manual' });
    if (paid.status !== 303) throw new Error(`the pay page answered ${paid.status}`);
    const { pathname } = new URL(paid.headers.get('location')!);
    const browser = AbortSignal.timeout(PATIENCE_MS);
    const back = await fetch(`${await this.#bridge()}${pathname}`, { signal: browser }).catch(() => undefined);
    await back?.text().catch(() => undefined);
  }

  /** Asks for a fee and pays it. */
  async askAndPay(tenant: string): Promise<string> {
    const id = await this.ask(tenant);
    await this.visit(id);
    return id;
  }

  /** The payment as its online service sees it, once `holds`. */
  async state(id: string, holds: (told: Told) => boolean): Promise<Told> {
    for (;;) {
      const told = await this.#until('GET', `/epay21/v1/payments/${id}`);
      if (holds(told)) return told;
      await pause(POLL_MS);
    }
  }

  /** An application as its sender sees it, once `holds`. */
  async submission(id: string, holds: (told: Submission) => boolean): Promise<Submission> {
    for (;;) {
      const headers = { authorization: `Bearer ${await this.scene.token()}` };
      const answer = await fetch(`${await this.scene.intake}/civento/v1/applications/${id}`, { headers });
      const told = (await answer.json()) as Submission;
      if (holds(told)) return told;
      await pause(POLL_MS);
    }
  }

  /** Waits until every payment has come to its end, at most so long, and writes down where it is. */
  async allEnded(patienceMs: number): Promise<void> {
    const until = performance.now() + patienceMs;
    const isEnd = ({ state }: Told) => ['BOOKED', 'SETTLED', 'CANCELLED', 'FAILED', 'EXPIRED'].includes(state);
    for (const id of this.#ids) {
      const { state } = await this.state(id, (told) => isEnd(told) || performance.now() > until);
      this.journal.push({ type: 'ended', id, state });
    }
  }

  /** An operator's request, repeated until it is answered. */
  async operate(path: string, body: object): Promise<void> {
    const headers = { 'content-type': 'application/json' };
    await this.#until('POST', path, { headers, body: JSON.stringify(body) });
  }

  /** What an operator does with files whose hand-over was cut off: once more, instead of waiting until nobody claims them. */
  async reissueWaiting(): Promise<void> {
    const path = '/epay21-bridge/ops/v1/files';
    const { files } = (await this.#until('GET', `${path}?state=WRITTEN`)) as unknown as { files: { id: string }[] };
    for (const { id } of files.toReversed()) await this.#until('POST', `${path}/${id}/reissue`);
  }

  #heard(key: string, { id, amount }: Told): string {
    this.#ids.add(id);
    this.journal.push({ type: 'told', key, id, minor: Number(amount.replace('.', '')) });
    return id;
  }

  async #bridge(): Promise<string> {
    return await this.scene.bridge((this.#turn += 1));
  }

  /** Repeats a request, each time at another instance, until it is answered 2xx. @throws where the answer is a no */
  async #until(method: string, path: string, init: RequestInit = {}): Promise<Told> {
    for (;;) {
      const headers = { authorization: `Bearer ${await this.scene.token()}`, ...init.headers };
      const signal = AbortSignal.timeout(PATIENCE_MS);
      const answer = await fetch(`${await this.#bridge()}${path}`, { ...init, method, headers, signal }).catch(
        () => undefined,
      );
      const text = await answer?.text().catch(() => undefined);
      if (answer?.ok && text !== undefined) return JSON.parse(text) as Told;
      const isNo =
        answer && answer.status >= 400 && answer.status < 500 && answer.status !== 404 && answer.status !== 429;
      if (isNo) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
      await pause(POLL_MS);
    }
  }
}
