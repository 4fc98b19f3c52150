import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { CertifiedKey } from '@ozg-hub/testing';
import { canRunPrograms, endServer, freePort } from '@ozg-hub/testing/servers';

const HOME = '/usr/share/simplesamlphp';
const CONFIGURATION = '/etc/simplesamlphp';
const HOST = '127.0.0.2';
const START_MS = 60_000;

/** A company of the identity provider; invented. */
export interface PhpAccount {
  readonly user: string;
  readonly password: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** SimpleSAMLphp as identity provider, by PHP's own web server on a free port. */
export class SimpleSamlPhp {
  private constructor(
    readonly origin: string,
    private readonly folder: string,
    private readonly server: ChildProcess,
    private readonly killNow: () => void,
  ) {}

  static async start(key: CertifiedKey, account: PhpAccount): Promise<SimpleSamlPhp> {
    const folder = await mkdtemp(join(tmpdir(), 'simplesamlphp-'));
    const port = await freePort();
    const origin = `http://${HOST}:${port}`;
    await writeFiles(folder, origin, { key, account });
    const log = join(folder, 'log/php.log');
    const output = openSync(log, 'w');
    const { PATH = '' } = process.env;
    const router = join(folder, 'router.php');
    // Without the opcode cache, which would read changed metadata seconds later.
    const server = spawn('php', ['-d', 'opcache.enable=0', '-S', `${HOST}:${port}`, '-t', `${HOME}/www`, router], {
      env: { PATH, SIMPLESAMLPHP_CONFIG_DIR: join(folder, 'config') },
      stdio: ['ignore', output, output],
    });
    closeSync(output);
    const killNow = () => server.kill('SIGKILL');
    process.once('exit', killNow);
    const idp = new SimpleSamlPhp(origin, folder, server, killNow);
    try {
      await idp.#answering();
    } catch (error) {
      const said = await readFile(log, 'utf8');
      await idp.stop();
      throw new Error(`SimpleSAMLphp did not start:\n${said.slice(-2000)}`, { cause: error });
    }
    return idp;
  }

  async metadata(): Promise<string> {
    const answer = await fetch(`${this.origin}/saml2/idp/metadata.php`);
    return await answer.text();
  }

  /** Takes the service provider on by its own metadata. @param encrypt by AES-128-CBC, the only way that it knows */
  async register(metadata: string, { encrypt = false }: { readonly encrypt?: boolean } = {}): Promise<void> {
    await writeFile(join(this.folder, 'sp.xml'), metadata);
    await writeFile(
      join(this.folder, 'metadata/saml20-sp-remote.php'),
      `<?php
$read = SimpleSAML\\Metadata\\SAMLParser::parseFile('${this.folder}/sp.xml');
$metadata[$read->getEntityId()] = array_merge($read->getMetadata20SP(), ['validate.authnrequest' => true,
  'assertion.encryption' => ${encrypt}, 'saml20.sign.response' => true, 'saml20.sign.assertion' => true]);
`,
    );
  }

  async stop(): Promise<void> {
    process.off('exit', this.killNow);
    await endServer(this.server);
    await rm(this.folder, { recursive: true, force: true });
  }

  async #answering(): Promise<void> {
    for (const until = Date.now() + START_MS; Date.now() < until;) {
      if (this.server.exitCode !== null) throw new Error(`it ended with ${this.server.exitCode}`);
      if ((await this.metadata().catch(() => '')).includes('IDPSSODescriptor')) return;
      await pause(100);
    }
    throw new Error('nobody answers');
  }
}

/** Whether SimpleSAMLphp and PHP with what it needs are there. */
export function hasSimpleSamlPhp(): boolean {
  return existsSync(`${HOME}/www`) && canRunPrograms([['php', '-v']]);
}

async function writeFiles(
  folder: string,
  origin: string,
  { key, account }: { readonly key: CertifiedKey; readonly account: PhpAccount },
): Promise<void> {
  for (const name of ['metadata', 'log', 'sessions', 'keys']) await mkdir(join(folder, name));
  await cp(CONFIGURATION, join(folder, 'config'), { recursive: true });
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  await write('keys/idp.key', key.key);
  await write('keys/idp.crt', key.certificate);
  const shipped = await readFile(join(folder, 'config/config.php'), 'utf8');
  await write(
    'config/config.php',
    `${shipped}
$config = array_merge($config, ['baseurlpath' => '${origin}/', 'auth.adminpassword' => 'nobody-uses-it',
  'secretsalt' => 'only-for-tests', 'enable.saml20-idp' => true, 'certdir' => '${folder}/keys/',
  'logging.handler' => 'file', 'loggingdir' => '${folder}/log/', 'session.cookie.secure' => false,
  'session.cookie.samesite' => null, 'session.phpsession.savepath' => '${folder}/sessions', 'store.type' => 'phpsession',
  'timezone' => 'UTC', 'module.enable' => ['exampleauth' => true, 'core' => true, 'saml' => true],
  'metadata.sources' => [['type' => 'flatfile', 'directory' => '${folder}/metadata']]]);
`,
  );
  const attributes = Object.entries(account.attributes).map(([name, value]) => `'${name}' => ['${value}']`);
  await write(
    'config/authsources.php',
    `<?php $config = ['accounts' => ['exampleauth:UserPass',
  '${account.user}:${account.password}' => [${attributes.join(', ')}]]];
`,
  );
  await write(
    'metadata/saml20-idp-hosted.php',
    `<?php $metadata['${origin}/idp'] = ['host' => '__DEFAULT__', 'privatekey' => 'idp.key', 'certificate' => 'idp.crt',
  'auth' => 'accounts', 'signature.algorithm' => 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'attributes.NameFormat' => 'urn:oasis:names:tc:SAML:2.0:attrname-format:uri',
  'SingleSignOnServiceBinding' => ['urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST']];
`,
  );
  await write('metadata/saml20-sp-remote.php', '<?php\n');
  await write(
    'router.php',
    `<?php $path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH); $root = '${HOME}/www';
if (!preg_match('#^(/[^?]*?\\.php)(/.*)?$#', $path, $part) || !is_file($root . $part[1])) return false;
$_SERVER['SCRIPT_NAME'] = $part[1]; $_SERVER['PHP_SELF'] = $part[1] . ($part[2] ?? '');
$_SERVER['SCRIPT_FILENAME'] = $root . $part[1];
if (isset($part[2])) $_SERVER['PATH_INFO'] = $part[2];
chdir(dirname($root . $part[1])); require $root . $part[1]; return true;
`,
  );
}
