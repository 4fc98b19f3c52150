import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type MessageCode,
  type RueckgabeparameterToWrite,
  type RueckmeldungToWrite,
  messageFileName,
  messageNames,
  packageName,
  writeAbgabeEmpfangBestaetigen,
  writeAbgabeImportBestaetigen,
  writeEmpfangBestaetigen,
  writeImportBestaetigen,
  writePackage,
} from '@ozg-hub/xdomea';
import type { Journal } from './fake-dms-journal.ts';

/** What the fake has to say about one package. */
export interface Verdict {
  readonly prozessId: string;
  /** Of the message that is answered. */
  readonly nachricht: string;
  /** To answer in. */
  readonly version: string;
  readonly receiptWanted: boolean;
  readonly objekte: readonly ObjectVerdict[];
}

export interface ObjectVerdict {
  readonly nummerImStapel: number;
  /** Id that the DMS gave or knew the object by. */
  readonly idSgo: string;
  readonly aktenzeichen?: string;
  /** A code of AllgemeineRueckmeldung or of a specific list instead of success. */
  readonly refusal?: string;
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

  async receipt(verdict: Verdict, copy: number): Promise<void> {
    const { version, prozessId } = verdict;
    const kopf = this.kopf(prozessId);
    if (verdict.nachricht !== '0401') {
      return this.hand(prozessId, '0629', copy, writeEmpfangBestaetigen(kopf, { version }));
    }
    if (version === '2.4.0') return;
    return this.hand(prozessId, '0403', copy, writeAbgabeEmpfangBestaetigen(kopf, { version }));
  }

  result(verdict: Verdict, copy: number): Promise<void> {
    return this.hand(verdict.prozessId, verdict.nachricht === '0401' ? '0402' : '0630', copy, this.resultXml(verdict));
  }

  /** A result for an exchange that nobody began. */
  stranger(verdict: Verdict): Promise<void> {
    return this.result({ ...verdict, prozessId: uuidFrom(`stranger ${verdict.prozessId}`) }, 1);
  }

  private resultXml({ prozessId, nachricht, objekte, version }: Verdict): string {
    const kopf = this.kopf(prozessId);
    if (nachricht === '0401') {
      const verdicts = objekte.map(({ idSgo, refusal }) => ({
        idSgo,
        erfolgreich: refusal === undefined,
        ...(refusal !== undefined && { fehlermeldung: refusal }),
      }));
      return writeAbgabeImportBestaetigen({ ...kopf, objekte: verdicts }, { version });
    }
    const refusals = objekte.flatMap(({ refusal }) => refusal ?? []);
    const whole = refusals.length === objekte.length ? refusals[0] : undefined;
    return writeImportBestaetigen(
      {
        ...kopf,
        rueckmeldungen: [rueckmeldung(whole ?? '0000000')],
        rueckgabeparameter: objekte.map((each) => this.parameterOf(each)),
      },
      { version },
    );
  }

  private parameterOf({ nummerImStapel, idSgo, aktenzeichen, refusal }: ObjectVerdict): RueckgabeparameterToWrite {
    const name = this.settings.parameterName;
    if (refusal === undefined) {
      const parameter = aktenzeichen === undefined ? { name: 'ID', wert: idSgo } : { name, wert: aktenzeichen };
      return { nummerImStapel, idSgo, parameter, erfolgreich: true };
    }
    const said = rueckmeldung(refusal);
    return {
      nummerImStapel,
      parameter: { name },
      erfolgreich: false,
      ...('spezifisch' in said && { rueckmeldungen: [said] }),
    };
  }

  private kopf(prozessId: string) {
    return {
      prozessId,
      createdAt: this.settings.now(),
      sender: { institution: { name: 'Fake-DMS' } },
      receiver: { institution: { name: 'OZG hub' } },
      sendingSystem: { instanzId: 'fake-dms', produktname: 'Fake-DMS' },
      receivingSystem: { instanzId: 'ozg-hub' },
    };
  }

  /**
   * Hands an answer over once, also across a crash: the temporary file is complete and journalled before the rename, so
   * at the next start a missing temporary file means that it was handed over.
   */
  private async hand(prozessId: string, code: MessageCode, copy: number, xml: string): Promise<void> {
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

function rueckmeldung(code: string): Extract<RueckmeldungToWrite, { allgemein: string } | { spezifisch: string }> {
  return code.startsWith('0000') ? { allgemein: code } : { spezifisch: code };
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
export function uuidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
