import { type ChildProcess, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { canRunPrograms, endServer, freePort } from './server-process.ts';

/** Apache Chemistry's in-memory repository A1 in a servlet container of its own; its state ends with it. */
export interface OpenCmis {
  /** Address of a service document; `csrf` is the browser binding behind the filter that wants a token in `X-CSRF-Token`. */
  url(binding: 'browser' | 'atompub' | 'csrf'): string;
  stop(): Promise<void>;
}

const WAR = 'org.apache.chemistry.opencmis:chemistry-opencmis-server-inmemory:1.1.0:war';
const RUNNER = 'org.eclipse.jetty:jetty-runner:9.4.57.v20241219';
const PATHS = { browser: '/inmemory/browser', atompub: '/inmemory/atom11', csrf: '/inmemory/browsercsrf' };
const START_MS = 60_000;
const CSRF_SERVLET = `
  <servlet>
    <servlet-name>cmisbrowsercsrf</servlet-name>
    <servlet-class>org.apache.chemistry.opencmis.server.impl.browser.CmisBrowserBindingServlet</servlet-class>
    <init-param>
      <param-name>callContextHandler</param-name>
      <param-value>org.apache.chemistry.opencmis.server.shared.BasicAuthCallContextHandler</param-value>
    </init-param>
    <init-param><param-name>csrfHeader</param-name><param-value>X-CSRF-Token</param-value></init-param>
  </servlet>
  <servlet-mapping><servlet-name>cmisbrowsercsrf</servlet-name><url-pattern>/browsercsrf/*</url-pattern></servlet-mapping>
`;

/** Whether Java, Maven and unzip are there. */
export function hasOpenCmisTools(): boolean {
  return canRunPrograms([
    ['java', '-version'],
    ['mvn', '-version'],
    ['unzip', '-v'],
  ]);
}

/** @param heapMiB of the server: it keeps contents in memory, about five times as long as they are while they arrive */
export async function startOpenCmis(heapMiB = 512): Promise<OpenCmis> {
  const folder = await mkdtemp(join(tmpdir(), 'opencmis-'));
  const war = join(folder, 'war');
  await mkdir(war);
  for (const artifact of [WAR, RUNNER]) {
    await run('mvn', ['-B', '-q', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${folder}`]);
  }
  const files = await readdir(folder);
  await run('unzip', [
    '-qo',
    join(
      folder,
      files.find((name) => name.endsWith('.war'))!,
    ),
    '-d',
    war,
  ]);
  await prepare(war);
  const port = await freePort();
  const log = join(folder, 'log');
  const output = openSync(log, 'w');
  const runner = join(
    folder,
    files.find((name) => name.endsWith('.jar'))!,
  );
  const options = [`-Xmx${heapMiB}m`, `-Djava.io.tmpdir=${folder}`, '-jar', runner];
  const server = spawn(
    'java',
    [...options, '--host', '127.0.0.1', '--port', String(port), '--path', '/inmemory', war],
    {
      stdio: ['ignore', output, output],
    },
  );
  const kill = () => server.kill('SIGKILL');
  process.once('exit', kill);
  const origin = `http://127.0.0.1:${port}`;
  const stop = async () => {
    process.off('exit', kill);
    await endServer(server);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await answering(`${origin}${PATHS.browser}`, server);
  } catch (error) {
    const said = await readFile(log, 'utf8');
    await stop();
    throw new Error(`OpenCMIS does not start: ${said.slice(-2000)}`, { cause: error });
  }
  return { url: (binding) => origin + PATHS[binding], stop };
}

/** What Java above 8 lacks is taken out, a servlet with CSRF filter put in; contents up to 1.2 GB. */
async function prepare(war: string): Promise<void> {
  const descriptor = join(war, 'WEB-INF/web.xml');
  let xml = (await readFile(descriptor, 'utf8')).replace(/<!--[^]*?-->/g, '');
  for (const tag of ['servlet', 'servlet-mapping', 'filter-mapping']) {
    xml = xml.replace(new RegExp(`<${tag}>(?:(?!</${tag}>)[^])*?cmisws1[01][^]*?</${tag}>`, 'g'), '');
  }
  await writeFile(descriptor, xml.replace('</web-app>', `${CSRF_SERVLET}</web-app>`));
  const settings = join(war, 'WEB-INF/classes/repository.properties');
  const properties = (await readFile(settings, 'utf8'))
    .replace(/^InMemoryServer.EncryptTempFiles=.*/m, 'InMemoryServer.EncryptTempFiles=false')
    .replace(/^RepositoryFiller.Enable=true/m, 'RepositoryFiller.Enable=false')
    .replace(/^InMemoryServer.MaxSize=.*/m, 'InMemoryServer.MaxContentSizeKB=1200000');
  await writeFile(settings, properties);
}

async function answering(url: string, server: ChildProcess): Promise<void> {
  const authorization = `Basic ${Buffer.from('hub:hub').toString('base64')}`;
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`);
    const answer = await fetch(url, { headers: { authorization } }).catch(() => undefined);
    if (answer?.ok && (await answer.text()).includes('"A1"')) return;
    await pause(200);
  }
  throw new Error(`no answer within ${START_MS / 1000} s`);
}

async function run(command: string, parameters: readonly string[]): Promise<void> {
  const child = spawn(command, parameters, { stdio: ['ignore', 'ignore', 'inherit'] });
  const status = await new Promise((resolve, reject) => child.once('error', reject).once('exit', resolve));
  if (status !== 0) throw new Error(`${command} ended with ${String(status)}`);
}
