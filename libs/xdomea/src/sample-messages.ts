import type { Auftrag, Message, SgoAblegen } from './messages.ts';
import type { Akte, Dokument } from './model.ts';
import { sampleForContainer, sampleSgoAblegen } from './sample.ts';

const uuid = (number: number) => `11111111-2222-4333-8444-${String(number).padStart(12, '0')}`;
const at = new Date('2026-08-25T09:00:00Z');

/** For tests: one of each kind of message that the hub sends, single and as a batch. */
export function sampleMessages(): readonly (readonly [name: string, message: Message])[] {
  const vorgang = sampleSgoAblegen();
  const container = sampleForContainer();
  const document = container.dokument as Dokument;
  const head = auftrag(vorgang);
  const { receivingSystem: _, creator: _creator, ...short } = head;
  const smallest = { identifikation: { id: uuid(10) } };
  const fv = 'CIV-2026-000123';
  return [
    ['0605: a Vorgang with all that the model has', { ...head, nachricht: '0605', objekte: [vorgang] }],
    [
      '0605: the smallest Vorgang',
      {
        ...short,
        receivingSystem: { instanzId: 'dms' },
        receiptWanted: false,
        nachricht: '0605',
        objekte: [{ fachverfahrenObjektId: fv, vorgang: smallest }],
      },
    ],
    ['0605: a document for a Vorgang that the DMS has', { ...head, nachricht: '0605', objekte: [container] }],
    ['0605: a batch', { ...head, nachricht: '0605', objekte: [vorgang, container] }],
    ['0605: a batch of one, numbered by the caller', batchOfOne(head, container)],
    ['0604: an Akte with Vorgänge', { ...head, nachricht: '0604', objekte: [{ fachverfahrenObjektId: fv, akte }] }],
    [
      '0604: an Akte with Dokumente, and a document, as a batch',
      {
        ...head,
        nachricht: '0604',
        objekte: [
          { fachverfahrenObjektId: fv, akte: { ...akteOnly, dokumente: [dokument(30)] }, oeffnen: false },
          { fachverfahrenObjektId: fv, dokument: document, idContainer: uuid(90), oeffnen: true, client: 'PC-0815' },
        ],
      },
    ],
    ['0601: another version', { ...head, nachricht: '0601', objekte: [{ idDokument: uuid(91), dokument: document }] }],
    [
      '0601: two documents in place of their versions',
      {
        ...head,
        nachricht: '0601',
        objekte: [31, 32].map((id) => ({ idDokument: uuid(id + 60), neueVersion: false, dokument: dokument(id) })),
      },
    ],
    ['0607: a log entry', { ...head, nachricht: '0607', objekte: [entry(90)] }],
    ['0607: two log entries', { ...head, nachricht: '0607', objekte: [entry(90), entry(91)] }],
    ['0624: closes a Vorgang', { ...head, nachricht: '0624', objekte: [{ idSgo: uuid(90) }] }],
    ['0624: closes two', { ...head, nachricht: '0624', objekte: [{ idSgo: uuid(90) }, { idSgo: uuid(91) }] }],
    ['0401: hands a Vorgang over', { ...head, nachricht: '0401', objekte: [{ vorgang: vorgang.vorgang! }] }],
    [
      '0401: hands an Akte and a document over, with a letter',
      { ...head, nachricht: '0401', anschreiben: dokument(33), objekte: [{ akte }, { dokument: document }] },
    ],
  ];
}

const akteOnly: Akte = {
  identifikation: { id: uuid(40) },
  metadaten: { betreff: 'Bewohnerparken 2026', kennzeichen: '32.30.10-0042', aktenfuehrung: 'Ordnungsamt' },
  archiv: { aufbewahrungsdauer: 'unbefristet', aussonderungsart: 'A', aufbewahrungsende: '2036-12-31' },
  standort: 'Rathaus',
  typ: 'Sachakte',
  laufzeit: { beginn: '2026-01-01' },
  kontakte: [{ kommunikation: [{ kanal: 'de-mail', kennung: 'a@example.de-mail.de' }] }],
};
const akte: Akte = {
  ...akteOnly,
  vorgaenge: [{ identifikation: { id: uuid(41) }, dokumente: [dokument(34)] }],
  historie: [
    { metadatumName: 'Typ', metadatumAlterWert: 'a', metadatumNeuerWert: 'b', akteur: 'x', at, aktion: 'geändert' },
  ],
};

function auftrag({ vorgang: _, dokument: _dokument, akte: _akte, fachverfahrenObjektId: _id, ...head }: SgoAblegen) {
  return head satisfies Auftrag;
}

function batchOfOne(head: Auftrag, object: SgoAblegen): Message {
  return { ...head, nachricht: '0605', stapel: true, objekte: [{ ...object, nummerImStapel: 7 }] };
}

const entry = (id: number) => ({ idSgo: uuid(id), bearbeiter: 'OZG hub', at, notiz: 'Bescheid zugestellt' });

function dokument(id: number): Dokument {
  return {
    identifikation: { id: uuid(id) },
    metadaten: { betreff: `Dokument ${id}` },
    weitereKontakte: [{ institution: { name: 'Musteramt' } }],
    erweiterungen: [
      { kennung: 'ozghub.test', name: 'Test', felder: [{ name: 'Zahl', datentyp: 'integer', wert: '1' }] },
    ],
    versionen: [
      {
        nummer: '1',
        formate: [{ code: '044', version: '2b', primaerdokument: { dateiname: `${uuid(id + 500)}_Datei.pdf`, at } }],
      },
    ],
  };
}
