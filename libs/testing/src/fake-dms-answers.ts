import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type RueckgabeparameterToWrite,
  messageFileName,
  messageNames,
  packageName,
  writeEmpfangBestaetigen,
  writeImportBestaetigen,
  writePackage,
} from '@ozg-hub/xdomea';
import type { Journal } from './fake-dms-journal.ts';

/** What the fake has to say about one package. */
export interface Verdict {
  readonly prozessId: string;
  readonly receiptWanted: boolean;
  readonly objekte: readonly { readonly nummerImStapel: number; readonly aktenzeichen: string }[];
  /** A code of AllgemeineRueckmeldung or SpezifischeFehlermeldung0605 instead of success. */
  readonly refusal?: string | undefined;
}

/** An answer on its way: `prepared` lies under its temporary name, `handed` has been renamed. */
export interface AnswerLine {
  readonly name: string;
  readonly step: 'prepared' | 'handed';
  readonly at: string;
}

export interface AnswerSettings {
  readonly outbox: string;
  readonly parameterName: string;
  readonly replyAs: 'xml' | 'zip';
  readonly now: () => Date;
}

export class Answers {
  private readonly last: Map<string, AnswerLine['step']>;

  constructor(
    private readonly journal: Journal<AnswerLine>,
    private readonly settings: AnswerSettings,
  ) {
    this.last = new Map(journal.lines.map(({ name, step }) => [name, step]));
  }

  receipt(verdict: Verdict, copy: number): Promise<void> {
    const xml = writeEmpfangBestaetigen(this.kopf(verdict.prozessId));
    return this.hand(verdict.prozessId, '0629', copy, xml);
  }

  result(verdict: Verdict, copy: number): Promise<void> {
    return this.hand(verdict.prozessId, '0630', copy, this.resultXml(verdict));
  }

  /** A result for an exchange that nobody began. */
  stranger(verdict: Verdict): Promise<void> {
    const unknown = { ...verdict, prozessId: uuidFrom(`stranger ${verdict.prozessId}`) };
    return this.hand(unknown.prozessId, '0630', 1, this.resultXml(unknown));
  }

  private resultXml({ prozessId, objekte, refusal }: Verdict): string {
    const specific = refusal?.startsWith('0605') ? { spezifisch0605: refusal } : undefined;
    const parameters = objekte.map(({ nummerImStapel, aktenzeichen }): RueckgabeparameterToWrite =>
      refusal === undefined
        ? {
            nummerImStapel,
            idSgo: uuidFrom(`sgo ${prozessId} ${nummerImStapel}`),
            parameter: { name: this.settings.parameterName, wert: aktenzeichen },
            erfolgreich: true,
          }
        : {
            nummerImStapel,
            parameter: { name: this.settings.parameterName },
            erfolgreich: false,
            ...(specific && { rueckmeldungen: [specific] }),
          },
    );
    return writeImportBestaetigen({
      ...this.kopf(prozessId),
      rueckmeldungen: [specific ?? { allgemein: refusal ?? '0000000' }],
      rueckgabeparameter: parameters,
    });
  }

  private kopf(prozessId: string) {
    return {
      prozessId,
      createdAt: this.settings.now(),
      sender: { institution: { name: 'Fake-DMS' } },
      receiver: { institution: { name: 'OZG hub' } },
      sendingSystem: { instanzId: 'fake-dms', produktname: 'Fake-DMS' },
    };
  }

  /**
   * Hands an answer over once, also across a crash: the temporary file is complete and journalled before the rename, so
   * at the next start a missing temporary file means that it was handed over.
   */
  private async hand(prozessId: string, code: '0629' | '0630', copy: number, xml: string): Promise<void> {
    const { outbox, replyAs, now } = this.settings;
    const nameOf = replyAs === 'zip' ? packageName : messageFileName;
    const plain = nameOf(prozessId, messageNames[code]);
    const name = copy === 1 ? plain : plain.replace(/\.(xml|zip)$/, `_${copy}.$1`);
    const temporary = join(outbox, `.${name}.tmp`);
    if (this.last.get(name) === 'handed') return;
    if (this.last.get(name) !== 'prepared') {
      await writeReply(temporary, replyAs === 'zip' ? messageFileName(prozessId, messageNames[code]) : undefined, xml);
      await this.note({ name, step: 'prepared', at: now().toISOString() });
    }
    if (existsSync(temporary)) await rename(temporary, join(outbox, name));
    await syncFolder(outbox);
    await this.note({ name, step: 'handed', at: now().toISOString() });
  }

  private async note(line: AnswerLine): Promise<void> {
    await this.journal.append(line);
    this.last.set(line.name, line.step);
  }
}

async function writeReply(path: string, zippedAs: string | undefined, xml: string): Promise<void> {
  if (zippedAs === undefined) return writeFile(path, xml, { flush: true });
  await writePackage({ message: { name: zippedAs, xml }, files: [], to: createWriteStream(path, { flush: true }) });
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The same UUID (version 8) for the same text, so that answers after a restart say the same. */
function uuidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
