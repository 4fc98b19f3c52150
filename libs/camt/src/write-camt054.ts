import type { ErrorPlace } from '@ozg-hub/core';
import { type Money, add, formatDecimal, money, negate, subtract } from '@ozg-hub/money';
import { type XmlElement, writeXml } from '@ozg-hub/xml';
import type { BankTransactionCode } from './account.ts';
import { placesOf } from './check-elements.ts';
import { accountElement, entryElement, leaf, parent } from './entry-element.ts';
import { camtErrors } from './errors.ts';
import type { Notification, NotificationEntry } from './notification.ts';

/** Id of the profile in the schema catalogue. */
export const camt054Schema = 'camt.054/001.08';

const NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:camt.054.001.08';
const NOTIFICATION = '/Document/BkToCstmrDbtCdtNtfctn[1]/Ntfctn[1]';
const MOST_PLACES = 50;

/**
 * The notification as camt.054.001.08: UTF-8 text, the same bytes for the same input. Every entry has status PDNG, since
 * BOOK belongs to the bank. Control totals are in `TxsSummry`.
 * @throws HUB_CAMT_VALUE with the places that do not fit, at most 50; HUB_MONEY_RANGE, HUB_XML_CHARACTER
 */
export function writeCamt054(notification: Notification): string {
  refuse(headPlaces(notification));
  refuse(entryPlaces(notification));
  const root = documentElement(notification);
  refuse(placesOf(root));
  return writeXml(root);
}

function refuse(places: readonly ErrorPlace[]): void {
  if (places.length > 0) throw camtErrors.HUB_CAMT_VALUE({ places: places.slice(0, MOST_PLACES) });
}

function documentElement(notification: Notification): XmlElement {
  const { messageId, id, createdAt, sequence, account, currency, entries } = notification;
  const created = leaf('CreDtTm', instant(createdAt));
  return {
    name: 'Document',
    attributes: { xmlns: NAMESPACE },
    children: [
      parent(
        'BkToCstmrDbtCdtNtfctn',
        parent('GrpHdr', leaf('MsgId', messageId), created),
        parent(
          'Ntfctn',
          leaf('Id', id),
          leaf('ElctrncSeqNb', sequence?.toString()),
          created,
          accountElement(account, currency),
          totalsElement(entries, currency),
          ...entries.map((entry) => entryElement(entry, 'PDNG')),
        ),
      ),
    ],
  };
}

/** `TotalTransactions6` of entries in one currency. */
export function totalsElement(entries: Iterable<NotificationEntry>, currency: string): XmlElement | undefined {
  const none = { count: 0, sum: money(0, currency) };
  const totals = { CRDT: none, DBIT: none };
  for (const { direction, amount } of entries) {
    const { count, sum } = totals[direction];
    totals[direction] = { count: count + 1, sum: add(sum, amount) };
  }
  const { CRDT, DBIT } = totals;
  const net = subtract(CRDT.sum, DBIT.sum);
  return parent(
    'TxsSummry',
    parent(
      'TtlNtries',
      ...countAndSum(CRDT.count + DBIT.count, add(CRDT.sum, DBIT.sum)),
      parent(
        'TtlNetNtry',
        leaf('Amt', formatDecimal(net.minor < 0 ? negate(net) : net)),
        leaf('CdtDbtInd', net.minor < 0 ? 'DBIT' : 'CRDT'),
      ),
    ),
    parent('TtlCdtNtries', ...countAndSum(CRDT.count, CRDT.sum)),
    parent('TtlDbtNtries', ...countAndSum(DBIT.count, DBIT.sum)),
  );
}

function countAndSum(count: number, sum: Money) {
  return [leaf('NbOfNtries', String(count)), leaf('Sum', formatDecimal(sum))];
}

const instant = (at: Date) => at.toISOString().replace(/\.\d{3}Z$/, 'Z');
const isInstant = (at: Date) => !Number.isNaN(at.getTime()) && at.getUTCFullYear() > 0 && at.getUTCFullYear() < 10_000;

function isWhole({ domain, family, subFamily, proprietary, issuer }: BankTransactionCode): boolean {
  const given = [domain, family, subFamily].filter((part) => part !== undefined).length;
  return (given === 0 || given === 3) && (issuer === undefined || proprietary !== undefined);
}

function headPlaces({ createdAt, sequence }: Notification): ErrorPlace[] {
  const checks: readonly (readonly [right: boolean, name: string, message: string])[] = [
    [isInstant(createdAt), 'CreDtTm', 'must be a time'],
    [sequence === undefined || (Number.isSafeInteger(sequence) && sequence >= 0), 'ElctrncSeqNb', 'must be a number'],
  ];
  return checks
    .filter(([right]) => !right)
    .map(([, name, message]) => ({ path: `${NOTIFICATION}/${name}[1]`, message }));
}

function entryPlaces({ entries, currency }: Notification): ErrorPlace[] {
  const references = new Set<string>();
  return entries.flatMap((entry, index) => {
    const at = (name: string, message: string) => ({ path: `${NOTIFICATION}/Ntry[${index + 1}]/${name}[1]`, message });
    const { amount, fee, reference, code } = entry;
    const places: ErrorPlace[] = [];
    if (amount.minor <= 0) places.push(at('Amt', 'must be more than zero'));
    if (amount.currency !== currency) places.push(at('Amt', 'must be in the currency of the account'));
    if (fee && fee.minor < 0) places.push(at('Chrgs', 'must not be negative'));
    if (references.has(reference)) places.push(at('NtryRef', 'repeats the reference of an entry before'));
    references.add(reference);
    if (code && !isWhole(code)) places.push(at('BkTxCd', 'must be of domain, family and sub-family, or proprietary'));
    return places;
  });
}
