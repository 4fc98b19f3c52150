import { type Money, formatDecimal } from '@ozg-hub/money';
import type { XmlElement } from '@ozg-hub/xml';
import type { Account, BankTransactionCode, Direction, TypedReference } from './account.ts';
import type { NotificationEntry, NotificationReversal } from './notification.ts';

const RECEIVED: BankTransactionCode = { domain: 'PMNT', family: 'RCDT', subFamily: 'ESCT' };
const RETURNED: BankTransactionCode = { domain: 'PMNT', family: 'RCDT', subFamily: 'RRTN' };

/** An element, left out where it would have no content. */
export function parent(name: string, ...children: readonly (XmlElement | undefined)[]): XmlElement | undefined {
  return children.some((child) => child !== undefined) ? { name, children } : undefined;
}

/** An element with a text, left out where there is none. An empty text stays, to be refused. */
export function leaf(name: string, text: string | undefined): XmlElement | undefined {
  return text === undefined ? undefined : { name, children: [text] };
}

export function amountElement(name: string, amount: Money): XmlElement {
  return { name, attributes: { Ccy: amount.currency }, children: [formatDecimal(amount)] };
}

export function accountElement(account: Account, currency: string): XmlElement | undefined {
  const id = 'iban' in account ? leaf('IBAN', account.iban) : parent('Othr', leaf('Id', account.other));
  return parent('Acct', parent('Id', id), leaf('Ccy', currency));
}

/**
 * `ReportEntry10`: the same in a notification and in a statement.
 * @param bulk details of a bulk booking, whose amount is less by the fee
 */
export function entryElement(entry: NotificationEntry, status: string, bulk?: XmlElement): XmlElement {
  const { fee, reversal } = entry;
  return {
    name: 'Ntry',
    children: [
      leaf('NtryRef', entry.reference),
      amountElement('Amt', entry.amount),
      leaf('CdtDbtInd', entry.direction),
      leaf('RvslInd', reversal && 'true'),
      parent('Sts', leaf('Cd', status)),
      parent('BookgDt', leaf('Dt', entry.bookedOn)),
      parent('ValDt', leaf('Dt', entry.valueOn)),
      leaf('AcctSvcrRef', entry.bankReference),
      codeElement(entry.code ?? (reversal ? RETURNED : RECEIVED)),
      fee && fee.minor !== 0 ? feeElement(fee, bulk !== undefined) : undefined,
      bulk ?? parent('NtryDtls', transactionElement(entry)),
    ],
  };
}

interface Transaction {
  readonly amount: Money;
  readonly direction: Direction;
  readonly endToEndId: string;
  readonly references?: readonly TypedReference[] | undefined;
  readonly creditorReference?: string | undefined;
  readonly remittance?: readonly string[] | undefined;
  readonly reversal?: NotificationReversal | undefined;
}

/** `EntryTransaction10` */
export function transactionElement(transaction: Transaction): XmlElement | undefined {
  const { amount, direction, endToEndId, references = [], creditorReference, remittance = [], reversal } = transaction;
  const proprietary = references.map(({ type, reference }) =>
    parent('Prtry', leaf('Tp', type), leaf('Ref', reference)),
  );
  return parent(
    'TxDtls',
    parent('Refs', leaf('EndToEndId', endToEndId), ...proprietary),
    amountElement('Amt', amount),
    leaf('CdtDbtInd', direction),
    parent(
      'RmtInf',
      ...remittance.map((line) => leaf('Ustrd', line)),
      creditorReference === undefined ? undefined : creditorReferenceElement(creditorReference),
    ),
    reversal &&
      parent(
        'RtrInf',
        parent('Rsn', leaf('Prtry', reversal.reason)),
        ...(reversal.information ?? []).map((line) => leaf('AddtlInf', line)),
      ),
  );
}

function creditorReferenceElement(reference: string): XmlElement | undefined {
  const type = parent('Tp', parent('CdOrPrtry', leaf('Prtry', 'KASSENZEICHEN')));
  return parent('Strd', parent('CdtrRefInf', type, leaf('Ref', reference)));
}

/** An element that has to be there, whatever it holds. */
function codeElement({ domain, family, subFamily, proprietary, issuer }: BankTransactionCode): XmlElement {
  const ofIso = parent('Domn', leaf('Cd', domain), parent('Fmly', leaf('Cd', family), leaf('SubFmlyCd', subFamily)));
  const own = parent('Prtry', leaf('Cd', proprietary), leaf('Issr', issuer));
  return { name: 'BkTxCd', children: [ofIso, own] };
}

function feeElement(fee: Money, included: boolean): XmlElement | undefined {
  return parent(
    'Chrgs',
    amountElement('TtlChrgsAndTaxAmt', fee),
    parent(
      'Rcrd',
      amountElement('Amt', fee),
      leaf('CdtDbtInd', 'DBIT'),
      leaf('ChrgInclInd', String(included)),
      parent('Tp', parent('Prtry', leaf('Id', 'DISAGIO'))),
    ),
  );
}
