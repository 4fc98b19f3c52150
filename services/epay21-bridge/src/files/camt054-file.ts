import { type NotificationEntry, camt054Schema, writeCamt054 } from '@ozg-hub/camt';
import type { XmlPool } from '@ozg-hub/xml';
import type { Camt054Profile } from './file-profile.ts';
import type { FileFacts } from './posting-values.ts';
import type { Posting } from './posting.ts';

/**
 * Postings as an advice of expected bookings, an entry each, checked against the profile schema.
 * @throws HUB_CAMT_VALUE, HUB_XML_INVALID
 */
export async function camt054File(
  profile: Camt054Profile,
  facts: FileFacts,
  postings: readonly Posting[],
  xml: XmlPool,
): Promise<Buffer> {
  const text = writeCamt054({
    // A receiver may get files of several municipalities, all with a number 1.
    messageId: compact(facts.id),
    id: String(facts.number),
    createdAt: facts.createdAt,
    sequence: facts.number,
    account: { iban: profile.iban },
    currency: facts.currency,
    entries: postings.map(entryOf),
  });
  // The pool empties what it is given.
  await xml.run({ document: Buffer.from(text), schema: camt054Schema });
  return Buffer.from(text);
}

function entryOf(posting: Posting): NotificationEntry {
  const { reversal } = posting;
  const transaction = posting.transactionId && compact(posting.transactionId);
  return {
    reference: compact(posting.eventId),
    amount: posting.gross,
    direction: reversal ? 'DBIT' : 'CRDT',
    bookedOn: posting.businessDay,
    // A longer one of the payment service fits nowhere; the payment's own id finds it.
    ...(transaction && transaction.length <= 35 && { bankReference: transaction }),
    fee: posting.fee,
    endToEndId: posting.kassenzeichen,
    creditorReference: posting.kassenzeichen,
    references: [{ type: 'PAYMENT', reference: compact(posting.paymentId) }],
    ...(posting.purpose !== '' && { remittance: [posting.purpose] }),
    ...(reversal && {
      reversal: { reason: reversal.kind, information: [`Original ${reversal.originalEventId}`] },
    }),
  };
}

/** Ids without hyphens, since camt has 35 characters for them. */
function compact(id: string): string {
  return id.replaceAll('-', '');
}
