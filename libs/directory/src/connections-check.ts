import { type Blueprint, type Purpose, purpose } from './blueprint.ts';
import { type CheckOptions, checkDirectory } from './check.ts';
import type { Finding } from './finding.ts';
import { type Entry, type ReadFolder, contentOf, readFolder } from './folder.ts';
import { catalogueOf, entriesOf } from './offers.ts';
import { reveal } from './revealed-secrets.ts';
import type { SecretResolver } from './secrets.port.ts';
import { Snapshot } from './snapshot.ts';
import type { Leistung, Target, Tenant } from './tenant.ts';

/** What is to be said, at a place that the check names by its path. */
export interface Problem {
  /** Default `error`. */
  readonly severity?: Finding['severity'];
  readonly message: string;
  readonly fix?: string;
}

/** A Leistung whose submissions go to a target, the tenant's overrides merged. */
export interface OfferAtTarget {
  readonly blueprint: Blueprint;
  /** @param path in the blueprint, e.g. `['ablage', 'cmis', 'vorgang', 'type']`; found where it is written: here or in the overrides */
  finding(path: readonly PropertyKey[], problem: Problem): Finding;
}

/** A target with all that goes there. */
export interface TargetInUse {
  /** Placeholders filled, settings as its kind's schema gives them, secrets looked up: never for logs. */
  readonly target: Target;
  readonly offers: readonly OfferAtTarget[];
  /** @param path in the target, e.g. `['settings', 'url']` */
  finding(path: readonly PropertyKey[], problem: Problem): Finding;
}

/** Asks a target whether it takes what the directory would send there. Changes nothing there; does not throw. */
export type ConnectCheck = (use: TargetInUse) => Promise<readonly Finding[]>;

export interface ConnectionsCheckOptions extends CheckOptions {
  readonly secrets: SecretResolver;
  /** By kind of target; targets of other kinds are not asked. */
  readonly connectChecks: Readonly<Record<string, ConnectCheck>>;
}

/** Targets asked at once. */
const AT_ONCE = 8;

/**
 * {@link checkDirectory}, and where that finds no error, what the targets say.
 * @returns the findings, and how many targets were asked
 */
export async function checkConnections(
  folder: string,
  options: ConnectionsCheckOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly asked: number }> {
  const findings = [...(await checkDirectory(folder, options))];
  if (findings.some(({ severity }) => severity === 'error')) return { findings, asked: 0 };
  const read = await readFolder(folder, options.profileSchema);
  const snapshot = new Snapshot('check', contentOf(read), { ...options, placeholders: options.placeholders });
  const uses = read.tenants.flatMap((tenant) =>
    tenant.record.targets.flatMap(({ kind }, index) => {
      const check = options.connectChecks[kind];
      return check ? [{ tenant, index, check }] : [];
    }),
  );
  for (let at = 0; at < uses.length; at += AT_ONCE) {
    const batch = uses.slice(at, at + AT_ONCE).map(async ({ tenant, index, check }) => {
      const use = targetInUse({ read, snapshot }, tenant, index);
      try {
        const settings = (await reveal(use.target.settings, options.secrets)) as Record<string, unknown>;
        return await check({ ...use, target: { ...use.target, settings } });
      } catch (error) {
        return [use.finding(['settings'], { message: (error as Error).message })];
      }
    });
    findings.push(...(await Promise.all(batch)).flat());
  }
  return { findings, asked: uses.length };
}

function targetInUse(
  { read, snapshot }: { readonly read: ReadFolder; readonly snapshot: Snapshot },
  { yaml, record: tenant }: Entry<Tenant>,
  index: number,
): TargetInUse {
  const { slug, targets } = tenant;
  const target = snapshot.target(slug, targets[index]!.id);
  const named = (problem: Problem) => ({ ...problem, message: `${slug}/${target.id}: ${problem.message}` });
  const records = <T>(entries: readonly Entry<T>[]) => entries.map(({ record }) => record);
  const entries = entriesOf(tenant, catalogueOf(records(read.blueprints), records(read.bundles)));
  const here = entries.filter(({ use }) => {
    const offer = snapshot.offer(use, slug);
    return purpose.options.some(
      (each: Purpose) => offer.blueprint.expects.includes(each) && offer.targets[each] === target.id,
    );
  });
  return {
    target,
    finding: (path, problem) => yaml.finding(['targets', index, ...path], named(problem)),
    offers: here.map((entry) => ({
      blueprint: snapshot.offer(entry.use, slug).blueprint,
      finding: (path, problem) => {
        const at = tenant.leistungen.indexOf(entry);
        if (at >= 0 && isOverridden(entry, path)) {
          return yaml.finding(['leistungen', at, 'overrides', ...path], named(problem));
        }
        const written = read.blueprints.find(({ record }) => `${record.id}@${record.version}` === entry.use);
        return (written?.yaml ?? yaml).finding(path, named(problem));
      },
    })),
  };
}

/** The overrides say something at the place, or at one around it below the first two keys. */
function isOverridden({ overrides }: Leistung, path: readonly PropertyKey[]): boolean {
  let value: unknown = overrides;
  for (const [depth, step] of path.entries()) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return false;
    value = (value as Record<PropertyKey, unknown>)[step];
    if (depth > 0 && (typeof value !== 'object' || value === null)) return true;
  }
  return true;
}
