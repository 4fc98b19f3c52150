import type { Message } from '@ozg-hub/xdomea';
import { type MessageContext, auftragOf } from './kopf.mapper.ts';
import type { ProtocolEntry } from '../cases/protocol-entry.ts';

/** A line in the protocol of the Vorgang (0607). */
export function toProtokolleintrag(entry: ProtocolEntry, idSgo: string, context: MessageContext): Message {
  const { bearbeiter, at, text: notiz } = entry;
  return { ...auftragOf(context), nachricht: '0607', objekte: [{ idSgo, bearbeiter, at: new Date(at), notiz }] };
}

/** Closes the Vorgang, zu den Akten (0624). */
export function toZdaVerfuegung(idSgo: string, context: MessageContext): Message {
  return { ...auftragOf(context), nachricht: '0624', objekte: [{ idSgo }] };
}
