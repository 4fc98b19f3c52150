import { parseArgs } from 'node:util';
import { FakeEpay21 } from './fake-epay21.ts';

const HELP = `A fake ePay21 on 127.0.0.1: XBezahldienste 1.0.0, SOAP v11 and a pay page over one set of books.

  node libs/testing/dist/fake-epay21-main.js [options]

  --port <n>            default: any free one; its addresses are printed
  --folder <dir>        keeps the books there (books.jsonl); a restart goes on
  --user <name>         only this user, with
  --password <text>     this password; default: any
  --originator <id>     default ozg-hub
  --endpoint <id>       default 06999001, also the Mandant
  --fee <cents>         kept of each payment; default 35
  --help
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    folder: { type: 'string' },
    user: { type: 'string' },
    password: { type: 'string' },
    originator: { type: 'string' },
    endpoint: { type: 'string' },
    fee: { type: 'string' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const { folder, user, password, originator = 'ozg-hub', endpoint = '06999001' } = values;
const fake = new FakeEpay21({
  port: Number(values.port ?? 0),
  feeMinor: Number(values.fee ?? 35),
  payees: [{ originatorId: originator, endpointId: endpoint, mandant: endpoint }],
  ...(folder !== undefined && { folder }),
  ...(user !== undefined && password !== undefined && { credentials: { user, password } }),
});
await fake.start();
process.stdout.write(`rest ${fake.restUrl}\nsoap ${fake.soapUrl}\nready\n`);

const end = () => void fake.stop().then(() => process.exit(0));
process.once('SIGTERM', end);
process.once('SIGINT', end);
