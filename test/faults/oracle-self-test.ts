import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { ClientJournal, readJournal } from './client-journal.ts';
import { type ViolationKind, judge } from './oracle.ts';
import { readTaken } from './taken-packages.ts';

/** A package of doctored evidence. */
interface Sample {
  readonly dms: string;
  readonly storedAs: string;
  readonly prozessId: string;
  readonly key: string;
  /** FachverfahrenObjektID; default: the key. */
  readonly objectId?: string;
  readonly marker: string;
  readonly file: string;
  readonly content: string;
  readonly refusal?: string;
  readonly cut?: true;
}

interface Evidence {
  readonly packages: Sample[];
  /** Further answers: application and id. */
  readonly answers: { readonly key: string; readonly id: string; readonly status: number }[];
  /** States of deliveries told last; default CONFIRMED. */
  readonly told: Record<string, readonly string[]>;
}

interface Doctored {
  readonly title: string;
  readonly expects: readonly ViolationKind[];
  readonly change: (evidence: Evidence) => void;
}

const KEYS = ['S-1', 'S-2', 'S-3'] as const;
/** Supplements the case of S-1. */
const SUPPLEMENT = 'S-1-N1';
/** Was sent, and got no answer. */
const TIMED_OUT = 'S-5';

const cases: readonly Doctored[] = [
  { title: 'whole evidence', expects: [], change: () => undefined },
  { title: 'one lost', expects: ['lost'], change: ({ packages }) => packages.splice(2, 1) },
  {
    title: 'one doubled, in another exchange',
    expects: ['doubled'],
    change: ({ packages }) => packages.push({ ...packages[0]!, prozessId: 'P-9', storedAs: 'P-9.zip' }),
  },
  {
    title: 'one handed over twice, in the same exchange',
    expects: ['doubled'],
    change: ({ packages }) => packages.push({ ...packages[0]!, storedAs: 'P-1~2.zip' }),
  },
  {
    title: 'two applications in one exchange',
    expects: ['doubled'],
    change: ({ packages }) => packages.push({ ...packages.pop()!, prozessId: 'P-1' }),
  },
  {
    title: 'one alien',
    expects: ['alien'],
    change: ({ packages }) => packages.push({ ...packages[0]!, key: 'S-9', prozessId: 'P-9', storedAs: 'P-9.zip' }),
  },
  {
    title: 'one at the wrong DMS',
    expects: ['alien'],
    change: ({ packages }) => packages.push({ ...packages.pop()!, dms: 'south' }),
  },
  {
    title: 'one refused and filed all the same',
    expects: ['alien'],
    change: ({ packages }) => packages.push(sample('S-4', 4)),
  },
  {
    title: 'one altered file',
    expects: ['altered'],
    change: ({ packages }) => packages.push({ ...packages.pop()!, content: 'content of S-3 and more' }),
  },
  {
    title: 'one with the Fachdaten of another',
    expects: ['altered'],
    change: ({ packages }) => packages.push({ ...packages.pop()!, marker: 'm S-1' }),
  },
  {
    title: 'one cut off',
    expects: ['alien', 'lost'],
    change: ({ packages }) => packages.push({ ...packages.pop()!, cut: true }),
  },
  {
    title: 'one that the DMS refused',
    expects: ['refused'],
    change: ({ packages }) => packages.push({ ...packages.pop()!, refusal: '0000015' }),
  },
  {
    title: 'another id at the second answer',
    expects: ['unstable'],
    change: ({ answers }) => answers.push({ key: 'S-1', id: 'other', status: 200 }),
  },
  {
    title: 'accepted as new twice',
    expects: ['unstable'],
    change: ({ answers }) => answers.push({ key: 'S-1', id: 'id of S-1', status: 202 }),
  },
  {
    title: 'one id for two applications',
    expects: ['unstable'],
    change: ({ answers, packages }) => {
      answers.push({ key: 'S-4', id: 'id of S-1', status: 200 });
      packages.push(sample('S-4', 4));
    },
  },
  {
    title: 'a supplement filed before its application',
    expects: ['disordered'],
    change: ({ packages }) => packages.push(packages.shift()!),
  },
  {
    title: 'a supplement filed without its application',
    expects: ['disordered', 'lost'],
    change: ({ packages }) => packages.shift(),
  },
  {
    title: 'a supplement filed twice',
    expects: ['doubled'],
    change: ({ packages }) => packages.push({ ...packages[1]!, prozessId: 'P-9', storedAs: 'P-9.zip' }),
  },
  {
    title: 'one still under way when all is mended',
    expects: ['unfinished'],
    change: ({ told }) => Object.assign(told, { 'S-2': ['CONFIRMED', 'IN_DOUBT'] }),
  },
  {
    title: 'one of which the hub knows nothing when all is mended',
    expects: ['unfinished'],
    change: ({ told }) => Object.assign(told, { 'S-2': [] }),
  },
  {
    title: 'one said to be delivered that is not there',
    expects: ['lost'],
    change: ({ packages, told }) => {
      packages.splice(2, 1);
      Object.assign(told, { 'S-2': ['DELIVERED'] });
    },
  },
  {
    title: 'one parked that is not there: no objection',
    expects: [],
    change: ({ packages, told }) => {
      packages.splice(2, 1);
      Object.assign(told, { 'S-2': ['PARKED'] });
    },
  },
  {
    title: 'one that got no answer and is there once: no objection',
    expects: [],
    change: ({ packages }) => packages.push(sample(TIMED_OUT, 5)),
  },
  {
    title: 'one that got no answer and is there twice',
    expects: ['doubled'],
    change: ({ packages }) => packages.push(sample(TIMED_OUT, 5), sample(TIMED_OUT, 6)),
  },
];

