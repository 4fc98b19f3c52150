/** Stands where each request writes its own case id; the same length. */
export const IDENT = 'BENCH-IDENT-000000000000';
/** The unit that applications are for, in the demo's directory. */
export const UNIT = '00.00.MUS.01000002';

/**
 * An application in the hub's own format, valid by its schema, of exactly `bytes` bytes: a natural person and as many
 * fields of the common types as fit. No files.
 */
export function applicationXml(bytes: number): string {
  const objects: string[] = [];
  const left = (fields: readonly string[]) => {
    return bytes - Buffer.byteLength(applicationOf([...objects, objectOf(objects.length, fields)], ''));
  };
  let field = 0;
  for (let fields = [fieldOf(field)]; left(fields) >= 0; fields = [fieldOf(field)]) {
    do fields.push(fieldOf(++field));
    while (fields.length < 25 && left(fields) >= 0);
    if (left(fields) < 0) fields.pop();
    else field += 1;
    objects.push(objectOf(objects.length, fields));
  }
  return applicationOf(objects, 'x'.repeat(bytes - Buffer.byteLength(applicationOf(objects, ''))));
}

/** A file that is sent as a part of its own. */
export interface AnnouncedFile {
  readonly part: string;
  readonly fileName: string;
  readonly bytes: number;
}

/** A small application that announces one file. */
export function applicationWithFile(file: AnnouncedFile): string {
  return withFiles(applicationOf([objectOf(0, [fieldOf(0)])], '-'), [file]);
}

/** Announces files in an application. */
export function withFiles(application: string, files: readonly AnnouncedFile[]): string {
  const announced = files.map(
    ({ part, fileName, bytes }) =>
      `<Anlage Name="${part}"><Klassifizierung>Anlage</Klassifizierung>` +
      `<Dateiname>${fileName}</Dateiname><Groesse>${bytes}</Groesse></Anlage>`,
  );
  return application.replace('</Antrag>', `<Anlagen>${announced.join('')}</Anlagen></Antrag>`);
}

function objectOf(number: number, fields: readonly string[]): string {
  return `<Objekt Name="Abschnitt${number}" Bezeichnung="Abschnitt ${number} des Formulars">${fields.join('')}</Objekt>`;
}

function fieldOf(number: number): string {
  const name = `Name="Angabe${number}" Bezeichnung="Angabe ${number} zum Vorhaben"`;
  switch (number % 6) {
    case 0:
      return `<Feld ${name}><STRING>Zur Straße hin, Höhe ${number} über Gelände</STRING></Feld>`;
    case 1:
      return `<Feld ${name}><INTEGER>${number * 17}</INTEGER></Feld>`;
    case 2:
      return `<Feld ${name}><DATE>2026-08-${String(1 + (number % 28)).padStart(2, '0')}</DATE></Feld>`;
    case 3:
      return `<Feld ${name}><CHOICE Bezeichnung="Auswahl ${number}">wert${number}</CHOICE></Feld>`;
    case 4:
      return `<Feld ${name}><BOOLEAN>${number % 4 === 0}</BOOLEAN></Feld>`;
    default:
      return `<Feld ${name}><OBJECT><Feld Name="Farbe"><STRING>weiß-braun</STRING></Feld></OBJECT></Feld>`;
  }
}

function applicationOf(objects: readonly string[], filling: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Antrag xmlns="urn:ozg-hub:civento:antrag:1.0">
  <Vorgang>
    <Ident>${IDENT}</Ident>
    <Art>ERSTANTRAG</Art>
    <LaufendeNummer>1</LaufendeNummer>
    <Eingangszeitpunkt>2026-08-21T10:15:30+02:00</Eingangszeitpunkt>
  </Vorgang>
  <Organisationseinheit>${UNIT}</Organisationseinheit>
  <Prozessschluessel>AnmeldungHund</Prozessschluessel>
  <Leistungsschluessel>99.999.002.101.000</Leistungsschluessel>
  <Antragsteller>
    <NatuerlichePerson>
      <Anrede>Frau</Anrede>
      <Vornamen>Erika Käthe</Vornamen>
      <Name>Mustermann</Name>
      <Geburtsdatum>1964-08-12</Geburtsdatum>
      <Email>erika.mustermann@example.org</Email>
      <Adressdaten>
        <Strasse>Heidestraße</Strasse>
        <Hausnummer>17</Hausnummer>
        <Postleitzahl>00001</Postleitzahl>
        <Ort>Musterstadt</Ort>
      </Adressdaten>
    </NatuerlichePerson>
  </Antragsteller>
  <Metadaten>${objects.join('\n    ')}<Objekt Name="Rest"><Feld Name="Rest"><STRING>${filling}</STRING></Feld></Objekt></Metadaten>
</Antrag>
`;
}
