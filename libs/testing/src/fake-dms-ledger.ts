import type { ReceivedMessage, ReceivedObjekt } from '@ozg-hub/xdomea';
import { type ObjectVerdict, uuidFrom } from './fake-dms-answers.ts';
import type { Finding } from './fake-dms-package.ts';

/** Objects that match are refused with the code. Texts are regular expressions. */
export interface RefuseRule {
  readonly betreff?: string;
  readonly fachverfahrenObjektId?: string;
  /** Of AllgemeineRueckmeldung (`0000004`) or a specific list; default `0605005`, or its like of another message. */
  readonly code?: string;
  /** Refuse this many matching objects, then accept; default: all. */
  readonly times?: number;
}

/** What became of one object of a message. */
export interface LedgerObject extends ObjectVerdict {
  readonly fachverfahrenObjektId: string | null;
  /** The object of the DMS that it names: container, document or object itself. */
  readonly referred?: string;
  /** Index of the rule that refused it. */
  readonly rule?: number;
}

/** One package taken out of the inbox; one line of `ledger.jsonl`, on disk before any answer. */
export interface LedgerLine {
  /** Name under which it was found. */
  readonly file: string;
  /** Name under `taken/`; another than `file` only where that name had been taken before. */
  readonly storedAs: string;
  readonly prozessId: string | null;
  /** Of the first object. */
  readonly fachverfahrenObjektId: string | null;
  /** Of the package. */
  readonly sha256: string;
  readonly at: string;
  /** Given to the first object; absent where it was refused. */
  readonly aktenzeichen?: string;
  /** Code the first object was refused with. */
  readonly refusal?: string;
  /** Why the package is not acceptable: a code of ours or the process rules. */
  readonly problem?: string;
  /** The ProzessID had been taken before: recorded, filed no second time, not answered. */
  readonly repeated?: true;
  readonly receiptWanted?: boolean;
  /** Number of the message, `0605`, and version of the standard; absent where the package could not be read. */
  readonly nachricht?: string;
  readonly version?: string;
  readonly objekte: readonly LedgerObject[];
}

/** What a DMS has to know of everything that it took; a package costs the same, however many came before. */
export class Holdings {
  readonly #processes = new Set<string>();
  /** Ids of objects that were accepted. */
  readonly #objects = new Set<string>();
  readonly #closed = new Set<string>();
  readonly #byAktenplan = new Map<string, number>();
  readonly #byRule = new Map<number, number>();

  constructor(lines: readonly LedgerLine[] = []) {
    for (const line of lines) this.add(line);
  }

