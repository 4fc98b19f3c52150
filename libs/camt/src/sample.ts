import { type Money, add, money, negate, subtract, sum } from '@ozg-hub/money';
import { type XmlElement, writeXml } from '@ozg-hub/xml';
import { accountElement, amountElement, entryElement, leaf, parent, transactionElement } from './entry-element.ts';
import type { NotificationEntry } from './notification.ts';
import { totalsElement } from './write-camt054.ts';

/** An entry of a sample: as one of a notification, or a bulk of transactions. */
export interface SampleEntry extends NotificationEntry {
  /** Default BOOK. */
  readonly status?: string | undefined;
  /** A bulk booking in place of a single payment: `amount` is what the account got, less by `fee`. */
  readonly transactions?: readonly SampleTransaction[] | undefined;
}

export interface SampleTransaction {
  readonly amount: Money;
  readonly endToEndId: string;
  readonly creditorReference?: string | undefined;
}

export interface SampleStatement {
  /** Default `SAMPLE-1`. */
  readonly id?: string | undefined;
  /** Default one of the examples that nobody has. */
  readonly iban?: string | undefined;
  /** Day of the statement, default 2026-11-20. */
  readonly on?: string | undefined;
  /** Default 1,000.00 EUR; entries are in its currency. */
  readonly opening?: Money | undefined;
  /** How many entries. */
  readonly count: number;
  /** The entry at an index from 0; asked for twice, so always the same. Default {@link sampleEntry}. */
  readonly entry?: ((index: number) => SampleEntry) | undefined;
}

const NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:camt.053.001.08';
const PIECE = 64 * 1024;

/** A credit of 12.50 EUR and some cents for Kassenzeichen 4200000000000 and up. */
export function sampleEntry(index: number, on = '2026-11-20'): SampleEntry {
  const kassenzeichen = String(4_200_000_000_000 + index);
  return {
    reference: String(index + 1),
    amount: money(1250 + (index % 100), 'EUR'),
    direction: 'CRDT',
    bookedOn: on,
    valueOn: on,
    bankReference: `BANK${String(index).padStart(12, '0')}`,
    endToEndId: kassenzeichen,
    creditorReference: kassenzeichen,
    remittance: [`Kassenzeichen ${kassenzeichen}`],
  };
}

/** A camt.053.001.08 whose totals are right, made while it is read: of any length without holding it. */
export async function* sampleCamt053(statement: SampleStatement): AsyncGenerator<Buffer, void, undefined> {
  const { count, on = '2026-11-20', opening = money(100_000, 'EUR') } = statement;
  const entry = statement.entry ?? ((index: number) => sampleEntry(index, on));
  const entries = function* () {
    for (let index = 0; index < count; index += 1) yield entry(index);
  };
  let written = headText(statement, on, opening, entries);
  for (const each of entries()) {
    written += fragment(entryElement(each, each.status ?? 'BOOK', bulkElement(each)));
    if (written.length < PIECE) continue;
    yield Buffer.from(written);
    written = '';
  }
  yield Buffer.from(`${written}</Stmt></BkToCstmrStmt></Document>\n`);
}

function headText(
  { id = 'SAMPLE-1', iban = 'DE02120300000000202051' }: SampleStatement,
  on: string,
  opening: Money,
  entries: () => Iterable<SampleEntry>,
): string {
  let closing = opening;
  for (const { amount, direction, status = 'BOOK' } of entries()) {
    if (status === 'BOOK') closing = direction === 'CRDT' ? add(closing, amount) : subtract(closing, amount);
  }
  const created = leaf('CreDtTm', `${on}T22:00:00Z`);
  const head = [
    leaf('Id', id),
    created,
    accountElement({ iban }, opening.currency),
    balanceElement('OPBD', opening, on),
    balanceElement('CLBD', closing, on),
    totalsElement(entries(), opening.currency),
  ];
  const group = parent('GrpHdr', leaf('MsgId', id), created);
  const texts = head.map((each) => (each === undefined ? '' : fragment(each)));
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="${NAMESPACE}"><BkToCstmrStmt>` +
    `${group === undefined ? '' : fragment(group)}<Stmt>${texts.join('')}`
  );
}

function balanceElement(type: string, balance: Money, on: string): XmlElement | undefined {
  const negative = balance.minor < 0;
  return parent(
    'Bal',
    parent('Tp', parent('CdOrPrtry', leaf('Cd', type))),
    amountElement('Amt', negative ? negate(balance) : balance),
    leaf('CdtDbtInd', negative ? 'DBIT' : 'CRDT'),
    parent('Dt', leaf('Dt', on)),
  );
}

function bulkElement({ transactions, amount: { currency }, direction }: SampleEntry): XmlElement | undefined {
  if (transactions === undefined) return undefined;
  const total = sum(
    transactions.map(({ amount }) => amount),
    currency,
  );
  const batch = parent(
    'Btch',
    leaf('NbOfTxs', String(transactions.length)),
    amountElement('TtlAmt', total),
    leaf('CdtDbtInd', direction),
  );
  return parent('NtryDtls', batch, ...transactions.map((each) => transactionElement({ ...each, direction })));
}

/** The element without the declaration of a document. */
function fragment(element: XmlElement): string {
  const written = writeXml(element);
  return written.slice(written.indexOf('\n') + 1);
}
