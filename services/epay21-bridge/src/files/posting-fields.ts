/** What a cell of a posting file can hold: of the posting, of its payment, of its line, of the file. */
export const postingFields = [
  // The file.
  'tenant',
  'fileNumber',
  'lineNumber',
  'businessDay',
  // The payment.
  'paymentId',
  'eventId',
  'kassenzeichen',
  'transactionId',
  'providerReference',
  'provider',
  'purpose',
  'method',
  'submissionId',
  'leistung',
  'vorgang',
  'paidAt',
  'currency',
  // Money that went back.
  'reversal',
  'reversalId',
  'originalEventId',
  'reversedAt',
  'reason',
  // The line: of an item, or of the payment as a whole.
  'gross',
  'net',
  'tax',
  'fee',
  'sign',
  'taxRate',
  'item.id',
  'item.reference',
  'item.description',
  'item.quantity',
  'booking.produkt',
  'booking.sachkonto',
  'booking.kostenstelle',
  'booking.kostentraeger',
  'booking.haushaltsstelle',
  'booking.objektnummer',
  'booking.buchungstext',
  'booking.steuerschluessel',
] as const;
export type PostingField = (typeof postingFields)[number];

/** What a line before or after the postings can hold. Amounts are without sign, but for `net`. */
export const totalFields = [
  'tenant',
  'fileNumber',
  'businessDay',
  'createdAt',
  'currency',
  'lines',
  'postings',
  'gross',
  'fee',
  'reversed',
  'net',
] as const;
export type TotalField = (typeof totalFields)[number];

const PLACEHOLDER = /\{\{([A-Za-z.]+)\}\}/g;

/** What is wrong with a template of `{{name}}`; empty where nothing is. */
export function templateProblems(template: string, known: readonly string[]): readonly string[] {
  const problems = [...template.matchAll(PLACEHOLDER)]
    .filter(([, name]) => !known.includes(name!))
    .map(([, name]) => `unknown placeholder {{${name}}}; known are ${known.join(', ')}`);
  if (/[{}]/.test(template.replaceAll(PLACEHOLDER, ''))) problems.push('a { or } without its counterpart');
  return problems;
}

/** Replaces each `{{name}}`. */
export function fillTemplate<Field extends string>(template: string, valueOf: (field: Field) => string): string {
  return template.replaceAll(PLACEHOLDER, (_, name: string) => valueOf(name as Field));
}
