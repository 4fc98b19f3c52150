import { dateiformatOf } from './dateiformat.ts';
import { behoerdenkennungOfAgs } from './kontakt.ts';
import type { SgoAblegen } from './messages.ts';
import type { Dokument } from './model.ts';
import { primaryFileName } from './package-names.ts';

const uuid = (number: number) => `11111111-2222-4333-8444-${String(number).padStart(12, '0')}`;
const eingang = new Date('2026-08-21T22:30:00Z');

/** For tests: an application with all that the model has, among it umlauts, two files of one name and nested groups. */
export function sampleSgoAblegen(): SgoAblegen & { vorgang: object } {
  return {
    prozessId: uuid(1),
    createdAt: new Date('2026-08-21T08:15:30Z'),
    sender: {
      behoerdenkennung: behoerdenkennungOfAgs('06412000', '2024-01-31'),
      institution: { name: 'Stadt Musterstadt' },
    },
    receiver: { institution: { name: 'Stadt Musterstadt' }, organisationseinheit: 'eAkte' },
    sendingSystem: { instanzId: 'hub/musterstadt', produktname: 'OZG hub', version: '0.1.0' },
    receivingSystem: { instanzId: 'dms/musterstadt' },
    receiptWanted: true,
    creator: 'svc-ozghub',
    fachverfahrenObjektId: 'CIV-2026-000123',
    vorgang: {
      identifikation: { id: uuid(10) },
      metadaten: {
        betreff: 'Antrag auf Bewohnerparkausweis, Größ & „Söhne“ <GmbH>',
        federfuehrung: 'Ordnungsamt',
        vertraulichkeitsstufe: 'nfd',
        medium: 'elektronisch',
        aktenplaneinheit: { kennzeichen: '32.30.10', betreffKurz: 'Parkausweise', inhaltsangabe: ' ' },
      },
      archiv: { aufbewahrungsdauer: { jahre: 10 }, aussonderungsart: 'B' },
      aktenbetreff: 'Bewohnerparken',
      typ: 'Antragsverfahren',
      laufzeit: { beginn: eingang },
      historie: [{ akteur: 'OZG hub', at: eingang, aktion: 'Antrag eingegangen', bemerkung: '' }],
      dokumente: [
        {
          ...datei(11, 21, 'Antrag Größe.pdf', 'application/pdf', '2b', 1),
          anlagen: [
            { ...datei(12, 22, 'Nachweis.jpg', 'image/jpeg', undefined, 1), anlagennummer: '1' },
            { ...datei(13, 23, 'Nachweis.jpg', 'image/gif', undefined, 2), anlagennummer: '2' },
          ],
          absender: [{ name: { familienname: 'Größ', vorname: 'Änne' } }],
        },
        datei(14, 24, 'Antragsdaten.xml', 'application/xml', undefined, 2),
      ],
      kontakte: [
        {
          name: { anrede: 'Frau', titel: 'Dr.', familienname: 'Größ', vorname: 'Änne' },
          anschriften: [
            { staat: 'DE', strasse: 'Musterweg', hausnummer: '1a', postleitzahl: '60311', ort: 'Musterstadt' },
          ],
          kommunikation: [
            { kanal: 'email', kennung: 'aenne@example.org', dienstlich: false },
            { kanal: 'festnetz', kennung: '' },
          ],
          rolle: { listUri: 'urn:x-ozghub:codeliste:rolle', listVersion: '1', code: 'antragsteller' },
          geburtsdatum: '1980-02-29',
        },
        { institution: { name: 'Größ & Söhne GmbH', kurzbezeichnung: 'G&S' }, name: { familienname: 'Söhne' } },
      ],
      erweiterung: {
        kennung: 'ozghub.civento.antrag',
        name: 'civento-Antragsdaten',
        versionsnummer: '1.0',
        gruppen: [
          {
            name: 'Fahrzeug',
            beschreibung: 'Angaben zum Fahrzeug',
            gruppen: [
              {
                name: 'Halter',
                beschreibung: 'Halter',
                felder: [{ name: 'Seit', datentyp: 'date', wert: '2020-01-01' }],
              },
            ],
            felder: [{ name: 'Kennzeichen', datentyp: 'string', wert: 'F-ÄÖ 1' }],
          },
        ],
        felder: [
          { name: 'Bemerkung', datentyp: 'string', wert: 'Zeile 1\nZeile 2' },
          { name: 'Leer', wert: '' },
        ],
      },
    },
  };
}

/** For tests: a document for a container that the DMS knows. */
export function sampleForContainer(): SgoAblegen {
  const { vorgang: _, ...rest } = sampleSgoAblegen();
  return {
    ...rest,
    prozessId: uuid(2),
    idContainer: uuid(90),
    dokument: datei(15, 25, 'Bescheid.pdf', 'application/pdf', '2b'),
  };
}

function datei(id: number, fileId: number, name: string, mediaType: string, pdfA?: string, nummer?: number): Dokument {
  return {
    identifikation: { id: uuid(id), ...(nummer === undefined ? {} : { nummer }) },
    metadaten: { betreff: name, medium: 'elektronisch' },
    posteingangsdatum: eingang,
    typ: 'Nachweis',
    versionen: [
      {
        nummer: '1',
        formate: [
          {
            ...dateiformatOf({ mediaType, fileName: name, ...(pdfA === undefined ? {} : { pdfA }) }),
            primaerdokument: {
              dateiname: primaryFileName(uuid(fileId), name),
              dateinameOriginal: name,
              ersteller: 'civento',
              at: eingang,
            },
          },
        ],
      },
    ],
  };
}
