import { parseArgs } from 'node:util';
import { type Logger, silentLogger } from '@ozg-hub/core';
import { FakeFinanceFiles, type FinanceColumn } from './fake-finance-files.ts';
import { FakeFinanceKafka } from './fake-finance-kafka.ts';
import { FakeFinance } from './fake-finance.ts';

const HELP = `A fake finance system: posts payments in double entry and says so.

  node libs/testing/dist/fake-finance-main.js --books <dir> (--brokers <list> | --inbox <dir> --tenant <slug>) [options]

  --books <dir>         where finance.jsonl lies, and files that were read
  --brokers <list>      consume payment.* of this Kafka and answer booking.*
  --prefix <text>       before each topic
  --inbox <dir>         take posting files out of this folder
  --tenant <slug>       whose files they are
  --columns <list>      what stands in their columns (kassenzeichen,paymentId,eventId,sachkonto,gross,businessDay)
  --answers <dir>       where answers go as files
  --url <address>       where answers go by HTTP, …/epay21/v1/bookings
  --key <key>           API key for it
  --accounts <list>     the only Sachkonten known
  --closed-until <day>  nothing is posted on this day or before
  --help
`;

const { values } = parseArgs({
  options: {
    books: { type: 'string' },
    brokers: { type: 'string' },
    prefix: { type: 'string' },
    inbox: { type: 'string' },
    tenant: { type: 'string' },
    columns: { type: 'string' },
    answers: { type: 'string' },
    url: { type: 'string' },
    key: { type: 'string' },
    accounts: { type: 'string' },
    'closed-until': { type: 'string' },
    help: { type: 'boolean' },
  },
});
const { books, brokers, prefix, inbox, tenant, answers, url, key, accounts } = values;
const reply =
  url && key ? { by: 'http' as const, url, key } : answers ? { by: 'file' as const, folder: answers } : undefined;
if (values.help || !books || (!brokers && !(inbox && tenant && reply))) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 2);
}

const say = (line: string) => process.stderr.write(`fake-finance: ${line}\n`);
const logger: Logger = {
  ...silentLogger,
  warn: (_, message) => say(message),
  error: ({ error }, message) => say(`${message} ${error instanceof Error ? error.stack : ''}`),
};
const closedUntil = values['closed-until'];
const finance = await FakeFinance.open({
  folder: books,
  ...(accounts && { accounts: accounts.split(',') }),
  ...(closedUntil && { closedUntil }),
});
const columns = (values.columns ?? 'kassenzeichen,paymentId,eventId,sachkonto,gross,businessDay').split(',');
const ways = [
  ...(brokers
    ? [new FakeFinanceKafka({ finance, brokers: brokers.split(','), logger, ...(prefix && { prefix }) })]
    : []),
  ...(inbox && tenant && reply
    ? [
        new FakeFinanceFiles({
          ...{ finance, tenant, inbox, reply, logger },
          taken: `${books}/taken`,
          profile: { columns: columns as FinanceColumn[] },
        }),
      ]
    : []),
];
for (const way of ways) await way.start();
process.stdout.write('ready\n');

const end = () => {
  void Promise.all(ways.map((way) => way.stop()))
    .then(() => finance.close())
    .then(() => process.exit(0));
};
process.once('SIGTERM', end);
process.once('SIGINT', end);
