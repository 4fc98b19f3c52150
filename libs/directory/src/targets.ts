import type { z } from 'zod';
import { type Finding, nearest } from './finding.ts';
import type { Entry } from './folder.ts';
import { type Placeholders, fillPlaceholders, unknownPlaceholders } from './placeholders.ts';
import type { Tenant } from './tenant.ts';

export interface TargetOptions {
  /** Schemas of `settings` by kind of target; unset: settings are not checked. */
  readonly targetKinds?: Readonly<Record<string, z.ZodType>> | undefined;
  /** Names that may stand in `${…}`. */
  readonly placeholders: Placeholders;
  /** True where `targetKinds` has every kind of this installation, so that another one is an error. */
  readonly allKinds?: boolean | undefined;
}

/** Ids are unique within the tenant; settings are as the kind of target wants them. */
export function checkTargets({ yaml, record: { targets } }: Entry<Tenant>, options: TargetOptions): readonly Finding[] {
  const { targetKinds, placeholders, allKinds } = options;
  return targets.flatMap((target, index) => {
    const at = ['targets', index];
    if (targets.findIndex(({ id }) => id === target.id) < index) {
      return [yaml.finding([...at, 'id'], { message: `target ${target.id} twice`, fix: 'give one another id' })];
    }
    const unknown = unknownPlaceholders(target.settings, Object.keys(placeholders)).map((name) =>
      yaml.finding([...at, 'settings'], {
        message: `unknown placeholder \${${name}}`,
        fix: `known are ${Object.keys(placeholders)
          .map((known) => `\${${known}}`)
          .join(', ')}`,
      }),
    );
    if (unknown.length > 0 || !targetKinds) return unknown;
    const schema: z.ZodType | undefined = Object.hasOwn(targetKinds, target.kind)
      ? targetKinds[target.kind]
      : undefined;
    if (!schema) {
      const near = nearest(target.kind, Object.keys(targetKinds));
      return [
        yaml.finding([...at, 'kind'], {
          severity: allKinds ? 'error' : 'warning',
          message: `no service here delivers to targets of kind ${target.kind}`,
          fix: near ? `did you mean ${near}?` : `known are ${Object.keys(targetKinds).join(', ')}`,
        }),
      ];
    }
    return yaml.check(schema, fillPlaceholders(target.settings, placeholders), [...at, 'settings']).findings;
  });
}
