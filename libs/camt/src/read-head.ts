import type { Account } from './account.ts';
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
  refuse,
  signed,
  text,
} from './element-values.ts';
import type { Balance, StatementHead } from './statement.ts';

/** @throws HUB_CAMT_VALUE */
export function readHead(message: StatementHead['message'], group: Place, place: Place): StatementHead {
  const page = pageOf(place);
  return {
    message,
    messageId: needText(group, 'MsgId'),
    createdAt: needText(group, 'CreDtTm'),
    id: needText(place, 'Id'),
    sequence: text(place, 'ElctrncSeqNb'),
    page,
    account: accountOf(need(place, 'Acct', 'Id')),
    currency: text(place, 'Acct', 'Ccy'),
    from: text(place, 'FrToDt', 'FrDtTm'),
    to: text(place, 'FrToDt', 'ToDtTm'),
    copy: text(place, 'CpyDplctInd'),
    ...balancesOf(place, page),
  };
}

function pageOf(place: Place): StatementHead['page'] {
  const page = find(place, 'StmtPgntn') ?? find(place, 'NtfctnPgntn');
  return page && { number: count(need(page, 'PgNb')), last: indicator(need(page, 'LastPgInd')) };
}

function accountOf(id: Place): Account {
  const iban = text(id, 'IBAN');
  return iban === undefined ? { other: needText(id, 'Othr', 'Id') } : { iban };
}

/** A later page opens, and an earlier one closes, with an interim balance (ITBD), first and last in order. */
function balancesOf(place: Place, page: StatementHead['page']): Pick<StatementHead, 'opening' | 'closing'> {
  const all = findAll(place, 'Bal');
  const of = (type: string) => all.filter((balance) => text(balance, 'Tp', 'CdOrPrtry', 'Cd') === type);
  const interim = of('ITBD');
  const later = page !== undefined && page.number > 1;
  const earlier = page !== undefined && !page.last;
  const [opening] = [...of('OPBD'), ...of('PRCD'), ...(later ? interim : [])];
  const closing = of('CLBD')[0] ?? (earlier ? interim.at(-1) : undefined);
  if (opening !== undefined && opening === closing) return { closing: balanceOf(closing) };
  const balances = { opening: opening && balanceOf(opening), closing: closing && balanceOf(closing) };
  const currencies = new Set([balances.opening?.amount.currency, balances.closing?.amount.currency]);
  if (opening && closing && currencies.size > 1) refuse(closing, 'must be in the currency of the opening balance');
  return balances;
}

function balanceOf(balance: Place): Balance {
  return {
    amount: signed(amount(need(balance, 'Amt')), direction(need(balance, 'CdtDbtInd'))),
    on: day(need(balance, 'Dt')) ?? '',
  };
}
