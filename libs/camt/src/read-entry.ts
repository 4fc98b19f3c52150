import type { BankTransactionCode, Direction, TypedReference } from './account.ts';
import {
  type Place,
  amount,
  count,
  day,
  direction,
  find,
  findAll,
  indicator,
  need,
  needText,
  text,
} from './element-values.ts';
import type { Charge, EntryBatch, EntryTransaction, ReturnReason, StatementEntry } from './statement.ts';

const NOT_PROVIDED = 'NOTPROVIDED';

/** A transaction as read, before its entry says in which direction it goes. */
export type ReadTransaction = Omit<EntryTransaction, 'direction'> & { readonly direction?: Direction | undefined };

/** @throws HUB_CAMT_VALUE */
export function readEntry(place: Place, position: number, transactions: readonly ReadTransaction[]): StatementEntry {
  const goes = direction(need(place, 'CdtDbtInd'));
  const reversal = find(place, 'RvslInd');
  const status = need(place, 'Sts');
  return {
    position,
    amount: amount(need(place, 'Amt')),
    direction: goes,
    status: text(status, 'Cd') ?? needText(status, 'Prtry'),
    reversal: reversal !== undefined && indicator(reversal),
    bookedOn: day(find(place, 'BookgDt')),
    valueOn: day(find(place, 'ValDt')),
    reference: text(place, 'NtryRef'),
    bankReference: text(place, 'AcctSvcrRef'),
    code: codeOf(need(place, 'BkTxCd')),
    charges: chargesOf(place),
    batches: findAll(place, 'NtryDtls').flatMap(batchesOf),
    transactions: transactions.map((each) => ({ ...each, direction: each.direction ?? goes })),
    information: text(place, 'AddtlNtryInf'),
  };
}

/** @throws HUB_CAMT_VALUE */
export function readTransaction(place: Place): ReadTransaction {
  const value = find(place, 'Amt') ?? find(place, 'AmtDtls', 'TxAmt', 'Amt');
  const goes = find(place, 'CdtDbtInd');
  const references = find(place, 'Refs');
  const code = find(place, 'BkTxCd');
  const reference = (name: string) => references && text(references, name);
  const endToEndId = reference('EndToEndId');
  return {
    amount: value && amount(value),
    direction: goes && direction(goes),
    endToEndId: endToEndId === NOT_PROVIDED ? undefined : endToEndId,
    bankReference: reference('AcctSvcrRef'),
    paymentInformationId: reference('PmtInfId'),
    instructionId: reference('InstrId'),
    transactionId: reference('TxId'),
    mandateId: reference('MndtId'),
    references: references ? findAll(references, 'Prtry').map(typedReferenceOf) : [],
    ...remittanceOf(find(place, 'RmtInf')),
    charges: chargesOf(place),
    returned: returnReasonOf(find(place, 'RtrInf')),
    code: code && codeOf(code),
  };
}

function typedReferenceOf(place: Place): TypedReference {
  return { type: needText(place, 'Tp'), reference: needText(place, 'Ref') };
}

function remittanceOf(place: Place | undefined): Pick<EntryTransaction, 'creditorReferences' | 'remittance'> {
  if (place === undefined) return { creditorReferences: [], remittance: [] };
  return {
    creditorReferences: present(findAll(place, 'Strd').map((each) => text(each, 'CdtrRefInf', 'Ref'))),
    remittance: present(findAll(place, 'Ustrd').map((each) => text(each))),
  };
}

function codeOf(place: Place): BankTransactionCode {
  return {
    domain: text(place, 'Domn', 'Cd'),
    family: text(place, 'Domn', 'Fmly', 'Cd'),
    subFamily: text(place, 'Domn', 'Fmly', 'SubFmlyCd'),
    proprietary: text(place, 'Prtry', 'Cd'),
    issuer: text(place, 'Prtry', 'Issr'),
  };
}

/** The records; where there are none, the total as one. */
function chargesOf(place: Place): Charge[] {
  const charges = find(place, 'Chrgs');
  if (charges === undefined) return [];
  const total = find(charges, 'TtlChrgsAndTaxAmt');
  const records = findAll(charges, 'Rcrd').map(chargeOf);
  return records.length > 0 || total === undefined ? records : [{ amount: amount(total), direction: 'DBIT' }];
}

function chargeOf(record: Place): Charge {
  const goes = find(record, 'CdtDbtInd');
  const included = find(record, 'ChrgInclInd');
  return {
    amount: amount(need(record, 'Amt')),
    direction: goes ? direction(goes) : 'DBIT',
    included: included && indicator(included),
    type: text(record, 'Tp', 'Cd') ?? text(record, 'Tp', 'Prtry', 'Id'),
  };
}

function batchesOf(details: Place): EntryBatch[] {
  const batch = find(details, 'Btch');
  if (batch === undefined) return [];
  const number = find(batch, 'NbOfTxs');
  const total = find(batch, 'TtlAmt');
  return [
    {
      messageId: text(batch, 'MsgId'),
      paymentInformationId: text(batch, 'PmtInfId'),
      count: number && count(number),
      total: total && amount(total),
    },
  ];
}

function returnReasonOf(place: Place | undefined): ReturnReason | undefined {
  return (
    place && {
      reason: text(place, 'Rsn', 'Cd') ?? text(place, 'Rsn', 'Prtry'),
      information: present(findAll(place, 'AddtlInf').map((each) => text(each))),
    }
  );
}

const present = (texts: readonly (string | undefined)[]) => texts.filter((each) => each !== undefined);
