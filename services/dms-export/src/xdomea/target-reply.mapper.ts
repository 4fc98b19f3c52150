import type { TargetReply } from '@ozg-hub/delivery';
import { type Reply, aktenzeichenOf } from '@ozg-hub/xdomea';
import type { XdomeaTarget } from './xdomea-targets.ts';

/** What the message says, in the engine's words. Whatever is not wholly accepted is a rejection: a person looks. */
export function toTargetReply(reply: Reply, { tenant, target, settings }: XdomeaTarget): TargetReply {
  const exchange = { exchangeId: reply.prozessId, tenant, target };
  if (reply.kind === 'receipt') return { ...exchange, kind: 'receipt' };
  const { message } = reply;
  if (reply.outcome !== 'accepted') {
    return {
      ...exchange,
      kind: 'rejection',
      code: message.code ?? reply.outcome,
      textKey: `xdomea:${message.list}:${message.code ?? 'text'}`,
    };
  }
  const [item] = reply.items;
  const aktenzeichen = item && aktenzeichenOf(item, settings.aktenzeichenParameter);
  return {
    ...exchange,
    kind: 'result',
    ...(aktenzeichen ? { aktenzeichen } : {}),
    ...(item?.idSgo ? { objectId: item.idSgo } : {}),
  };
}
