import { open, readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { isHubError } from '@ozg-hub/core';
import type { XmlPool } from '@ozg-hub/xml';
import type { CheckFinding } from './check-findings.ts';
import { type CheckedMessage, checkMessage } from './check-message.ts';
import { ContentProbe, contradicts } from './content-probe.ts';
import {
  type Package,
  type PackageEntry,
  type PackageLimits,
  defaultPackageLimits,
  openPackage,
} from './package-reader.ts';
import type { ReceivedMessage } from './read-message.ts';

export interface CheckOptions {
  /** Ids of the schema catalogue that are official; the others are the hub's own profiles. */
  readonly official: ReadonlySet<string>;
  readonly limits?: PackageLimits;
  /** Largest message in bytes, unpacked; default 32 MiB. */
  readonly maxMessageBytes?: number;
}

export interface CheckReport {
  /** `unchecked`: an obstacle is in the way, see the findings of that severity. */
  readonly verdict: 'valid' | 'invalid' | 'unchecked';
  readonly kind: 'package' | 'message';
  /** Absent where no message could be read. */
  readonly message?: Pick<ReceivedMessage, 'name' | 'nachricht' | 'prozessId' | 'createdAt'> & {
    readonly version: string;
    readonly objekte: number;
  };
  /** Against which schema the message was validated; absent where it was not. */
  readonly schema?: 'official' | 'profile';
  /** Files of the package, without the message. */
  readonly files: readonly PackageEntry[];
  readonly findings: readonly CheckFinding[];
}

const MAX_MESSAGE = 32 * 1024 ** 2;

/**
 * Checks a package or a bare message of any supported version: ZIP, schema, process rules, code lists, files. Reads
 * every byte of a package once, with constant memory.
 * @throws only where the file cannot be read
 */
export async function checkFile(pool: XmlPool, path: string, options: CheckOptions): Promise<CheckReport> {
  const check = new FileCheck(pool, options);
  return (await isZip(path)) ? check.package(path) : check.message(path);
}

/** The message in a package: by its name, else the only XML file that is one. */
export async function messageEntry(opened: Package): Promise<readonly PackageEntry[]> {
  const documents = opened.entries.filter(({ name }) => name.toLowerCase().endsWith('.xml'));
  const named = documents.filter(({ name }) => MESSAGE_FILE.test(name));
  if (named.length > 0) return named;
  const begins: PackageEntry[] = [];
  for (const entry of documents) {
    const start = await startOf(opened, entry.name);
    if (/<(?:\w+:)?[A-Z]\w+\.\w+\.\d{4}\s[^>]*urn:xoev-de:xdomea:schema:/.test(start)) begins.push(entry);
  }
  return begins;
}

/** `<ProzessID>_<Nachrichtenname>.xml` */
const MESSAGE_FILE = /^[0-9a-f-]{36}_[A-Z]\w+\.\w+\.\d{4}\.xml$/i;

class FileCheck {
  readonly #findings: CheckFinding[] = [];
  readonly #maxBytes: number;

  constructor(
    private readonly pool: XmlPool,
    private readonly options: CheckOptions,
  ) {
    this.#maxBytes = options.maxMessageBytes ?? MAX_MESSAGE;
  }

  async message(path: string): Promise<CheckReport> {
    if ((await stat(path)).size > this.#maxBytes) return this.#report('message', this.#tooLarge(), []);
    const checked = await this.#check(await readFile(path), undefined);
    if (checked.message) {
      this.#name(checked.message, basename(path), 'warning');
      if (checked.message.inventory.dateien.length > 0) {
        const message = 'only the message was given: the files that it names were not looked at';
        this.#add({ subject: 'files', rule: 'files-not-checked', severity: 'note', message });
      }
    }
    return this.#report('message', checked, []);
  }

  async package(path: string): Promise<CheckReport> {
    let opened: Package;
    try {
      opened = await openPackage(path, this.options.limits ?? defaultPackageLimits);
    } catch (error) {
      return this.#report('package', this.#refused(error), []);
    }
    try {
      return await this.#contents(opened, basename(path));
    } finally {
      opened.close();
    }
  }

  async #contents(opened: Package, packageName: string): Promise<CheckReport> {
    const messages = await messageEntry(opened);
    const [only] = messages;
    const files = opened.entries.filter(({ name }) => name !== only?.name);
    if (!only || messages.length > 1) {
      const rule = only ? 'several-messages' : 'no-message';
      const message = only ? 'the package has more than one message' : 'the package has no message of xdomea';
      this.#add({ subject: 'package', rule, severity: 'error', message });
      return this.#report('package', {}, opened.entries);
    }
    const checked = await this.#messageOf(opened, only, files);
    if (checked.message) {
      this.#name(checked.message, only.name, 'error');
      const zip = `${checked.message.prozessId}_${checked.message.name}.zip`;
      if (packageName.toLowerCase() !== zip.toLowerCase()) {
        const message = 'the package is not named <ProzessID>_<Nachrichtenname>.zip';
        this.#add({ subject: 'package', rule: 'package-name', severity: 'warning', message });
      }
    }
    const named = new Map(checked.message?.inventory.dateien.map((datei) => [datei.dateiname, datei]));
    for (const { name } of files) await this.#file(opened, name, named.get(name)?.code, named.get(name)?.line);
    return this.#report('package', checked, files);
  }

  async #messageOf(opened: Package, { name, size }: PackageEntry, files: readonly PackageEntry[]) {
    if (size > this.#maxBytes) return this.#tooLarge();
    try {
      const bytes = await opened.read(name, this.#maxBytes);
      return await this.#check(
        bytes,
        files.map((file) => file.name),
      );
    } catch (error) {
      return this.#refused(error);
    }
  }

  /** Reads a file to its end: checksum, size, and whether it is what the message says. */
  async #file(opened: Package, name: string, code: string | undefined, line: number | undefined): Promise<void> {
    const probe = new ContentProbe();
    try {
      for await (const chunk of await opened.stream(name)) probe.push(chunk as Buffer);
    } catch {
      // Whatever the reader says, what it means for the file is the same.
      const message = 'is damaged: its content does not match size or checksum';
      this.#add({ subject: 'files', rule: 'file-damaged', severity: 'error', file: name, message });
      return;
    }
    if (code === undefined || !contradicts(code, probe.result())) return;
    const message = 'is not of the format that the message says';
    const at = line === undefined ? {} : { line };
    this.#add({ subject: 'files', rule: 'file-format', severity: 'warning', file: name, ...at, message });
  }

  async #check(bytes: Uint8Array, files: readonly string[] | undefined): Promise<Partial<CheckedMessage>> {
    const checked = await checkMessage(this.pool, bytes, {
      official: this.options.official,
      maxBytes: this.#maxBytes,
      files,
    });
    this.#findings.push(...checked.findings);
    return checked;
  }

  #name({ prozessId, name }: ReceivedMessage, file: string, severity: 'error' | 'warning'): void {
    if (file.toLowerCase() === `${prozessId}_${name}.xml`.toLowerCase()) return;
    const message = 'the message is not named <ProzessID>_<Nachrichtenname>.xml, or its name says something else';
    this.#add({ subject: 'package', rule: 'message-name', severity, message });
  }

  #tooLarge(): Partial<CheckedMessage> {
    const message = `the message is larger than ${this.#maxBytes} bytes`;
    this.#add({ subject: 'schema', rule: 'limit', severity: 'obstacle', message });
    return {};
  }

  #refused(error: unknown): Partial<CheckedMessage> {
    if (!isHubError(error) || !error.code.startsWith('HUB_XDOMEA_PACKAGE')) throw error;
    this.#add({ subject: 'package', rule: 'package', severity: 'error', message: error.message });
    return {};
  }

  #add(finding: CheckFinding): void {
    this.#findings.push(finding);
  }

  #report(
    kind: CheckReport['kind'],
    { message, schema }: Partial<CheckedMessage>,
    files: readonly PackageEntry[],
  ): CheckReport {
    const has = (severity: CheckFinding['severity']) => this.#findings.some((each) => each.severity === severity);
    return {
      verdict: has('error') ? 'invalid' : has('obstacle') ? 'unchecked' : 'valid',
      kind,
      ...(message && {
        message: {
          name: message.name,
          nachricht: message.nachricht,
          version: message.version.id,
          prozessId: message.prozessId,
          createdAt: message.createdAt,
          objekte: message.objekte.length,
        },
      }),
      ...(schema && { schema }),
      files,
      findings: this.#findings,
    };
  }
}

async function isZip(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.toString('latin1') === 'PK';
  } finally {
    await file.close();
  }
}

async function startOf(opened: Package, name: string): Promise<string> {
  try {
    for await (const chunk of await opened.stream(name)) return (chunk as Buffer).toString('utf8', 0, 8192);
  } catch {
    // Damaged: found again, and told, when the file itself is read.
  }
  return '';
}
