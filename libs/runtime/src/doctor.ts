import { isHubError } from '@ozg-hub/core';
import { HostDiagnosis } from './host-diagnosis.ts';
import type { HubParts } from './hub-parts.ts';
import type { Diagnosis, Finding } from './service-definition.ts';

export interface DoctorReport {
  /** No finding is a problem. */
  readonly ok: boolean;
  readonly version: string;
  readonly findings: readonly (Finding & { readonly service: string })[];
}

/** Gathers what the host and the services find about themselves. */
export class Doctor {
  constructor(private readonly parts: HubParts) {}

  async examine(): Promise<DoctorReport> {
    const checks: [string, Diagnosis][] = [
      ...new HostDiagnosis(this.parts).checks.map((check): [string, Diagnosis] => ['hub', check]),
      ...[...this.parts.diagnoses].flatMap(([service, diagnoses]) =>
        diagnoses.map((diagnosis): [string, Diagnosis] => [service, diagnosis]),
      ),
    ];
    const found = await Promise.all(
      checks.map(async ([service, check]) => (await settled(check)).map((finding) => ({ service, ...finding }))),
    );
    const findings = found.flat();
    return { ok: findings.every(({ level }) => level !== 'problem'), version: this.parts.version, findings };
  }
}

/** A check that fails is itself a finding. */
async function settled(check: Diagnosis): Promise<readonly Finding[]> {
  try {
    return await check();
  } catch (error) {
    const text = isHubError(error) ? `${error.code}: ${error.message}` : 'a check failed; the log may say why';
    return [{ level: 'problem', subject: 'check', text }];
  }
}
