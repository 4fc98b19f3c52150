import type { CheckFinding, CheckReport, CheckRule, CheckSubject, Severity } from '@ozg-hub/xdomea';
import { codelists } from '@ozg-hub/xdomea';
import { inGerman } from './findings-in-german.ts';
import { bytes, onOneLine } from './xdomea-tree.ts';

const SUBJECTS: readonly (readonly [CheckSubject, string])[] = [
  ['package', 'Paket'],
  ['schema', 'Schema'],
  ['rules', 'Prozessregeln'],
  ['code-lists', 'Codelisten'],
  ['files', 'Dateien'],
];

const SEVERITIES: Readonly<Record<Severity, string>> = {
  error: 'FEHLER',
  obstacle: 'HINDERNIS',
  warning: 'Warnung',
  note: 'Hinweis',
};

/** What a rule means to a clerk. Rules without an entry bring their own words. */
const WORDS: Readonly<Partial<Record<CheckRule, string>>> = {
  ablageort: 'Der Ablageort fehlt; hier müssen Dateien abgeholt werden.',
  code: 'Diesen Code gibt es in der Codeliste nicht.',
  'code-list': 'Diese Codeliste gibt es in dieser Version von xdomea nicht.',
  'code-list-version': 'Die Nachricht nennt eine andere Fassung der Codeliste; die Codes daraus wurden nicht geprüft.',
  contradiction: 'Das Ergebnis der Nachricht und die Ergebnisse der einzelnen Objekte widersprechen sich.',
  'empty-element': 'Das Element ist leer. Was nicht belegt ist, wird in xdomea weggelassen.',
  'file-damaged': 'Die Datei ist beschädigt: Größe oder Prüfsumme stimmen nicht.',
  'file-format': 'Der Inhalt der Datei passt nicht zum angegebenen Dateiformat.',
  'file-missing': 'Die Nachricht nennt diese Datei, sie liegt aber nicht im Paket.',
  'file-name-repeated': 'Diesen Dateinamen trägt schon eine andere Datei.',
  'file-name-unsafe': 'Diesen Dateinamen nehmen manche Systeme (z. B. Windows) nicht an.',
  'file-not-named': 'Die Datei liegt im Paket, die Nachricht nennt sie aber nicht.',
  'files-not-checked': 'Es liegt nur die Nachricht vor; die Dateien, die sie nennt, wurden nicht geprüft.',
  'id-repeated': 'Die ID trägt schon ein anderes Objekt dieser Nachricht.',
  limit: 'Die Nachricht ist zu groß oder zu aufwendig, um hier geprüft zu werden.',
  'message-name': 'Die Nachricht heißt nicht <ProzessID>_<Nachrichtenname>.xml, oder der Name passt nicht zum Inhalt.',
  'message-type': 'Der Nachrichtentyp im Kopf ist ein anderer als der der Nachricht.',
  'no-message': 'Das Paket enthält keine xdomea-Nachricht.',
  'not-xdomea': 'Das ist keine xdomea-Nachricht.',
  'number-in-container':
    'Die Nummern im übergeordneten Container müssen eindeutig sein und bei allen Objekten stehen oder bei keinem.',
  'package-name': 'Das Paket heißt nicht <ProzessID>_<Nachrichtenname>.zip.',
  'schema-missing':
    'Für diese Nachricht hat der Hub kein eigenes Schema. Bitte die amtlichen Schemata einspielen: ' +
    'npx --no ozg-hub schemas import <ZIP oder Ordner>',
  'several-messages': 'Das Paket enthält mehr als eine xdomea-Nachricht.',
  'sonstiger-name': 'SonstigerName gehört zum Dateiformat 100 (Sonstiges), und nur dazu.',
  stapel: 'Die Angaben zum Stapel passen nicht zu den Objekten (Stapel, Stapellaenge, NummerImStapel).',
};

/** The report of a check for a clerk. */
export function reportText(name: string, report: CheckReport): string {
  const { message, schema, files, findings, kind } = report;
  const size = files.reduce((sum, file) => sum + file.size, 0);
  const title = message && codelists.nachrichtentyp.entries.get(message.nachricht);
  const head = [
    onOneLine(name),
    message && `  xdomea ${message.version}, ${message.name}${title ? ` (${title})` : ''}`,
    message && `  ProzessID ${message.prozessId || 'fehlt'}, ${count(message.objekte, 'Objekt', 'Objekte')}`,
    schema === 'official' && '  geprüft gegen das amtliche Schema',
    schema === 'profile' && '  geprüft gegen das Profil des Hubs, das enger ist als das amtliche Schema',
    kind === 'package' && `  ${count(files.length, 'Datei', 'Dateien')} neben der Nachricht, ${bytes(size)}`,
  ].filter((line) => typeof line === 'string');
  const summary = SUBJECTS.filter(([subject]) => kind === 'package' || subject !== 'package').map(
    ([subject, label]) => {
      const own = findings.filter((finding) => finding.subject === subject);
      return `  ${label.padEnd(14)} ${stateOf(own, message !== undefined)}`;
    },
  );
  const order: readonly Severity[] = ['error', 'obstacle', 'warning', 'note'];
  const details = order.flatMap((severity) => findings.filter((finding) => finding.severity === severity)).map(detail);
  return [...head, '', ...summary, ...details.flatMap((each) => ['', each]), '', verdictText(report)].join('\n');
}

function stateOf(own: readonly CheckFinding[], read: boolean): string {
  const errors = own.filter(({ severity }) => severity === 'error').length;
  if (errors > 0) return count(errors, 'Fehler', 'Fehler');
  if (own.some(({ severity }) => severity === 'obstacle')) return 'konnte nicht geprüft werden';
  const warnings = own.filter(({ severity }) => severity === 'warning').length;
  if (warnings > 0) return `in Ordnung, ${count(warnings, 'Warnung', 'Warnungen')}`;
  return read && !own.some(({ rule }) => rule === 'files-not-checked') ? 'in Ordnung' : 'nicht geprüft';
}

function detail({ severity, rule, line, path, file, message }: CheckFinding): string {
  const where = [line !== undefined && `Zeile ${line}`, file ?? path?.replace(/^\/\//, '')].filter(Boolean).join(', ');
  return `${SEVERITIES[severity]}${where === '' ? '' : `  ${onOneLine(where)}`}\n  ${WORDS[rule] ?? inGerman(message)}`;
}

function verdictText({ verdict, findings }: CheckReport): string {
  const number = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const warnings = number('warning');
  const tail = warnings > 0 ? `, ${count(warnings, 'Warnung', 'Warnungen')}` : '';
  if (verdict === 'valid') return `Ergebnis: GÜLTIG${tail}`;
  if (verdict === 'invalid') return `Ergebnis: UNGÜLTIG, ${count(number('error'), 'Fehler', 'Fehler')}${tail}`;
  return 'Ergebnis: KONNTE NICHT GEPRÜFT WERDEN';
}

const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`;

/** What stands in the way where there is not even a report. */
export function obstacleText(code: string, message: string): string {
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'Die Datei gibt es nicht.',
    EACCES: 'Die Datei darf nicht gelesen werden.',
    EISDIR: 'Das ist ein Ordner, keine Datei.',
  };
  return `${words[code] ?? message} (${code})\nErgebnis: KONNTE NICHT GEPRÜFT WERDEN`;
}
