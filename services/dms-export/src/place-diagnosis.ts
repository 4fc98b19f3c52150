import { isHubError } from '@ozg-hub/core';
import type { Finding } from '@ozg-hub/runtime';
import type { DmsConnections, PlaceOf } from './transport/dms-connections.ts';
import type { FolderUse } from './transport/dms-files.port.ts';
import type { FilePlace, HttpHandOver, WatchedReplies } from './transport/transport-settings.ts';
import type { XdomeaTarget } from './xdomea/xdomea-targets.ts';

/** A server that does not answer keeps nobody waiting for longer. */
const PATIENCE_MS = 15_000;
/** Other answers say nothing of what a POST would be told. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 407, 502, 503, 504]);

/** What `doctor` says of the places where a target takes packages and leaves replies. */
export async function placeFindings(connections: DmsConnections, of: XdomeaTarget): Promise<Finding[]> {
  const { tenant, target, settings } = of;
  const { handOver, replies } = settings;
  const findings = [
    handOver.by === 'http'
      ? addressFinding(connections, { tenant, target, under: 'handOver', place: handOver })
      : folderFinding(connections, { tenant, target, under: 'handOver', place: handOver }),
    ...(replies && replies.by !== 'http'
      ? [folderFinding(connections, { tenant, target, under: 'replies', place: replies })]
      : []),
  ];
  return await Promise.all(findings);
}

async function folderFinding(connections: DmsConnections, of: PlaceOf<FilePlace>): Promise<Finding> {
  const { tenant, target, place } = of;
  const subject = `${tenant}/${target}`;
  const { folder, use, name, verb } = described(of);
  const problem = await within(PATIENCE_MS, async () => connections.files(of).problemOf(folder, use));
  if (problem === undefined) return { level: 'ok', subject, text: `${name} can be ${verb}` };
  if (problem === 'ENOENT' && place.createDirectories) {
    return { level: 'ok', subject, text: `${name} is made at the first delivery` };
  }
  return { level: 'problem', subject, text: `${name} cannot be ${verb} (${problem})` };
}

async function addressFinding(connections: DmsConnections, of: PlaceOf<HttpHandOver>): Promise<Finding> {
  const subject = `${of.tenant}/${of.target}`;
  const problem = await within(PATIENCE_MS, async () => {
    const url = new URL(of.place.url);
    const { status } = await connections.channel(of).send({ method: 'OPTIONS', url, changes: false });
    return REFUSALS.has(status) ? `HTTP ${status}` : undefined;
  });
  if (problem === undefined) return { level: 'ok', subject, text: 'address of the DMS can be reached' };
  return { level: 'problem', subject, text: `address of the DMS cannot be used (${problem})` };
}

function described({ under, place }: PlaceOf<FilePlace>): {
  readonly folder: string;
  readonly use: FolderUse;
  readonly name: string;
  readonly verb: string;
} {
  if (under === 'replies') {
    const { folder } = place as WatchedReplies;
    return { folder, use: 'read', name: 'reply directory', verb: 'read and emptied' };
  }
  const { inbox } = place as Exclude<FilePlace, WatchedReplies>;
  return { folder: inbox, use: 'write', name: 'inbox of the DMS', verb: 'written' };
}

/** The problem, or the code of the error that keeps it from being found. */
async function within(patienceMs: number, find: () => Promise<string | undefined>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${patienceMs / 1000} s`), patienceMs);
  });
  try {
    return await Promise.race([find(), late]);
  } catch (error) {
    return isHubError(error) ? `${error.code}: ${error.message}` : 'failed unexpectedly';
  } finally {
    clearTimeout(timer);
  }
}
