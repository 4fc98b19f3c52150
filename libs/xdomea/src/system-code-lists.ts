import { codeTable } from './code-list.ts';

const changed = { 2: '1.0', 3: '1.1' };

export const transportweg = codeTable(
  'transportweg',
  { 2: '1.0', 3: '1.0' },
  '001 Webdienst\n002 Verzeichnis\n003 Datenbank',
);

export const datenaustauschart = codeTable(
  'datenaustauschart',
  changed,
  '001 freigegebenes Verzeichnis\n002 Tabelle einer Datenbank\n003 WebDAV oder HTTP',
);

export const kompressionsverfahren = codeTable(
  'kompressionsverfahren',
  { 2: '1.0', 3: '1.0' },
  '001 ZIP\n002 GZIP oder TAR',
);

/** Groups of {@link konfigurationsparameter}, with the number of parameters in each. */
const groups: readonly (readonly [text: string, parameters: number])[] = [
  ['Transportweg', 1],
  ['Art des Datenaustauschs', 1],
  ['Ablageort', 1],
  ['Adressverzeichnis in LDAP', 8],
  ['Adressverzeichnis in einer Datenbank', 7],
  ['anderes Adressverzeichnis', 11],
  ['Standardablage', 1],
  ['komprimierter Austausch', 2],
];
const padded = (number: number) => String(number).padStart(3, '0');

export const konfigurationsparameterGruppe = codeTable(
  'konfigurationsparametergruppe',
  changed,
  groups.map(([text], index) => `${padded(index + 1)} ${text}`).join('\n'),
);

export const konfigurationsparameter = codeTable(
  'konfigurationsparameter',
  changed,
  groups
    .flatMap(([text, parameters], index) =>
      Array.from({ length: parameters }, (_, at) => `${padded(index + 1)}${padded(at + 1)} ${text} ${at + 1}`),
    )
    .join('\n'),
);
