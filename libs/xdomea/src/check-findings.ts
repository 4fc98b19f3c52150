import type { ReceivedMessage } from './read-message.ts';
import { type ProcessRule, checkProcessRules } from './process-rules.ts';
import { type XdomeaVersion, messageNames } from './versions.ts';

/** What a check looks at. */
export type CheckSubject = 'package' | 'schema' | 'rules' | 'code-lists' | 'files';

/** Rules beside those of {@link ProcessRule}. */
export type CheckRule =
  | ProcessRule
  | 'package'
  | 'no-message'
  | 'several-messages'
  | 'package-name'
  | 'message-name'
  | 'message-type'
  | 'not-xdomea'
  | 'xml'
  | 'schema'
  | 'schema-missing'
  | 'version'
  | 'limit'
  | 'code-list'
  | 'code-list-version'
  | 'code'
  | 'contradiction'
  | 'file-damaged'
  | 'file-format'
  | 'files-not-checked';

/**
 * `error`: the package is not valid. `warning`: valid, but receivers stumble over it. `note`: what was not checked.
 * `obstacle`: because of it nothing can be said.
 */
export type Severity = 'error' | 'warning' | 'note' | 'obstacle';

export interface CheckFinding {
  readonly subject: CheckSubject;
  readonly rule: CheckRule;
  readonly severity: Severity;
  readonly message: string;
  readonly line?: number;
  /** Element path. */
  readonly path?: string;
  /** Name of a file of the package. */
  readonly file?: string;
}

/** What the rules say about a message, and about the files beside it; undefined where there is no package. */
export function ruleFindings(message: ReceivedMessage, files: readonly string[] | undefined): CheckFinding[] {
  const { dateien } = message.inventory;
  const typed = message.name.endsWith(`.${message.nachricht}`);
  const broken = checkProcessRules(message.inventory, files).map((finding): CheckFinding => {
    const position = Number(/^(?:Primaerdokument|file)\[(\d+)\]/.exec(finding.path)?.[1] ?? 0);
    const file = finding.path.startsWith('file[') ? files?.[position - 1] : dateien[position - 1]?.dateiname;
    return {
      subject: finding.rule.startsWith('file-') ? 'files' : 'rules',
      severity: finding.rule === 'empty-element' ? 'warning' : 'error',
      ...finding,
      ...(file !== undefined && { file }),
    };
  });
  const head: CheckFinding = {
    subject: 'rules',
    rule: 'message-type',
    severity: 'error',
    path: 'Kopf/Nachrichtentyp',
    message: 'is not the message that the root element says',
  };
  return typed ? broken : [head, ...broken];
}

/** Codes that their lists do not have. A list of another version than ours is only noted. */
export function codeFindings({ codes, version }: ReceivedMessage): CheckFinding[] {
  const strange = new Set<string>();
  return codes.flatMap(({ name, listUri, listVersion, code, line }): CheckFinding[] => {
    const list = version.codelists.byUri.get(listUri);
    const at = { subject: 'code-lists' as const, path: `//${name}`, ...(line !== undefined && { line }) };
    if (list === undefined) {
      if (!listUri.startsWith('urn:xoev-de:xdomea:')) return [];
      return [{ ...at, rule: 'code-list', severity: 'error', message: `xdomea ${version.id} has no such code list` }];
    }
    if (listVersion !== undefined && listVersion !== list.version) {
      const key = `${listUri} ${listVersion}`;
      if (strange.has(key)) return [];
      strange.add(key);
      const message = `names another version of its code list than ${list.version}; its codes were not checked`;
      return [{ ...at, rule: 'code-list-version', severity: 'note', message }];
    }
    if (list.entries.has(code)) return [];
    return [{ ...at, rule: 'code', severity: 'error', message: 'has a code that its list does not have' }];
  });
}

/** Whether the hub's own profile has the message; the official schemas have all. */
export function inProfile(name: string, { generation }: XdomeaVersion): boolean {
  if (generation === 2 && name === messageNames['0403']) return false;
  return Object.values<string>(messageNames).includes(name);
}
