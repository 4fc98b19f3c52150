import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { FakeBundId } from './fake-bundid.ts';
import { certifiedKey } from './fake-idp-key.ts';
import { FakeMuk } from './fake-muk.ts';

const HELP = `A fake BundID or Mein Unternehmenskonto on 127.0.0.1: SAML 2.0 with a login page of invented persons.

  node libs/testing/dist/fake-idp-main.js --kind <bundid|muk> [options]

  --kind <kind>              bundid or muk
  --port <n>                 default: any free one; the address of its metadata is printed
  --entity-id <uri>
  --sp-metadata <file>       of a service provider that may ask; may be given again
  --save-metadata <file>     writes its own metadata there
  --days <n>                 validity of its certificate; default 365
  --help
`;

const { values } = parseArgs({
  options: {
    kind: { type: 'string' },
    port: { type: 'string' },
    'entity-id': { type: 'string' },
    'sp-metadata': { type: 'string', multiple: true },
    'save-metadata': { type: 'string' },
    days: { type: 'string' },
    help: { type: 'boolean' },
  },
});
const kinds = { bundid: FakeBundId, muk: FakeMuk };
const kind = Object.entries(kinds).find(([name]) => name === values.kind)?.[1];
if (values.help || !kind) {
  process.stdout.write(HELP);
  process.exit(values.help ? 0 : 2);
}

const entityId = values['entity-id'];
const key = await certifiedKey({ commonName: `Fake ${values.kind}`, days: Number(values.days ?? 365) });
const files = values['sp-metadata'] ?? [];
const serviceProviders = await Promise.all(files.map((file) => readFile(file, 'utf8')));
const fake = new kind({ port: Number(values.port ?? 0), key, serviceProviders, ...(entityId && { entityId }) });
await fake.start();
if (values['save-metadata']) await writeFile(values['save-metadata'], fake.metadata());
process.stdout.write(`metadata ${fake.origin}/metadata\nsso ${fake.ssoUrl}\nready\n`);

const end = () => void fake.stop().then(() => process.exit(0));
process.once('SIGTERM', end);
process.once('SIGINT', end);