/**
 * Shows the oracle evidence of which it is known what is wrong, as files, and says what it did not see or saw wrongly.
 * @returns one entry per case; `problem` is undefined where the oracle judged rightly
 */
export function testOracle(folder: string): { title: string; problem: string | undefined }[] {
  return cases.map(({ title, expects, change }) => {
    rmSync(folder, { recursive: true, force: true });
    const evidence = wholeEvidence();
    change(evidence);
    const found = judgeFiles(folder, evidence);
    const kinds = [...new Set(found.map(({ kind }) => kind))].toSorted();
    const right = kinds.join() === expects.toSorted().join();
    const seen = found.map(({ kind, text }) => `${kind}: ${text}`).join('; ') || 'nothing';
    return { title, problem: right ? undefined : `expected ${expects.join(', ') || 'nothing'}, found ${seen}` };
  });
}

function wholeEvidence(): Evidence {
  return {
    packages: [
      ...KEYS.slice(0, 1).map((key, index) => sample(key, index + 1)),
      { ...sample(SUPPLEMENT, 7), objectId: 'S-1/document', marker: '' },
      ...KEYS.slice(1).map((key, index) => sample(key, index + 2)),
    ],
    answers: [],
    told: {},
  };
}

function sample(key: string, number: number): Sample {
  return {
    dms: 'north',
    storedAs: `P-${number}.zip`,
    prozessId: `P-${number}`,
    key,
    marker: `m ${key}`,
    file: `Antrag ${key} & Größe.pdf`,
    content: `content of ${key}`,
  };
}

function judgeFiles(folder: string, evidence: Evidence) {
  mkdirSync(folder, { recursive: true });
  const journal = new ClientJournal(join(folder, 'journal.jsonl'));
  journal.note({ type: 'window', window: 'self-test' });
  for (const key of [...KEYS, SUPPLEMENT, 'S-4', TIMED_OUT]) {
    const content = `content of ${key}`;
    const file = { name: `Antrag ${key} & Größe.pdf`, size: content.length, sha256: sha256(content) };
    const isSupplement = key === SUPPLEMENT;
    const of = isSupplement ? { supplements: 'S-1', follows: 'S-1' } : {};
    const marker = isSupplement ? '' : `m ${key}`;
    journal.note({ type: 'sent', key, window: 'self-test', dms: 'north', marker, files: [file], ...of });
    if (key === TIMED_OUT) journal.note({ type: 'silence', key, attempt: 1, why: 'timed out' });
    else if (key === 'S-4') journal.note({ type: 'answer', key, attempt: 1, status: 422 });
    else journal.note({ type: 'answer', key, attempt: 1, status: 202, id: `id of ${key}` });
  }
  evidence.answers.forEach((answer) => journal.note({ type: 'answer', attempt: 2, ...answer }));
  for (const key of [...KEYS, SUPPLEMENT, 'S-4']) {
    journal.note({ type: 'told', key, deliveries: evidence.told[key] ?? ['CONFIRMED'] });
  }
  for (const dms of ['north', 'south']) {
    const mine = evidence.packages.filter((one) => one.dms === dms);
    mkdirSync(join(folder, dms), { recursive: true });
    const ledger = mine.map((one) => {
      const zip = packageOf(one);
      writeFileSync(join(folder, dms, one.storedAs), zip);
      const { storedAs, prozessId, refusal } = one;
      return JSON.stringify({ storedAs, prozessId, sha256: sha256(zip), at: new Date().toISOString(), refusal });
    });
    writeFileSync(join(folder, dms, 'ledger.jsonl'), ledger.map((line) => `${line}\n`).join(''));
  }
  const taken = ['north', 'south'].map((dms) => readTaken(dms, join(folder, dms)));
  return judge(readJournal(journal.path), taken).violations;
}

function packageOf({ prozessId, key, objectId = key, marker, file, content, cut }: Sample): Buffer {
  const original = file.replace('&', '&amp;');
  const xml = `<x:M><x:ProzessID>${prozessId}</x:ProzessID><x:FachverfahrenObjektID>${objectId}</x:FachverfahrenObjektID>
    <x:Dateiname>u_1.pdf</x:Dateiname> <x:DateinameOriginal>${original}</x:DateinameOriginal>${marker}</x:M>`;
  const zip = storedZip([
    { name: `${prozessId}_FVDaten.SGOAblegen.0605.xml`, content: Buffer.from(xml) },
    { name: 'u_1.pdf', content: Buffer.from(content) },
  ]);
  return cut ? zip.subarray(0, zip.length - 30) : zip;
}

function storedZip(entries: readonly { name: string; content: Buffer }[]): Buffer {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt32LE(crc32(content), 10);
    fields.writeUInt32LE(content.length, 14);
    fields.writeUInt32LE(content.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    fields.copy(entry, 6);
    entry.writeUInt32LE(offset, 42);
    directory.push(entry, Buffer.from(name));
    local.push(Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), content);
    offset += 30 + Buffer.byteLength(name) + content.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, ...directory, end]);
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
