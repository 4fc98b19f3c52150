import { SONSTIGES } from './dateiformat.ts';
import { xdomeaErrors } from './errors.ts';
import { type MessageInventory, inventoryOf } from './message-inventory.ts';
import type { Message, SgoAblegen } from './messages.ts';
import { safeFileName } from './package-names.ts';

export type ProcessRule =
  | 'file-missing'
  | 'file-not-named'
  | 'file-name-repeated'
  | 'file-name-unsafe'
  | 'id-repeated'
  | 'stapel'
  | 'ablageort'
  | 'sonstiger-name'
  | 'number-in-container'
  | 'empty-element';

/** One broken rule; `path` has element names and positions in document order, no value. */
export interface ProcessRuleFinding {
  readonly rule: ProcessRule;
  readonly path: string;
  readonly message: string;
  /** Where the message was read from a document. */
  readonly line?: number;
}

/**
 * The rules of xdomea that its schemas cannot express.
 * @param fileNames all names in the package without the message itself; undefined where there is no package to compare
 * @returns the broken rules, empty where all is well
 */
export function checkProcessRules(
  message: Message | SgoAblegen | MessageInventory,
  fileNames: Iterable<string> | undefined,
): readonly ProcessRuleFinding[] {
  const inventory = 'container' in message ? message : inventoryOf(message);
  return [
    ...(fileNames === undefined ? [] : filesAndMessage(inventory, [...fileNames])),
    ...fileNameRules(inventory),
    ...repeated(inventory.ids.map(({ id }) => id.toLowerCase())).map((position) =>
      finding(
        'id-repeated',
        `Identifikation[${position}]/ID`,
        'is the ID of another object of this message',
        inventory.ids[position - 1],
      ),
    ),
    ...stapelRules(inventory),
    ...containerRules(inventory),
    ...inventory.leereElemente.map((element) =>
      finding('empty-element', `//${element.name}`, 'is empty; optional elements are left out instead', element),
    ),
  ];
}

/** As {@link checkProcessRules}. @throws HUB_XDOMEA_PROCESS_RULE with all places */
export function assertProcessRules(
  message: Message | SgoAblegen | MessageInventory,
  fileNames: Iterable<string>,
): void {
  const findings = checkProcessRules(message, fileNames);
  if (findings.length === 0) return;
  throw xdomeaErrors.HUB_XDOMEA_PROCESS_RULE({
    places: findings.slice(0, 50).map(({ path, line, message: text }) => ({
      ...(line !== undefined && { line }),
      path,
      message: text,
    })),
  });
}

function finding(
  rule: ProcessRule,
  path: string,
  message: string,
  at: { readonly line?: number | undefined } | undefined,
): ProcessRuleFinding {
  return { rule, path, message, ...(at?.line !== undefined && { line: at.line }) };
}

function filesAndMessage({ dateien }: MessageInventory, fileNames: readonly string[]): ProcessRuleFinding[] {
  const present = new Set(fileNames);
  const named = new Set(dateien.map(({ dateiname }) => dateiname));
  const missing = dateien.flatMap((each, index) =>
    present.has(each.dateiname)
      ? []
      : [finding('file-missing', datei(index), 'names a file that is not in the package', each)],
  );
  const extra = fileNames.flatMap((name, index) =>
    named.has(name)
      ? []
      : [finding('file-not-named', `file[${index + 1}]`, 'is in the package, but the message does not name it', {})],
  );
  return [...missing, ...extra];
}

function fileNameRules({ dateien }: MessageInventory): ProcessRuleFinding[] {
  const again = repeated(dateien.map(({ dateiname }) => dateiname.normalize('NFC').toLowerCase())).map((position) =>
    finding(
      'file-name-repeated',
      datei(position - 1),
      'is named by another Primaerdokument too',
      dateien[position - 1],
    ),
  );
  const single = dateien.flatMap((each, index) => {
    const { dateiname, code, sonstigerName } = each;
    const unsafe = safeFileName(dateiname) !== dateiname;
    const misnamed = code !== undefined && (code === SONSTIGES) !== (sonstigerName !== undefined);
    const format = `Format[${index + 1}]/SonstigerName`;
    return [
      ...(unsafe ? [finding('file-name-unsafe', datei(index), 'is a name that some receivers refuse', each)] : []),
      ...(misnamed ? [finding('sonstiger-name', format, 'must stand with code 100 and only there', each)] : []),
    ];
  });
  return [...again, ...single];
}

function stapelRules({ stapel, stapellaenge, objekte }: MessageInventory): ProcessRuleFinding[] {
  const findings = objekte.flatMap((objekt, index) =>
    objekt.needsAblageort && !objekt.ablageort?.trim()
      ? [finding('ablageort', `object[${index + 1}]/Ablageort`, 'must be filled', objekt)]
      : [],
  );
  const add = (path: string, message: string) => findings.push(finding('stapel', path, message, {}));
  if (stapel === undefined) return findings;
  if (!stapel && objekte.length !== 1) add('Kopf/Stapel', 'is 0, but the message has not exactly one object');
  if (stapellaenge !== undefined && stapellaenge !== objekte.length) {
    add('Kopf/Stapellaenge', 'is not the number of objects');
  }
  if (stapel) {
    if (stapellaenge === undefined) add('Kopf/Stapellaenge', 'is missing in a batch');
    const nummern = objekte.map(({ nummerImStapel }) => nummerImStapel);
    if (nummern.includes(undefined) || new Set(nummern).size !== nummern.length) {
      add('NummerImStapel', 'must stand at each object of a batch and be unique');
    }
  }
  return findings;
}

/** A rule of 3.x; in 2.4 the number is any text and bound to nothing. */
function containerRules({ container, generation }: MessageInventory): ProcessRuleFinding[] {
  if (generation === 2) return [];
  return container.flatMap((each, index) => {
    const given = each.nummern.filter((nummer) => nummer !== undefined);
    const mixed = given.length > 0 && given.length < each.nummern.length;
    if (!mixed && new Set(given).size === given.length) return [];
    const path = `container[${index + 1}]//NummerImUebergeordnetenContainer`;
    return [
      finding(
        'number-in-container',
        path,
        'must be unique in its container, and stand at all its objects or at none',
        each,
      ),
    ];
  });
}

/** 1-based positions of values that stood before. */
function repeated(values: readonly string[]): number[] {
  const seen = new Set<string>();
  return values.flatMap((value, index) => {
    const again = seen.has(value);
    seen.add(value);
    return again ? [index + 1] : [];
  });
}

const datei = (index: number) => `Primaerdokument[${index + 1}]/Dateiname`;
