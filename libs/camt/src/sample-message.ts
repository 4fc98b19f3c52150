import { type ReadCamtOptions, readCamt053 } from './read-camt053.ts';
import type { StatementEntry, StatementPart } from './statement.ts';

const NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:camt.053.001.08';
const GROUP = '<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-20T22:00:00+01:00</CreDtTm></GrpHdr>';
export const ACCOUNT = '<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>';
/** For tests: a camt.053 of these statements. */
export const message = (...statements: readonly string[]) =>
  `<Document xmlns="${NAMESPACE}"><BkToCstmrStmt>${GROUP}${statements.join('')}</BkToCstmrStmt></Document>`;
export const balance = (type: string, amount: string, direction = 'CRDT', currency = 'EUR') =>
  `<Bal><Tp><CdOrPrtry><Cd>${type}</Cd></CdOrPrtry></Tp><Amt Ccy="${currency}">${amount}</Amt>` +
  `<CdtDbtInd>${direction}</CdtDbtInd><Dt><Dt>2026-11-20</Dt></Dt></Bal>`;
export const statement = (content: string, page = '') => `<Stmt><Id>S1</Id>${page}${ACCOUNT}${content}</Stmt>`;
export const entry = (
  amount: string,
  direction = 'CRDT',
  more: { status?: string; rest?: string; currency?: string } = {},
) =>
  `<Ntry><Amt Ccy="${more.currency ?? 'EUR'}">${amount}</Amt><CdtDbtInd>${direction}</CdtDbtInd>` +
  `<Sts><Cd>${more.status ?? 'BOOK'}</Cd></Sts><BkTxCd/>${more.rest ?? ''}</Ntry>`;

/** Details of a bulk booking: totals of the batch, and its transactions. */
export const batch = (content: string, ...amounts: readonly string[]) =>
  `<NtryDtls><Btch>${content}</Btch>${amounts.map((each) => `<TxDtls><Amt Ccy="EUR">${each}</Amt></TxDtls>`).join('')}</NtryDtls>`;

async function* bytes(document: string) {
  yield Buffer.from(document);
}

/** For tests: the parts, and the error at the end where there is one. */
export async function read(document: string, options?: ReadCamtOptions) {
  const parts: StatementPart[] = [];
  try {
    for await (const part of readCamt053(bytes(document), options)) parts.push(part);
  } catch (error) {
    return { parts, error };
  }
  return { parts, error: undefined };
}

export const entriesOf = (parts: readonly StatementPart[]): StatementEntry[] =>
  parts.flatMap((part) => (part.kind === 'entry' ? [part.entry] : []));
