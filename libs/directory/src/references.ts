import { setImmediate as otherWork } from 'node:timers/promises';
import { templatePaths } from './betreff.ts';
import type { Blueprint } from './blueprint.ts';
import { checkDemandedProofs } from './demanded-proofs.ts';
import { type Finding, nearest } from './finding.ts';
import type { Entry, ReadFolder } from './folder.ts';
import { type IdentityCheckOptions, checkIdentity } from './identity-check.ts';
import { type Catalogue, ProcessKeys, catalogueOf, entriesOf, idOf } from './offers.ts';
import { isOmitted } from './omit.ts';
import { mergedBlueprint, notOverridable } from './overrides.ts';
import { overlap } from './period.ts';
import { type TargetOptions, checkTargets } from './targets.ts';
import type { Leistung, Tenant } from './tenant.ts';
import { checkSuccession, checkUnits } from './units.ts';

/** Checks what one file says about another: the directory as a whole. Requests are answered in between. */
export async function checkReferences(
  read: ReadFolder,
  options: TargetOptions & IdentityCheckOptions,
): Promise<Finding[]> {
  const records = <T>(entries: readonly Entry<T>[]) => entries.map(({ record }) => record);
  const catalogue = catalogueOf(records(read.blueprints), records(read.bundles));
  const ofTenants: Finding[] = [];
  for (const entry of read.tenants) {
    ofTenants.push(...checkTargets(entry, options), ...checkTenant(entry, catalogue, read.wrong));
    if (!read.identity?.record.providers.length) ofTenants.push(...checkDemandedProofs(entry, catalogue));
    await otherWork();
  }
  return [
    ...duplicates(read.tenants, ({ slug }) => slug, 'slug'),
    ...duplicates(read.blueprints, ({ id, version }) => `${id}@${version}`, 'version'),
    ...duplicates(read.bundles, ({ id }) => id, 'id'),
    ...duplicates(read.profiles, ({ id }) => id, 'id'),
    ...checkProfiles(read),
    ...checkIdentity(read, options),
    ...read.blueprints.flatMap(({ yaml, record }) =>
      shownThoughOmitted(record).map((message) => yaml.finding(['ablage', 'betreff'], { message, fix: showOrOmit })),
    ),
    ...read.bundles.flatMap(({ yaml, record }) =>
      checkUses(record.leistungen, catalogue, read.wrong).map(({ index, ...finding }) =>
        yaml.finding(['leistungen', index], finding),
      ),
    ),
    ...checkUnits(read.tenants),
    ...checkSuccession(read.tenants, read.wrong),
    ...ofTenants,
  ];
}

const showOrOmit = 'take it out of betreff or of omit';

function shownThoughOmitted({ ablage }: Pick<Blueprint, 'ablage'>): string[] {
  return templatePaths(ablage?.betreff ?? '')
    .filter((path) => isOmitted(path, ablage?.omit ?? []))
    .map((path) => `the Betreff shows ${path}, which omit keeps back`);
}

function duplicates<T>(entries: readonly Entry<T>[], key: (record: T) => string, field: string): Finding[] {
  const first = new Map<string, string>();
  return entries.flatMap(({ yaml, record }) => {
    const before = first.get(key(record));
    first.set(key(record), before ?? yaml.file);
    return before
      ? [
          yaml.finding([field], {
            message: `${key(record)} is already in ${before}`,
            fix: 'give one of them another name',
          }),
        ]
      : [];
  });
}

function checkProfiles({ profiles, sources, blueprints, wrong }: ReadFolder): Finding[] {
  const known = new Set(profiles.map(({ record }) => record.id));
  const isThere = (id: string) => known.has(id) || wrong.has(`profiles/${id}`);
  const missing = (id: string) => ({
    message: `there is no mapping profile ${id}`,
    fix: suggest(id, known, 'add it under profiles/'),
  });
  return [
    ...sources.flatMap(({ yaml, record }, index) => [
      ...(isThere(record.profile) ? [] : [yaml.finding(['sources', index, 'profile'], missing(record.profile))]),
      ...(sources.findIndex((other) => other.record.id === record.id) < index
        ? [yaml.finding(['sources', index, 'id'], { message: `source ${record.id} twice`, fix: 'remove one' })]
        : []),
    ]),
    ...blueprints.flatMap(({ yaml, record }) =>
      (record.profiles ?? []).flatMap((id, index) =>
        isThere(id) ? [] : [yaml.finding(['profiles', index], missing(id))],
      ),
    ),
  ];
}

function checkUses(uses: readonly string[], { blueprints }: Catalogue, wrong: ReadonlySet<string>) {
  const seen = new Set<string>();
  return uses.flatMap((use, index) => {
    const id = idOf(use);
    const twice = seen.has(id);
    seen.add(id);
    if (twice) return [{ index, message: `${id} twice`, fix: 'keep one version of it' }];
    if (blueprints.has(use) || wrong.has(`blueprints/${use}`)) return [];
    const versions = [...blueprints.keys()].filter((ref) => idOf(ref) === id);
    const fix =
      versions.length > 0
        ? `known are ${versions.join(', ')}`
        : suggest(use, blueprints.keys(), 'add the blueprint under blueprints/');
    return [{ index, message: `there is no blueprint ${use}`, fix }];
  });
}

