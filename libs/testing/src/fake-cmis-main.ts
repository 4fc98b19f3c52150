import { parseArgs } from 'node:util';
import { FakeCmis } from './fake-cmis.ts';

const HELP = `A fake CMIS 1.1 repository: browser binding under /browser, AtomPub under /atom, repository A1.

  node libs/testing/dist/fake-cmis-main.js [options]

  --port <n>            default: any free one; the addresses are printed
  --folder <dir>        where contents and ledger.jsonl go (default: a temporary folder, removed at the end)
  --user <name>         with --password: the only credentials accepted (default: any)
  --password <text>
  --csrf <header>       ask for a CSRF token in this header
  --alfresco            exception names and type ids as Alfresco has them
  --help

Types beside cmis:folder and cmis:document: eakte:vorgang, eakte:dokument, secondary ozg:herkunft (ozg:hubId).
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    folder: { type: 'string' },
    user: { type: 'string' },
    password: { type: 'string' },
    csrf: { type: 'string' },
    alfresco: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const { user, password } = values;
const repository = new FakeCmis({
  port: Number(values.port ?? 0),
  ...(values.folder !== undefined && { folder: values.folder }),
  ...(user !== undefined && password !== undefined && { credentials: { user, password } }),
  ...(values.csrf !== undefined && { csrfHeader: values.csrf }),
  ...(values.alfresco && { style: 'alfresco' as const }),
});
await repository.start();
process.stdout.write(`ready ${repository.url('browser')} ${repository.url('atompub')}\n`);

const end = () => void repository.stop().then(() => process.exit(0));
process.once('SIGTERM', end);
process.once('SIGINT', end);
