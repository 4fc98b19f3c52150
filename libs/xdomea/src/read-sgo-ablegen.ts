import type { Extraction, XmlPool } from '@ozg-hub/xml';
import { xdomeaErrors } from './errors.ts';
import type { MessageInventory } from './process-rules.ts';
import { messageNames, xdomeaVersion } from './versions.ts';

/** A 0605 as a receiver sees it: what to answer, and what the process rules look at. */
export interface ReceivedSgoAblegen {
  readonly prozessId: string;
  readonly receiptWanted: boolean;
  readonly objekte: readonly ReceivedObjekt[];
  readonly inventory: MessageInventory;
}

export interface ReceivedObjekt {
  /** 1 where the sender left it out. */
  readonly nummerImStapel: number;
  readonly fachverfahrenObjektId: string;
  readonly idContainer?: string;
  readonly betreff?: string;
  /** Kennzeichen of the Aktenplaneinheit. */
  readonly aktenplan?: string;
}

/**
 * Reads and validates a 0605.
 * @throws HUB_XDOMEA_MESSAGE for another message, HUB_XML_… for bad XML or a violation of the schema
 */
export async function readSgoAblegen(
  pool: XmlPool,
  bytes: Uint8Array,
  options: { version?: string; maxBytes?: number } = {},
): Promise<ReceivedSgoAblegen> {
  const version = xdomeaVersion(options.version ?? '3.1.0');
  const { value, rootName } = await pool.run({
    document: Uint8Array.from(bytes),
    schema: version.schema,
    namespaces: { x: version.namespace },
    extract: extraction,
    ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
  });
  const raw = value as RawMessage;
  if (rootName.local !== messageNames['0605'] || raw.nachricht !== '0605') {
    throw xdomeaErrors.HUB_XDOMEA_MESSAGE({ detail: 'The message is not a 0605, or its head says otherwise.' });
  }
  return {
    prozessId: raw.prozessId.toLowerCase(),
    receiptWanted: raw.receiptWanted,
    objekte: raw.objekte.map(({ ablageort: _, ...objekt }) => ({
      ...objekt,
      nummerImStapel: objekt.nummerImStapel ?? 1,
    })),
    inventory: {
      stapel: raw.stapel,
      stapellaenge: raw.stapellaenge,
      objekte: raw.objekte.map(({ nummerImStapel, ablageort }) => ({ nummerImStapel, ablageort })),
      ids: raw.ids,
      dateien: raw.dateien,
      container: [...raw.vorgaenge, ...raw.dokumente].map((children) => children.map(({ nummer }) => nummer)),
      leereElemente: raw.leereElemente,
    },
  };
}

type Children = readonly { readonly nummer?: number }[];

interface RawMessage {
  readonly prozessId: string;
  readonly nachricht: string;
  readonly receiptWanted: boolean;
  readonly stapel: boolean;
  readonly stapellaenge?: number;
  readonly objekte: readonly (Omit<ReceivedObjekt, 'nummerImStapel'> & {
    nummerImStapel?: number;
    ablageort?: string;
  })[];
  readonly ids: readonly string[];
  readonly dateien: MessageInventory['dateien'];
  readonly vorgaenge: readonly Children[];
  readonly dokumente: readonly Children[];
  readonly leereElemente: readonly string[];
}

const nummer: Extraction = {
  fields: {
    nummer: { xpath: 'x:Identifikation/x:NummerImUebergeordnetenContainer', as: 'number', optional: true },
  },
};

const extraction: Extraction = {
  at: '/*',
  fields: {
    prozessId: { xpath: 'x:Kopf/x:ProzessID', as: 'trimmed' },
    nachricht: { xpath: 'x:Kopf/x:Nachrichtentyp/code', as: 'trimmed' },
    receiptWanted: {
      xpath: "x:Kopf/x:Empfangsbestaetigung = '1' or x:Kopf/x:Empfangsbestaetigung = 'true'",
      as: 'boolean',
    },
    stapel: { xpath: "x:Kopf/x:Stapel = '1' or x:Kopf/x:Stapel = 'true'", as: 'boolean' },
    stapellaenge: { xpath: 'x:Kopf/x:Stapellaenge', as: 'number', optional: true },
    objekte: {
      each: 'x:SchriftgutobjektZumAblegen',
      item: {
        fields: {
          nummerImStapel: { xpath: 'x:NummerImStapel', as: 'number', optional: true },
          fachverfahrenObjektId: { xpath: 'x:FachverfahrenObjektID', as: 'trimmed' },
          idContainer: { xpath: 'x:IDContainer', as: 'trimmed', optional: true },
          betreff: { xpath: 'x:Schriftgutobjekt/*/x:AllgemeineMetadaten/x:Betreff', optional: true },
          aktenplan: {
            xpath: 'x:Schriftgutobjekt/*/x:AllgemeineMetadaten/x:Aktenplaneinheit/x:Kennzeichen',
            as: 'trimmed',
            optional: true,
          },
          ablageort: { xpath: 'x:Ablageort', as: 'trimmed', optional: true },
        },
      },
    },
    ids: { each: './/x:Identifikation/x:ID', item: { xpath: '.', as: 'trimmed' } },
    dateien: {
      each: './/x:Format',
      item: {
        fields: {
          dateiname: { xpath: 'x:Primaerdokument/x:Dateiname' },
          code: { xpath: 'x:Name/code', as: 'trimmed' },
          sonstigerName: { xpath: 'x:SonstigerName', as: 'trimmed', optional: true },
        },
      },
    },
    vorgaenge: { each: './/x:Vorgang', item: { each: 'x:Dokument', item: nummer } },
    dokumente: { each: './/x:Dokument | .//x:Anlage', item: { each: 'x:Anlage', item: nummer } },
    leereElemente: { each: ".//*[not(*)][normalize-space(.) = '']", item: { xpath: 'local-name()' } },
  },
};
