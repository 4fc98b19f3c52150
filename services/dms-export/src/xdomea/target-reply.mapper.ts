import type { TargetObject, TargetReply } from '@ozg-hub/delivery';
import { type Reply, type Result, type ResultItem, type Rueckmeldung, aktenzeichenOf } from '@ozg-hub/xdomea';
import type { XdomeaTarget } from './xdomea-targets.ts';

/**
 * What the message says, in the engine's words. Whatever is not wholly accepted is a rejection: a person looks. What it
 * says of single objects goes along, by number.
 */
export function toTargetReply(reply: Reply, { tenant, target, settings }: XdomeaTarget): TargetReply {
  const exchange = { exchangeId: reply.prozessId, tenant, target };
  if (reply.kind === 'receipt') return { ...exchange, kind: 'receipt' };
  const objects = reply.items.length === 0 ? {} : { objects: reply.items.map(objectOf) };
  if (reply.outcome !== 'accepted') return { ...exchange, ...objects, kind: 'rejection', ...reasonOf(reply) };
  const [item] = reply.items;
  const aktenzeichen = item && aktenzeichenOf(item, settings.aktenzeichenParameter);
  return {
    ...exchange,
    ...objects,
    kind: 'result',
    ...(aktenzeichen ? { aktenzeichen } : {}),
    ...(item?.idSgo ? { objectId: item.idSgo } : {}),
  };
}

function objectOf({ nummerImStapel, successful, idSgo, codes }: ResultItem): TargetObject {
  const code = successful ? undefined : codes.map(codeOf).find((each) => each !== undefined);
  return {
    number: nummerImStapel,
    successful,
    ...(idSgo ? { objectId: idSgo } : {}),
    ...(code === undefined ? {} : { code }),
  };
}

/**
 * What the message says as a whole; where that is only "fine", the reason of the first object that was refused. Never
 * the free text.
 */
function reasonOf({ message, outcome, items }: Result): { code: string; textKey: string } {
  const said = message.kind === 'fine' ? items.flatMap(({ codes }) => codes)[0] : message;
  const code = said && codeOf(said);
  return { code: code ?? outcome, textKey: `xdomea:${said?.list ?? message.list}:${code ?? 'text'}` };
}

/** Lists of a DMS's own let it write sentences where a code belongs. */
function codeOf({ code }: Rueckmeldung): string | undefined {
  return code !== undefined && /^[\w.:-]{1,32}$/.test(code) ? code : undefined;
}
