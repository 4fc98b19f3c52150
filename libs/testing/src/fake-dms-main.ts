import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Logger, silentLogger } from '@ozg-hub/core';
import { createXmlPool, loadCatalogue } from '@ozg-hub/xml';
import { FakeDms } from './fake-dms.ts';

const HELP = `A fake DMS: takes xdomea packages (2.4.0 to 3.1.0) out of a directory and answers with results.

  node libs/testing/dist/fake-dms-main.js --inbox <dir> --outbox <dir> --taken <dir> [options]

  --inbox <dir>             where the hub puts packages
  --outbox <dir>            where the replies go
  --taken <dir>             where taken packages stay, with ledger.jsonl and answers.jsonl
  --delay <ms>              wait before each answer
  --refuse <regex>          refuse packages whose Betreff matches
  --refuse-id <regex>       refuse packages whose FachverfahrenObjektID matches
  --refuse-code <code>      code to refuse with (0605005)
  --refuse-times <n>        refuse only this many
  --answer-twice            send every answer twice
  --result-before-receipt   0630 before 0629
  --lose-receipt            never send 0629
  --lose-result             never send 0630
  --stranger                before each 0630 one for an unknown ProzessID
  --parameter <name>        name of the parameter with the Aktenzeichen (Kennzeichen)
  --zip                     reply with packages instead of bare messages
  --answer-version <v>      answer in this version of the standard instead of the message's
  --schemas <dir>           folder with catalog.json
  --help
`;

const { values } = parseArgs({
  options: {
    inbox: { type: 'string' },
    outbox: { type: 'string' },
    taken: { type: 'string' },
    delay: { type: 'string' },
    refuse: { type: 'string' },
    'refuse-id': { type: 'string' },
    'refuse-code': { type: 'string' },
    'refuse-times': { type: 'string' },
    'answer-twice': { type: 'boolean' },
    'result-before-receipt': { type: 'boolean' },
    'lose-receipt': { type: 'boolean' },
    'lose-result': { type: 'boolean' },
    stranger: { type: 'boolean' },
    parameter: { type: 'string' },
    zip: { type: 'boolean' },
    'answer-version': { type: 'string' },
    schemas: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const { inbox, outbox, taken } = values;
if (values.help || !inbox || !outbox || !taken) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 2);
}

const say = (line: string) => process.stderr.write(`fake-dms: ${line}\n`);
const logger: Logger = {
  ...silentLogger,
  warn: ({ error }, message) => say(`${message} ${error instanceof Error ? error.message : ''}`),
  error: ({ error }, message) => say(`${message} ${error instanceof Error ? error.stack : ''}`),
};
const schemas = values.schemas ?? fileURLToPath(new URL('../../../schemas/', import.meta.url));
const pool = createXmlPool({ workers: 1, schemas: await loadCatalogue(schemas) });
const refuses = values.refuse !== undefined || values['refuse-id'] !== undefined;
const dms = new FakeDms({
  inbox,
  outbox,
  taken,
  pool,
  logger,
  delayMs: Number(values.delay ?? 0),
  refuse: refuses
    ? [
        {
          ...(values.refuse !== undefined && { betreff: values.refuse }),
          ...(values['refuse-id'] !== undefined && { fachverfahrenObjektId: values['refuse-id'] }),
          ...(values['refuse-code'] !== undefined && { code: values['refuse-code'] }),
          ...(values['refuse-times'] !== undefined && { times: Number(values['refuse-times']) }),
        },
      ]
    : [],
  answerTwice: values['answer-twice'] ?? false,
  resultBeforeReceipt: values['result-before-receipt'] ?? false,
  loseReceipt: values['lose-receipt'] ?? false,
  loseResult: values['lose-result'] ?? false,
  stranger: values.stranger ?? false,
  ...(values.parameter !== undefined && { parameterName: values.parameter }),
  ...(values['answer-version'] !== undefined && { answerVersion: values['answer-version'] }),
  replyAs: values.zip ? 'zip' : 'xml',
});
await dms.start();
process.stdout.write('ready\n');

const end = () => {
  void dms
    .stop()
    .then(() => pool.close())
    .then(() => process.exit(0));
};
process.once('SIGTERM', end);
process.once('SIGINT', end);
