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

export interface Circumstances {
  /** Everything taken before. */
  readonly ledger: readonly LedgerLine[];
  readonly rules: readonly RefuseRule[];
  /** Objects of which a clerk lifted the closing. */
  readonly lifted?: ReadonlySet<string>;
  readonly at: Date;
}

/** What a DMS makes of a package, but for its names and its time. */
export function judge(finding: Finding, circumstances: Circumstances): Omit<LedgerLine, 'file' | 'storedAs' | 'at'> {
  const { sha256 } = finding;
  const prozessId = (finding.problem ? finding.prozessId : finding.message.prozessId) ?? null;
  const repeated = prozessId !== null && circumstances.ledger.some((line) => line.prozessId === prozessId);
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
  { ledger, rules, lifted, at }: Circumstances,
): LedgerObject {
  const { nachricht, prozessId } = message;
  const { nummerImStapel, idContainer, idDokument, idSgo, fachverfahrenObjektId = null } = objekt;
  const all = [...ledger.flatMap((line) => line.objekte), ...before];
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
    if (each.times !== undefined && all.filter((other) => other.rule === index).length >= each.times) return false;
    const betreff = each.betreff === undefined || new RegExp(each.betreff, 'u').test(objekt.betreff ?? '');
    const id = each.fachverfahrenObjektId;
    return betreff && (id === undefined || new RegExp(id, 'u').test(fachverfahrenObjektId ?? ''));
  });
  if (rule !== -1) return { ...verdict, rule, refusal: rules[rule]?.code ?? REFUSALS[nachricht] ?? '0000499' };
  const known = all.some((each) => each.refusal === undefined && each.idSgo === referred?.toLowerCase());
  if (referred !== undefined && !known) return { ...verdict, refusal: `${nachricht}001` };
  if (referred !== undefined && !lifted?.has(referred.toLowerCase()) && isClosed(ledger, referred.toLowerCase()))
    return { ...verdict, refusal: REFUSALS[nachricht] ?? '0000499' };
  if (!creates || repeated) return verdict;
  return { ...verdict, aktenzeichen: nextAktenzeichen(objekt.aktenplan ?? '00', all, at) };
}

/** Zu den Akten: nothing in it changes any more. */
function isClosed(ledger: readonly LedgerLine[], idSgo: string): boolean {
  return ledger.some(
    ({ nachricht, objekte }) =>
      nachricht === '0624' && objekte.some((each) => each.idSgo.toLowerCase() === idSgo && each.refusal === undefined),
  );
}

function nextAktenzeichen(aktenplan: string, all: readonly LedgerObject[], at: Date): string {
  const before = all.filter(({ aktenzeichen }) => aktenzeichen?.startsWith(`${aktenplan}-`)).length;
  return `${aktenplan}-${String(before + 1).padStart(4, '0')}/${at.getUTCFullYear()}`;
}
