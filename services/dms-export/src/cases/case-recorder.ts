import type { Deliveries, DeliveryChange } from '@ozg-hub/delivery';
import type { Tx } from '@ozg-hub/store';
import { type CaseEvent, FILING, type FiledDocument, type FilingPlan, NOTICE, ORDER, eventOf } from './case.ts';
import { CaseRepository } from './case.repository.ts';

type Told = DeliveryChange & { readonly event: CaseEvent; readonly plan: FilingPlan | undefined };

/** Deliveries that belong to cases. */
const OF_CASES: readonly string[] = [FILING, ORDER, NOTICE];
const EFFECTIVE: readonly string[] = ['CONFIRMED', 'DELIVERED'];

/** Keeps what the DMS said about cases, in the transaction that changes the delivery, and queues what still follows. */
export class CaseRecorder {
  constructor(
    private readonly deliveries: Pick<Deliveries, 'queue'>,
    private readonly cases = new CaseRepository(),
  ) {}

  async record(tx: Tx, changes: readonly DeliveryChange[]): Promise<void> {
    for (const { delivery } of changes) {
      const { id, state, purpose, supersededBy } = delivery;
      if (state === 'SUPERSEDED' && purpose === ORDER && supersededBy)
        await this.cases.closingAgain(tx, id, supersededBy);
    }
    const telling = changes.filter(
      ({ delivery: { state, purpose }, answer }) =>
        OF_CASES.includes(purpose) && (EFFECTIVE.includes(state) || answer !== undefined),
    );
    if (telling.length === 0) return;
    const plans = await this.cases.plans(tx, telling.map(exchangeOf));
    const all = telling.map((change): Told => ({
      ...change,
      event: eventOf(change.delivery),
      plan: plans.get(exchangeOf(change)),
    }));
    const done = all.filter(({ delivery }) => EFFECTIVE.includes(delivery.state));
    await this.cases.filed(
      tx,
      done
        .filter(({ event }) => event === 'erstantrag')
        .map(({ delivery: { submissionId, tenant, target, lane, objectId, aktenzeichen } }) => ({
          ...{ submissionId, tenant, target, lane },
          ...(objectId === undefined ? {} : { objectId }),
          ...(aktenzeichen === undefined ? {} : { aktenzeichen }),
        })),
    );
    await this.cases.filedDocuments(tx, all.flatMap(filedDocuments));
    await this.cases.closed(
      tx,
      done.filter(({ event }) => event === 'abschluss').map(({ delivery }) => delivery.id),
    );
    await this.#queueRest(tx, done);
  }

  /** What the message could not carry follows, before whatever waits in the lane already. */
  async #queueRest(tx: Tx, done: readonly Told[]): Promise<void> {
    const rests = done.filter(({ plan }) => plan?.rest);
    await this.deliveries.queue(
      tx,
      rests.map(({ delivery: { id, submissionId, tenant, target, lane, purpose, reference, traceparent } }) => ({
        ...{ submissionId, tenant, target, lane, purpose, traceparent },
        reference: { ...reference, event: 'dokumente' },
        naturalKey: `rest:${id}`,
        placeOf: id,
      })),
    );
  }
}

const exchangeOf = ({ delivery, answer }: DeliveryChange) => answer?.exchangeId ?? delivery.exchangeId;

/** Those that were accepted: as the DMS says of each, or all where it only accepts the message. */
function filedDocuments({ delivery, answer, plan }: Told): FiledDocument[] {
  const { id: deliveryId, submissionId, tenant, target, lane, state } = delivery;
  const said = new Map(answer?.objects.map((object) => [object.number, object]));
  return (plan?.documents ?? []).flatMap(({ number, ref, key, idDokument }) => {
    const object = said.get(number);
    if (!(object?.successful ?? EFFECTIVE.includes(state))) return [];
    return [{ deliveryId, submissionId, tenant, target, lane, ref, key, objectId: object?.objectId ?? idDokument }];
  });
}
