import { parseTraceparent } from '@ozg-hub/core';
import type { DeliveryChange } from '@ozg-hub/delivery';
import { FILING } from './cases/case.ts';
import { type EncodedEvent, encodeEvent, recordsFiled, recordsRejected } from '@ozg-hub/events';

/** What other services hear when a record was filed or refused. */
export function announceRecords(source: string, { delivery, at, from }: DeliveryChange): EncodedEvent[] {
  if (from === delivery.state || delivery.purpose !== FILING) return [];
  const origin = { source, at, sequence: delivery.sequence, trace: parseTraceparent(delivery.traceparent) };
  const filing = {
    deliveryId: delivery.id,
    submissionId: delivery.submissionId,
    tenant: delivery.tenant,
    target: delivery.target,
    ...(delivery.reference['vorgang'] ? { vorgang: delivery.reference['vorgang'] } : {}),
    prozessId: delivery.exchangeId,
    at: at.toISOString(),
  };
  if (delivery.state === 'CONFIRMED' || delivery.state === 'DELIVERED') {
    const { aktenzeichen, objectId } = delivery;
    const named = { ...(aktenzeichen ? { aktenzeichen } : {}), ...(objectId ? { objectId } : {}) };
    return [encodeEvent(recordsFiled, { ...filing, ...named }, origin)];
  }
  if (delivery.state !== 'REJECTED') return [];
  const reason = delivery.textKey ? { reason: delivery.textKey } : {};
  return [encodeEvent(recordsRejected, { ...filing, code: delivery.code ?? 'unknown', ...reason }, origin)];
}