function checkTenant(
  { yaml, record: tenant }: Entry<Tenant>,
  catalogue: Catalogue,
  wrong: ReadonlySet<string>,
): Finding[] {
  const findings: Finding[] = [];
  for (const [index, id] of tenant.bundles.entries()) {
    if (catalogue.bundles.has(id) || wrong.has(`bundles/${id}`)) continue;
    const fix = suggest(id, catalogue.bundles.keys(), 'add it under bundles/');
    findings.push(yaml.finding(['bundles', index], { message: `there is no bundle ${id}`, fix }));
  }
  const uses = tenant.leistungen.map(({ use }) => use);
  for (const { index, ...finding } of checkUses(uses, catalogue, wrong)) {
    findings.push(yaml.finding(['leistungen', index, 'use'], finding));
  }

  const own = new Map(tenant.leistungen.map((entry, index) => [entry, index]));
  const targetIds = new Set(tenant.targets.map(({ id }) => id));
  const byLeika = new Map<string, Blueprint>();
  const byProcess = new ProcessKeys<string>();
  for (const entry of entriesOf(tenant, catalogue)) {
    const at = own.has(entry) ? ['leistungen', own.get(entry)!] : ['bundles'];
    const base = catalogue.blueprints.get(entry.use);
    if (!base) continue;
    const { blueprint, problems } = checkOverrides(yaml, tenant, entry, at, base);
    findings.push(...problems);
    if (!blueprint) continue;
    for (const purpose of blueprint.expects) {
      const target = entry.targets?.[purpose] ?? tenant.defaultTargets[purpose];
      if (target === undefined) {
        const message = `${entry.use} is filed (purpose ${purpose}), but no target is named for it`;
        findings.push(yaml.finding(at, { message, fix: `name one in targets of the Leistung or in defaultTargets` }));
      } else if (!targetIds.has(target) && entry.targets?.[purpose] !== undefined) {
        const fix = suggest(target, targetIds, 'add it to targets of this tenant');
        findings.push(yaml.finding([...at, 'targets', purpose], { message: `there is no target ${target}`, fix }));
      }
    }
    for (const purpose of ['payment', 'finance'] as const) {
      const target = entry.targets?.[purpose];
      if (target === undefined || targetIds.has(target)) continue;
      const fix = suggest(target, targetIds, 'add it to targets of this tenant');
      findings.push(yaml.finding([...at, 'targets', purpose], { message: `there is no target ${target}`, fix }));
    }
    for (const leika of blueprint.leika) {
      const other = byLeika.get(leika);
      byLeika.set(leika, blueprint);
      if (!other || (other.prozessschluessel.length > 0 && blueprint.prozessschluessel.length > 0)) continue;
      const message = `${entry.use} and ${other.ref} have the same LeiKa key ${leika} and cannot be told apart`;
      findings.push(yaml.finding(at, { message, fix: 'offer one of them, or give both their prozessschluessel' }));
    }
    for (const pattern of blueprint.prozessschluessel) {
      const other = byProcess.add(pattern, entry.use);
      if (other === undefined) continue;
      const message = `${entry.use} and ${other} have the same process key ${pattern}`;
      findings.push(yaml.finding(at, { message, fix: 'offer one of them, or override prozessschluessel' }));
    }
  }
  for (const [purpose, target] of Object.entries(tenant.defaultTargets)) {
    if (targetIds.has(target)) continue;
    const fix = suggest(target, targetIds, 'add it to targets of this tenant');
    findings.push(yaml.finding(['defaultTargets', purpose], { message: `there is no target ${target}`, fix }));
  }
  return [...findings, ...checkKeys({ yaml, record: tenant })];
}

function checkOverrides(
  yaml: Entry<Tenant>['yaml'],
  tenant: Tenant,
  entry: Leistung,
  at: readonly PropertyKey[],
  base: Blueprint,
): { blueprint?: Blueprint; problems: readonly Finding[] } {
  if (!entry.overrides) return { blueprint: base, problems: [] };
  const place = [...at, 'overrides'];
  const fixed = Object.keys(entry.overrides).filter((key) => notOverridable.includes(key));
  if (fixed.length > 0) {
    const fix = 'write a blueprint of its own';
    const problems = fixed.map((key) => yaml.finding([...place, key], { message: `${key} cannot be overridden`, fix }));
    return { problems };
  }
  const merged = mergedBlueprint(base, tenant, entry);
  if (!merged.success) return { problems: yaml.issues(merged.error.issues, place) };
  const problems = shownThoughOmitted(merged.data).map((message) =>
    yaml.finding([...place, 'ablage', 'betreff'], { message, fix: showOrOmit }),
  );
  return { blueprint: merged.data, problems };
}

/** ARS and AGS of the same time name the same place: LL R KK VVVV GGG and LL R KK GGG. */
function checkKeys({ yaml, record: { ars, ags } }: Entry<Tenant>): Finding[] {
  return ags.flatMap((key, index) => {
    const atThatTime = ars.filter((other) => overlap(key, other));
    const agrees = atThatTime.some(({ value }) => `${value.slice(0, 5)}${value.slice(9)}` === key.value);
    return atThatTime.length === 0 || agrees
      ? []
      : [yaml.finding(['ags', index], { message: 'AGS and ARS name different places', fix: 'correct one of them' })];
  });
}

function suggest(written: string, known: Iterable<string>, otherwise: string): string {
  const near = nearest(written, known);
  return near ? `did you mean ${near}? Otherwise ${otherwise}` : otherwise;
}
