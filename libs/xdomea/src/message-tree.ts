import type { Extraction, XmlPool } from '@ozg-hub/xml';
import { type XdomeaVersion, versionNamedBy, xdomeaVersion } from './versions.ts';

/** An Akte, a Vorgang, a Dokument or an Anlage, and what is in it. */
export interface TreeNode {
  /** Name of the element. */
  readonly kind: string;
  readonly id?: string;
  readonly betreff?: string;
  readonly kennzeichen?: string;
  readonly typ?: string;
  readonly dateien: readonly {
    readonly dateiname: string;
    readonly original?: string;
    /** Of the list dateiformat. */
    readonly code?: string;
    readonly version?: string;
  }[];
  readonly children: readonly TreeNode[];
}

/** A message as a person wants to see it. */
export interface MessageTree {
  readonly version: XdomeaVersion;
  readonly name: string;
  readonly prozessId?: string;
  readonly createdAt?: string;
  readonly absender?: string;
  readonly empfaenger?: string;
  readonly objekte: readonly {
    /** Name of the element that carries it. */
    readonly kind: string;
    /** Its own texts, such as FachverfahrenObjektID, IDSGO or Ablageort. */
    readonly texts: readonly { readonly name: string; readonly value: string }[];
    readonly nodes: readonly TreeNode[];
  }[];
}

/** Reads what there is, without validating it. @throws HUB_XDOMEA_VERSION, HUB_XML_… for bad XML */
export async function readMessageTree(
  pool: XmlPool,
  bytes: Uint8Array,
  options: { readonly maxBytes?: number } = {},
): Promise<MessageTree> {
  const version = versionNamedBy(bytes) ?? xdomeaVersion('3.1.0');
  const { value, rootName } = await pool.run({
    document: Uint8Array.from(bytes),
    namespaces: { x: version.namespace },
    extract: extraction,
    ...(options.maxBytes === undefined ? {} : { maxBytes: options.maxBytes }),
  });
  return { version, name: rootName.local, ...(value as Omit<MessageTree, 'version' | 'name'>) };
}

const text = (xpath: string): Extraction => ({ xpath, as: 'trimmed', optional: true });

const node: Extraction = {
  name: 'node',
  fields: {
    kind: { xpath: 'local-name()' },
    id: text('x:Identifikation/x:ID'),
    betreff: text('x:AllgemeineMetadaten/x:Betreff'),
    kennzeichen: text('x:AllgemeineMetadaten/x:Kennzeichen'),
    typ: text('x:Typ'),
    dateien: {
      each: 'x:Version/x:Format[x:Primaerdokument/x:Dateiname]',
      item: {
        fields: {
          dateiname: { xpath: 'x:Primaerdokument/x:Dateiname' },
          original: text('x:Primaerdokument/x:DateinameOriginal'),
          code: text('x:Name/code'),
          version: text('x:Version'),
        },
      },
    },
    children: {
      each: 'x:Akteninhalt/* | x:Teilakte | x:Vorgang | x:Teilvorgang | x:Dokument | x:Anlage',
      item: { recurse: 'node' },
    },
  },
};

const RECORD = 'self::x:Akte or self::x:Vorgang or self::x:Dokument or self::x:Anschreiben';
const party = (name: string) =>
  text(`x:Kopf/x:${name}/x:Institution/x:Name | x:Kopf/x:${name}/x:Organisationseinheit/x:Name`);

const extraction: Extraction = {
  at: '/*',
  fields: {
    prozessId: text('x:Kopf/x:ProzessID'),
    createdAt: text('x:Kopf/x:Erstellungszeitpunkt'),
    absender: party('Absender'),
    empfaenger: party('Empfaenger'),
    objekte: {
      each: '*[not(self::x:Kopf)]',
      item: {
        fields: {
          kind: { xpath: 'local-name()' },
          texts: {
            each: `*[not(*)][normalize-space(.) != ''][not(../self::*[${RECORD}])]`,
            item: { fields: { name: { xpath: 'local-name()' }, value: { xpath: '.', as: 'trimmed' } } },
          },
          nodes: {
            each: `descendant-or-self::*[${RECORD}][not(ancestor::*[${RECORD}])]`,
            item: node,
          },
        },
      },
    },
  },
};
