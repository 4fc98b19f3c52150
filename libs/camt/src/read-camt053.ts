import type { ErrorPlace } from '@ozg-hub/core';
import { type StreamedPart, type XmlTree, streamElements } from '@ozg-hub/xml';
import { type Place, refuse } from './element-values.ts';
import { camtErrors } from './errors.ts';
import { type ReadTransaction, readEntry, readTransaction } from './read-entry.ts';
import { readHead } from './read-head.ts';
import { RunningTotals } from './running-totals.ts';
import type { StatementHead, StatementPart } from './statement.ts';

export interface ReadCamtOptions {
  /** Largest message in bytes; default 1 GiB. */
  readonly maxBytes?: number | undefined;
  /** Most transactions of one entry, which are given together; default 100,000. */
  readonly mostTransactions?: number | undefined;
}

const MOST_PLACES = 50;
const NAMESPACE = 'urn:iso:std:iso:20022:tech:xsd:';
const MESSAGES: Readonly<Record<string, { message: StatementHead['message']; path: string; local: string }>> = {
  [`${NAMESPACE}camt.053.001.08`]: { message: 'camt.053', path: '/Document/BkToCstmrStmt', local: 'Stmt' },
  [`${NAMESPACE}camt.054.001.08`]: { message: 'camt.054', path: '/Document/BkToCstmrDbtCdtNtfctn', local: 'Ntfctn' },
};

/**
 * Reads a camt.053.001.08, or a camt.054.001.08 of a bank, while it comes in: memory holds one entry, however long the
 * message. What was given is only proven when the generator ends: then the entries were counted and added and agree
 * with balances and totals. So use nothing for good before the end.
 * @throws HUB_CAMT_MESSAGE, HUB_CAMT_VERSION, HUB_CAMT_VALUE, HUB_CAMT_LIMIT; HUB_CAMT_TOTALS after the last part;
 * HUB_XML_*, HUB_MONEY_RANGE
 */
export async function* readCamt053(
  source: AsyncIterable<Uint8Array>,
  { maxBytes, mostTransactions = 100_000 }: ReadCamtOptions = {},
): AsyncGenerator<StatementPart, void, undefined> {
  const reader = new Reader(mostTransactions);
  const options = {
    heads: ['Stmt', 'Ntfctn'],
    elements: ['GrpHdr', 'Ntry', 'TxDtls'],
    ...(maxBytes !== undefined && { maxBytes }),
  };
  for await (const part of streamElements(source, options)) {
    const read = reader.read(part);
    if (read !== undefined) yield read;
  }
  reader.finish();
}

class Reader {
  readonly #mostTransactions: number;
  readonly #differences: ErrorPlace[] = [];
  #message: StatementHead['message'] = 'camt.053';
  #path = '';
  #local = '';
  #group: Place | undefined;
  #statements = 0;
  #totals: RunningTotals | undefined;
  #transactions: ReadTransaction[] = [];

  constructor(mostTransactions: number) {
    this.#mostTransactions = mostTransactions;
  }

  read({ kind, tree }: StreamedPart): StatementPart | undefined {
    if (kind === 'root') return this.#root(tree);
    if (kind === 'head') return this.#head(tree);
    if (kind === 'end') return this.#end();
    if (tree.local === 'Ntry') return this.#entry(tree);
    if (tree.local === 'TxDtls') return this.#transaction(tree);
    this.#group = { tree, path: `${this.#path}/GrpHdr` };
    return undefined;
  }

  finish(): void {
    if (this.#statements === 0) {
      throw camtErrors.HUB_CAMT_VALUE({ places: [{ path: this.#path, message: `lacks ${this.#local}` }] });
    }
    if (this.#differences.length > 0) throw camtErrors.HUB_CAMT_TOTALS({ places: this.#differences });
  }

  #root({ namespace, local }: XmlTree): undefined {
    const known = Object.hasOwn(MESSAGES, namespace) ? MESSAGES[namespace] : undefined;
    if (known === undefined || local !== 'Document') throw notRead(namespace);
    this.#message = known.message;
    this.#path = known.path;
    this.#local = known.local;
  }

  #head(tree: XmlTree): StatementPart {
    this.#statements += 1;
    const place = { tree, path: `${this.#path}/${tree.local}[${this.#statements}]` };
    if (tree.local !== this.#local) refuse(place, `is not expected here; expected: ${this.#local}`);
    if (this.#totals !== undefined) refuse(place, 'must not stand in another');
    const group = this.#group ?? refuse(place, 'lacks GrpHdr before it');
    const head = readHead(this.#message, group, place);
    this.#totals = new RunningTotals(head, place);
    return { kind: 'head', head };
  }

  #transaction(tree: XmlTree): undefined {
    if (this.#transactions.length === this.#mostTransactions) {
      throw camtErrors.HUB_CAMT_LIMIT({ places: [{ line: tree.line, message: 'one transaction more than allowed' }] });
    }
    const path = `${this.#entryPath()}/NtryDtls/TxDtls[${this.#transactions.length + 1}]`;
    this.#transactions.push(readTransaction({ tree, path }));
  }

  #entry(tree: XmlTree): StatementPart {
    const place = { tree, path: this.#entryPath() };
    const totals = this.#totals ?? refuse(place, 'stands outside a statement');
    const entry = readEntry(place, totals.entries + 1, this.#transactions);
    this.#transactions = [];
    totals.add(entry, place);
    return { kind: 'entry', entry };
  }

  #entryPath(): string {
    return `${this.#path}/${this.#local}[${this.#statements}]/Ntry[${(this.#totals?.entries ?? 0) + 1}]`;
  }

  #end(): StatementPart | undefined {
    const ended = this.#totals?.end();
    this.#totals = undefined;
    if (ended === undefined) return undefined;
    this.#differences.push(...ended.differences.slice(0, MOST_PLACES - this.#differences.length));
    return { kind: 'end', totals: ended.totals };
  }
}

function notRead(namespace: string): Error {
  const other = /:camt\.05[34]\.\d{3}\.\d{2}$/.test(namespace);
  return other ? camtErrors.HUB_CAMT_VERSION() : camtErrors.HUB_CAMT_MESSAGE();
}
