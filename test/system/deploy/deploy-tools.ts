import { execFile, spawnSync } from 'node:child_process';
import { access, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const HELM = 'helm.sh/helm/v3/cmd/helm@v3.22.0';
const COMPOSE = 'github.com/compose-spec/compose-go/v2/cmd@v2.10.1';
const VALIDATE = 'kubernetes-validate==1.37.0';
/** Of the schemas that {@link VALIDATE} brings. */
export const KUBERNETES = '1.37';

const execute = promisify(execFile);
const answers = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/** Programs that judge what is deployed; none of them needs a cluster or a daemon. */
export interface DeployTools {
  readonly helm: string;
  /** `kubernetes-validate`: knows the schemas of Kubernetes offline. */
  readonly validate: string;
  /** Reads a compose file as `docker compose` does, without its command line. */
  readonly compose: string;
}

/** Whether Go and Python are there, by which the tools are installed. */
export function hasDeployTools(): boolean {
  return answers('go', 'version') && answers('python3', '-m', 'venv', '--help');
}

/** Whether the real command line is there. */
export function hasDockerCompose(): boolean {
  return answers('docker', 'compose', 'version');
}

/** Installs the tools once per machine, in a folder for temporary files. */
export async function deployTools(): Promise<DeployTools> {
  const folder = join(tmpdir(), 'ozg-hub-deploy-tools');
  await mkdir(folder, { recursive: true });
  const environment = join(folder, 'python');
  const tools = {
    helm: join(folder, 'helm'),
    validate: join(environment, 'bin', 'kubernetes-validate'),
    compose: join(folder, 'cmd'),
  };
  const install = (module: string) => execute('go', ['install', module], { env: { ...process.env, GOBIN: folder } });
  if (!(await exists(tools.helm))) await install(HELM);
  if (!(await exists(tools.compose))) await install(COMPOSE);
  if (!(await exists(tools.validate))) {
    await execute('python3', ['-m', 'venv', environment]);
    await execute(join(environment, 'bin', 'pip'), ['install', '-q', VALIDATE]);
  }
  return tools;
}

/** What a program printed and how it ended; never throws. */
export async function run(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ code: number; out: string }> {
  try {
    const options = { env: { ...process.env, ...environment }, maxBuffer: 64 * 1024 * 1024 };
    const { stdout, stderr } = await execute(program, args, options);
    return { code: 0, out: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code: number; stdout?: string; stderr?: string };
    return { code, out: stdout + stderr };
  }
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