  add({ prozessId, nachricht, objekte }: LedgerLine): void {
    if (prozessId !== null) this.#processes.add(prozessId);
    for (const { idSgo, refusal, aktenzeichen, rule } of objekte) {
      if (refusal === undefined) this.#objects.add(idSgo);
      if (refusal === undefined && nachricht === '0624') this.#closed.add(idSgo.toLowerCase());
      if (aktenzeichen !== undefined) count(this.#byAktenplan, aktenplanOf(aktenzeichen));
      if (rule !== undefined) count(this.#byRule, rule);
    }
  }

  hasProcess(prozessId: string): boolean {
    return this.#processes.has(prozessId);
  }

  hasObject(idSgo: string): boolean {
    return this.#objects.has(idSgo);
  }

  /** Zu den Akten: nothing in it changes any more. */
  isClosed(idSgo: string): boolean {
    return this.#closed.has(idSgo);
  }

  /** Aktenzeichen given below an entry of the Aktenplan. */
  numbered(aktenplan: string): number {
    return this.#byAktenplan.get(aktenplan) ?? 0;
  }

  /** Objects that a rule refused. */
  refusedBy(rule: number): number {
    return this.#byRule.get(rule) ?? 0;
  }
}

function count<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** `32.30.10` of `32.30.10-0001/2026` */
function aktenplanOf(aktenzeichen: string): string {
  return aktenzeichen.slice(0, aktenzeichen.lastIndexOf('-'));
}

export interface Circumstances {
  /** Everything taken before. */
  readonly holdings: Holdings;
  readonly rules: readonly RefuseRule[];
  /** Objects of which a clerk lifted the closing. */
  readonly lifted?: ReadonlySet<string>;
  readonly at: Date;
}

/** What a DMS makes of a package, but for its names and its time. */
export function judge(finding: Finding, circumstances: Circumstances): Omit<LedgerLine, 'file' | 'storedAs' | 'at'> {
  const { sha256 } = finding;
  const prozessId = (finding.problem ? finding.prozessId : finding.message.prozessId) ?? null;
  const repeated = prozessId !== null && circumstances.holdings.hasProcess(prozessId);
  const common = { prozessId, sha256, ...(repeated && { repeated: true as const }) };
  if (finding.problem) {
    const refusal = finding.problem.answer;
    const objekte = [
      { nummerImStapel: 1, idSgo: uuidFrom(`sgo ${prozessId} 1`), fachverfahrenObjektId: null, refusal },
    ];
    return { ...common, fachverfahrenObjektId: null, refusal, problem: finding.problem.code, objekte };
  }
  const { message } = finding;
  const objekte: LedgerObject[] = [];
  for (const objekt of message.objekte) objekte.push(judgeObject(objekt, message, repeated, objekte, circumstances));
  const [first] = objekte;
  return {
    ...common,
    fachverfahrenObjektId: first?.fachverfahrenObjektId ?? null,
    ...(first?.aktenzeichen !== undefined && { aktenzeichen: first.aktenzeichen }),
    ...(first?.refusal !== undefined && { refusal: first.refusal }),
    receiptWanted: message.receiptWanted,
    nachricht: message.nachricht,
    version: message.version.id,
    objekte,
  };
}

/** What a refusal says by default. */
const REFUSALS: Readonly<Record<string, string>> = {
  '0401': '0000499',
  '0601': '0601005',
  '0604': '0604003',
  '0605': '0605005',
  '0607': '0607003',
  '0624': '0624002',
};

function judgeObject(
  objekt: ReceivedObjekt,
  message: ReceivedMessage,
  repeated: boolean,
  before: readonly LedgerObject[],
  { holdings, rules, lifted, at }: Circumstances,
): LedgerObject {
  const { nachricht, prozessId } = message;
  const { nummerImStapel, idContainer, idDokument, idSgo, fachverfahrenObjektId = null } = objekt;
  const creates = nachricht === '0605' || nachricht === '0604' || nachricht === '0401';
  const referred = idContainer ?? idDokument ?? idSgo;
  const own = creates ? uuidFrom(`sgo ${prozessId} ${nummerImStapel}`) : (referred ?? '');
  const verdict = {
    nummerImStapel,
    idSgo: nachricht === '0401' ? (objekt.id ?? own) : own,
    fachverfahrenObjektId,
    ...(referred !== undefined && { referred }),
  };
  const rule = rules.findIndex((each, index) => {
    const refused = holdings.refusedBy(index) + before.filter((other) => other.rule === index).length;
    if (each.times !== undefined && refused >= each.times) return false;
    const betreff = each.betreff === undefined || new RegExp(each.betreff, 'u').test(objekt.betreff ?? '');
    const id = each.fachverfahrenObjektId;
    return betreff && (id === undefined || new RegExp(id, 'u').test(fachverfahrenObjektId ?? ''));
  });
  if (rule !== -1) return { ...verdict, rule, refusal: rules[rule]?.code ?? REFUSALS[nachricht] ?? '0000499' };
  if (referred !== undefined) {
    const id = referred.toLowerCase();
    const isKnown = holdings.hasObject(id) || before.some((each) => each.refusal === undefined && each.idSgo === id);
    if (!isKnown) return { ...verdict, refusal: `${nachricht}001` };
    if (!lifted?.has(id) && holdings.isClosed(id)) return { ...verdict, refusal: REFUSALS[nachricht] ?? '0000499' };
  }
  if (!creates || repeated) return verdict;
  const aktenplan = objekt.aktenplan ?? '00';
  const ofMessage = before.filter(({ aktenzeichen }) => aktenzeichen && aktenplanOf(aktenzeichen) === aktenplan).length;
  const number = String(holdings.numbered(aktenplan) + ofMessage + 1).padStart(4, '0');
  return { ...verdict, aktenzeichen: `${aktenplan}-${number}/${at.getUTCFullYear()}` };
}
