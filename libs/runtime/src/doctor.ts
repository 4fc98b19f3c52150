import type { HubParts } from './hub-parts.ts';
import type { Finding } from './service-definition.ts';

export interface DoctorReport {
  readonly ok: boolean;
  readonly version: string;
  readonly findings: readonly (Finding & { readonly service: string })[];
}

/** Gathers what the host and the services find about themselves. */
export class Doctor {
  constructor(private readonly parts: HubParts) {}

  async examine(): Promise<DoctorReport> {
    const findings: (Finding & { service: string })[] = (await this.#host()).map((finding) => ({
      service: 'hub',
      ...finding,
    }));
    for (const [service, diagnoses] of this.parts.diagnoses) {
      for (const diagnosis of diagnoses) {
        findings.push(...(await settled(diagnosis)).map((finding) => ({ service, ...finding })));
      }
    }
    return { ok: findings.every(({ level }) => level !== 'problem'), version: this.parts.version, findings };
  }

  async #host(): Promise<Finding[]> {
    const { platform, services } = this.parts;
    const { config } = platform;
    const snapshot = platform.directory.current();
    const server = config.HUB_DATABASE_URL ? new URL(config.HUB_DATABASE_URL).host : 'embedded';
    return [
      { level: 'ok', subject: 'database', text: `PostgreSQL (${server}) answers` },
      {
        level: 'ok',
        subject: 'directory',
        text: `${snapshot.tenants.length} municipalities, version ${snapshot.version.slice(0, 19)}`,
      },
      ...(await settled(async () => this.#behind(services.map(({ name }) => name)))),
      {
        level: 'warning',
        subject: 'virus scan',
        text: 'no scanner is configured: documents are released as NOT_SCANNED where the municipality allows it',
      },
    ];
  }

  async #behind(groups: readonly string[]): Promise<Finding[]> {
    const lags = await Promise.all(groups.map((group) => this.parts.platform.bus.lag(group)));
    return groups.map((group, index) => {
      const messages = lags[index]!.reduce((sum, partition) => sum + partition.messages, 0);
      return {
        level: messages > 10_000 ? 'warning' : 'ok',
        subject: `bus group ${group}`,
        text: `${messages} messages behind`,
      };
    });
  }
}

async function settled(diagnosis: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await diagnosis();
  } catch (error) {
    return [{ level: 'problem', subject: 'check', text: error instanceof Error ? error.message : 'failed' }];
  }
}
