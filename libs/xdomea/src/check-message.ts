import { type HubError, isHubError } from '@ozg-hub/core';
import type { XmlPool } from '@ozg-hub/xml';
import { type CheckFinding, codeFindings, inProfile, ruleFindings } from './check-findings.ts';
import { type ReceivedMessage, readMessage } from './read-message.ts';
import { type Result, readReply } from './reply.ts';
import { messageNames, versionNamedBy } from './versions.ts';

/** What a check found out about a message. */
export interface CheckedMessage {
  readonly message?: ReceivedMessage;
  /** Against which it was validated. */
  readonly schema?: 'official' | 'profile';
  readonly findings: readonly CheckFinding[];
}

export interface MessageCheck {
  /** Ids of the schema catalogue that are official; the others are the hub's own profiles. */
  readonly official: ReadonlySet<string>;
  readonly maxBytes: number;
  /** Names of the files beside the message; undefined where there is no package. */
  readonly files: readonly string[] | undefined;
}

/** Errors that say nothing about the document. */
const OBSTACLES = new Set(['HUB_XML_TOO_LARGE', 'HUB_XML_TIMEOUT', 'HUB_XML_SCHEMA_BROKEN', 'HUB_XML_SCHEMA_UNKNOWN']);

/** Validates one message and checks its rules and codes. @throws only what says nothing about the message */
export async function checkMessage(pool: XmlPool, bytes: Uint8Array, check: MessageCheck): Promise<CheckedMessage> {
  try {
    versionNamedBy(bytes);
  } catch (error) {
    if (!isHubError(error, 'HUB_XDOMEA_VERSION')) throw error;
    const obstacle = { subject: 'schema', rule: 'version', severity: 'obstacle', message: error.message } as const;
    return { findings: [obstacle] };
  }
  const { maxBytes } = check;
  const facts = await attempt(() => readMessage(pool, bytes, { maxBytes, validate: false }));
  if ('failed' in facts) return { findings: xmlFindings(facts.failed) };
  const message = facts.value;
  const { version } = message;
  const schema = check.official.has(version.schema) ? ('official' as const) : ('profile' as const);
  const others = [...ruleFindings(message, check.files), ...codeFindings(message)];
  if (schema === 'profile' && !inProfile(message.name, version)) {
    const missing = 'the hub has no schema of its own for this message; import the official schemas';
    const obstacle = { subject: 'schema', rule: 'schema-missing', severity: 'obstacle', message: missing } as const;
    return { message, findings: [obstacle, ...others] };
  }
  const document = Uint8Array.from(bytes);
  const validated = await attempt(() => pool.run({ document, schema: version.schema, maxBytes }));
  const violations = 'failed' in validated ? xmlFindings(validated.failed) : [];
  const lines = new Set(violations.map(({ line }) => line));
  const codes = others.filter(({ rule, line }) => rule !== 'code' || !lines.has(line));
  const said = violations.length === 0 ? await verdictFindings(pool, bytes, message) : [];
  return { message, schema, findings: [...violations, ...codes, ...said] };
}

async function attempt<T>(run: () => Promise<T>): Promise<{ readonly value: T } | { readonly failed: HubError }> {
  try {
    return { value: await run() };
  } catch (error) {
    if (isHubError(error) && error.class === 'never') return { failed: error };
    throw error;
  }
}

function xmlFindings(error: HubError): CheckFinding[] {
  if (error.code === 'HUB_XDOMEA_MESSAGE') {
    return [{ subject: 'schema', rule: 'not-xdomea', severity: 'error', message: error.message }];
  }
  const severity = OBSTACLES.has(error.code) ? 'obstacle' : 'error';
  const rule = severity === 'obstacle' ? 'limit' : error.code === 'HUB_XML_INVALID' ? 'schema' : 'xml';
  const places = error.places.length > 0 ? error.places : [{ message: error.message }];
  return places.map(({ line, path, message }) => ({
    subject: 'schema',
    rule,
    severity,
    ...(line !== undefined && { line }),
    ...(path !== undefined && { path }),
    message,
  }));
}

/** A 0630 may not say one thing about the message and the other about all its objects. */
async function verdictFindings(pool: XmlPool, bytes: Uint8Array, { name }: ReceivedMessage): Promise<CheckFinding[]> {
  if (name !== messageNames['0630']) return [];
  const { message, items } = (await readReply(pool, bytes)) as Result;
  const fine = message.kind === 'fine';
  if (items.length === 0 || !items.every(({ successful }) => successful !== fine)) return [];
  const text = 'says something else about the message than about all its objects';
  return [
    { subject: 'rules', rule: 'contradiction', severity: 'warning', path: 'ErfolgOderMisserfolg', message: text },
  ];
}
