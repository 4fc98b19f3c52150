import type { z } from 'zod';
import { type Finding, nearest } from './finding.ts';
import type { Entry, ReadFolder } from './folder.ts';
import type { IdentityFile } from './identity.ts';
import { settingsForTests } from './settings-for-tests.ts';

export interface IdentityCheckOptions {
  /** Schemas of `settings` by kind of identity provider; unset: settings are not checked. */
  readonly identityKinds?: Readonly<Record<string, z.ZodType>> | undefined;
}

/** What `identity.yaml` says is known elsewhere: kinds with their settings, municipalities. */
export function checkIdentity({ identity, tenants, wrong }: ReadFolder, options: IdentityCheckOptions): Finding[] {
  if (!identity) return [];
  const { yaml, record } = identity;
  const { identityKinds } = options;
  const kinds = record.providers.flatMap(({ kind, settings }, index) => {
    if (!identityKinds) return [];
    const schema = Object.hasOwn(identityKinds, kind) ? identityKinds[kind] : undefined;
    if (schema) return checkSettings(yaml, { schema, settings, path: ['providers', index, 'settings'] });
    const near = nearest(kind, Object.keys(identityKinds));
    const fix = near ? `did you mean ${near}?` : `known are ${Object.keys(identityKinds).join(', ')}`;
    return [yaml.finding(['providers', index, 'kind'], { message: `no adapter here speaks ${kind}`, fix })];
  });
  const slugs = new Set(tenants.map(({ record: { slug } }) => slug));
  const places = record.clients.flatMap((client, index) =>
    (client.tenants ?? []).flatMap((slug, at) =>
      slugs.has(slug) || wrong.has(`tenants/${slug}`)
        ? []
        : [
            yaml.finding(['clients', index, 'tenants', at], {
              message: `there is no tenant ${slug}`,
              fix: nearest(slug, slugs) ? `did you mean ${nearest(slug, slugs)}?` : 'add it under tenants/',
            }),
          ],
    ),
  );
  return [...kinds, ...places];
}

function checkSettings(
  yaml: Entry<IdentityFile>['yaml'],
  { schema, settings, path }: { schema: z.ZodType; settings: Record<string, unknown>; path: readonly PropertyKey[] },
): Finding[] {
  const warnings = settingsForTests(schema, settings).map((name) =>
    yaml.finding([...path, name], {
      severity: 'warning',
      message: `FOR TESTS ONLY: ${name} takes logins that an installation with real applicants must refuse`,
      fix: 'remove it, unless this installation is under test',
    }),
  );
  return [...yaml.check(schema, settings, path).findings, ...warnings];
}
