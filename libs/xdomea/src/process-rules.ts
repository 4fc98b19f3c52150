import type { SgoAblegen, Anlage, Dokument, Format } from './model.ts';
import { xdomeaErrors } from './errors.ts';
import { safeFileName } from './package-names.ts';

/** What the rules look at; made from a model by {@link inventoryOf} or read from a document by {@link readSgoAblegen}. */
export interface MessageInventory {
  readonly stapel: boolean;
  readonly stapellaenge?: number | undefined;
  readonly objekte: readonly {
    readonly nummerImStapel?: number | undefined;
    readonly ablageort?: string | undefined;
  }[];
  readonly ids: readonly string[];
  readonly dateien: readonly {
    readonly dateiname: string;
    readonly code: string;
    readonly sonstigerName?: string | undefined;
  }[];
  /** Per container the numbers of its children, undefined where a child has none. */
  readonly container: readonly (readonly (number | undefined)[])[];
  /** Names of elements that have neither content nor children. */
  readonly leereElemente: readonly string[];
}

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
}

/**
 * The rules of xdomea that its schemas cannot express.
 * @param fileNames all names in the package without the message itself; undefined where there is no package to compare
 * @returns the broken rules, empty where all is well
 */
export function checkProcessRules(
  message: SgoAblegen | MessageInventory,
  fileNames: Iterable<string> | undefined,
): readonly ProcessRuleFinding[] {
  const inventory = 'container' in message ? message : inventoryOf(message);
  return [
    ...(fileNames === undefined ? [] : filesAndMessage(inventory, fileNames)),
    ...fileNameRules(inventory),
    ...repeated(inventory.ids.map((id) => id.toLowerCase())).map((position) => ({
      rule: 'id-repeated' as const,
      path: `Identifikation[${position}]/ID`,
      message: 'is the ID of another object of this message',
    })),
    ...stapelRules(inventory),
    ...containerRules(inventory),
    ...inventory.leereElemente.map((name) => ({
      rule: 'empty-element' as const,
      path: `//${name}`,
      message: 'is empty; optional elements are left out instead',
    })),
  ];
}

/** As {@link checkProcessRules}. @throws HUB_XDOMEA_PROCESS_RULE with all places */
export function assertProcessRules(message: SgoAblegen | MessageInventory, fileNames: Iterable<string>): void {
  const findings = checkProcessRules(message, fileNames);
  if (findings.length === 0) return;
  throw xdomeaErrors.HUB_XDOMEA_PROCESS_RULE({
    places: findings.slice(0, 50).map(({ path, message: text }) => ({ path, message: text })),
  });
}

function filesAndMessage(inventory: MessageInventory, fileNames: Iterable<string>): ProcessRuleFinding[] {
  const present = new Set(fileNames);
  const named = new Set(inventory.dateien.map(({ dateiname }) => dateiname));
  const missing = inventory.dateien.flatMap(({ dateiname }, index) =>
    present.has(dateiname)
      ? []
      : [{ rule: 'file-missing' as const, path: datei(index), message: 'names a file that is not in the package' }],
  );
  const extra = [...present].flatMap((name, index) =>
    named.has(name)
      ? []
      : [
          {
            rule: 'file-not-named' as const,
            path: `file[${index + 1}]`,
            message: 'is in the package, but the message does not name it',
          },
        ],
  );
  return [...missing, ...extra];
}

function fileNameRules({ dateien }: MessageInventory): ProcessRuleFinding[] {
  const again = repeated(dateien.map(({ dateiname }) => dateiname.normalize('NFC').toLowerCase())).map((position) => ({
    rule: 'file-name-repeated' as const,
    path: datei(position - 1),
    message: 'is named by another Primaerdokument too',
  }));
  const single = dateien.flatMap(({ dateiname, code, sonstigerName }, index) => [
    ...(safeFileName(dateiname) === dateiname
      ? []
      : [{ rule: 'file-name-unsafe' as const, path: datei(index), message: 'is a name that some receivers refuse' }]),
    ...((code === '100') === (sonstigerName !== undefined)
      ? []
      : [
          {
            rule: 'sonstiger-name' as const,
            path: `Format[${index + 1}]/SonstigerName`,
            message: 'must stand with code 100 and only there',
          },
        ]),
  ]);
  return [...again, ...single];
}

function stapelRules({ stapel, stapellaenge, objekte }: MessageInventory): ProcessRuleFinding[] {
  const findings: ProcessRuleFinding[] = [];
  const add = (rule: ProcessRule, path: string, message: string) => findings.push({ rule, path, message });
  if (!stapel && objekte.length !== 1) add('stapel', 'Kopf/Stapel', 'is 0, but the message has not exactly one object');
  if (stapellaenge !== undefined && stapellaenge !== objekte.length) {
    add('stapel', 'Kopf/Stapellaenge', 'is not the number of objects');
  }
  if (stapel) {
    if (stapellaenge === undefined) add('stapel', 'Kopf/Stapellaenge', 'is missing in a batch');
    const nummern = objekte.map(({ nummerImStapel }) => nummerImStapel);
    if (nummern.includes(undefined) || new Set(nummern).size !== nummern.length) {
      add('stapel', 'NummerImStapel', 'must stand at each object of a batch and be unique');
    }
  }
  for (const [index, { ablageort }] of objekte.entries()) {
    if (!ablageort?.trim()) add('ablageort', `SchriftgutobjektZumAblegen[${index + 1}]/Ablageort`, 'must be filled');
  }
  return findings;
}

function containerRules({ container }: MessageInventory): ProcessRuleFinding[] {
  return container.flatMap((nummern, index) => {
    const given = nummern.filter((nummer) => nummer !== undefined);
    const mixed = given.length > 0 && given.length < nummern.length;
    if (!mixed && new Set(given).size === given.length) return [];
    return [
      {
        rule: 'number-in-container' as const,
        path: `container[${index + 1}]//NummerImUebergeordnetenContainer`,
        message: 'must be unique in its container, and stand at all its objects or at none',
      },
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

export function inventoryOf(message: SgoAblegen): MessageInventory {
  const ids: string[] = [];
  const formate: Format[] = [];
  const container: (number | undefined)[][] = [];
  const visit = (dokument: Dokument | Anlage) => {
    ids.push(dokument.identifikation.id);
    formate.push(...(dokument.versionen ?? []).flatMap((version) => version.formate));
    container.push((dokument.anlagen ?? []).map(({ identifikation }) => identifikation.nummer));
    for (const anlage of dokument.anlagen ?? []) visit(anlage);
  };
  const { vorgang } = message;
  if (vorgang) {
    ids.push(vorgang.identifikation.id);
    container.push((vorgang.dokumente ?? []).map(({ identifikation }) => identifikation.nummer));
  }
  for (const dokument of vorgang ? (vorgang.dokumente ?? []) : [message.dokument]) visit(dokument);
  return {
    stapel: false,
    stapellaenge: 1,
    objekte: [{ ablageort: message.ablageort ?? '.' }],
    ids,
    dateien: formate.map(({ code, sonstigerName, primaerdokument }) => ({
      dateiname: primaerdokument.dateiname,
      code,
      sonstigerName: sonstigerName?.trim() || undefined,
    })),
    container,
    leereElemente: [], // the writer leaves them out or refuses
  };
}
