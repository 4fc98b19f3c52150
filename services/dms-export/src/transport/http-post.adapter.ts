import { type RequestBody, writtenBody } from '@ozg-hub/http';
import type { DeliveryWork } from '@ozg-hub/delivery';
import { dmsErrors } from '../errors.ts';
import type { PackageTransport, Parcel, TransportVerdict } from './package-transport.port.ts';
import type { HttpHandOver } from './transport-settings.ts';
import { type WebAnswer, type WebChannel, isPage, refusalOf } from './web-channel.ts';
import { lengthOf } from './web-dav-files.adapter.ts';

/** Result of the step `sending`, stored before the first byte leaves. */
type Sending = { readonly name: string };

/** Parcels by one request each. The server has it when it says so; a request that is cut is none. */
export class HttpPostTransport implements PackageTransport {
  constructor(
    private readonly channel: WebChannel,
    private readonly settings: Pick<HttpHandOver, 'url' | 'probe' | 'processIdHeader' | 'contentLength'>,
  ) {}

  async handOver(work: DeliveryWork, compose: () => Promise<Parcel>): Promise<void> {
    if (work.stored('hand-over') !== undefined) return;
    const parcel = await compose();
    await work.step<Sending>('sending', async () => ({ name: parcel.name }));
    await work.step('hand-over', async () => {
      const status = await this.#post(work, parcel);
      work.failpoints.hit('dms-export.handed-over');
      return { package: parcel.name, status };
    });
  }

  /** Where the server cannot be asked and a request may have left, a person decides. */
  async probe(work: DeliveryWork): Promise<TransportVerdict> {
    if (work.stored('hand-over') !== undefined) return 'effective';
    const sending = work.stored<Sending>('sending');
    if (!sending) return 'not-effective';
    const { probe } = this.settings;
    if (probe === undefined) return { unknown: dmsErrors.HUB_DMS_OUTCOME_UNKNOWN().code };
    const url = new URL(
      probe
        .replaceAll('{name}', encodeURIComponent(sending.name))
        .replaceAll('{id}', encodeURIComponent(work.exchange.id)),
    );
    const answer = await this.channel.send({ method: 'GET', url, changes: false, signal: work.signal });
    if (saysYes(answer)) return 'effective';
    if (answer.status === 404) return 'not-effective';
    throw refusalOf(answer, false);
  }

  async #post(work: DeliveryWork, parcel: Parcel): Promise<number> {
    const { url, processIdHeader } = this.settings;
    const answer = await this.channel.send({
      method: 'POST',
      url: new URL(url),
      headers: {
        'idempotency-key': work.exchange.id,
        [processIdHeader.toLowerCase()]: work.exchange.id,
        'content-disposition': `attachment; filename="${parcel.name}"`,
      },
      body: await this.#bodyOf(work, parcel),
      changes: true,
      signal: work.signal,
    });
    if (saysYes(answer)) return answer.status;
    throw refusalOf(answer, true);
  }

  async #bodyOf(work: DeliveryWork, parcel: Parcel): Promise<RequestBody> {
    const fill = (to: Parameters<Parcel['write']>[0]) => parcel.write(to, work.signal);
    const length = this.settings.contentLength ? await lengthOf(fill) : undefined;
    const send = async (to: Parameters<Parcel['write']>[0]) => {
      await fill(to);
      // The last piece waits for this: what is cut off here was never a request.
      work.requireLease();
    };
    return writtenBody(parcel.mediaType, send, length);
  }
}

/** A login before the server answers with a page and 200. */
function saysYes(answer: WebAnswer): boolean {
  return answer.status >= 200 && answer.status < 300 && !isPage(answer);
}
