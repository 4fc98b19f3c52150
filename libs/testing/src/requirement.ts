/** What some tests need and a machine may lack: `shared` the folder of standards, `system` real servers, `root` its rights. */
export type Requirement = 'shared' | 'system' | 'root';

/**
 * Whether to run tests that need something. Where it is missing, prints `SKIPPED <suite>: <what>`.
 * @throws where the environment's `HUB_REQUIRE` (comma-separated) names the requirement
 */
export function canRun(requirement: Requirement, present: boolean, suite: string, what: string): boolean {
  if (present) return true;
  const required = (process.env['HUB_REQUIRE'] ?? '').split(',');
  if (required.includes(requirement)) throw new Error(`${suite} needs ${what}, and HUB_REQUIRE names ${requirement}.`);
  process.stdout.write(`SKIPPED ${suite}: ${what}\n`);
  return false;
}
