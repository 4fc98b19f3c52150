import type { Generation } from './code-list.ts';
import { type CodeLists, codeListsOf } from './code-lists.ts';
import { xdomeaErrors } from './errors.ts';

/** What differs between two versions of the standard; where a structure differs, its mapper asks for the generation. */
export interface XdomeaVersion {
  readonly id: XdomeaVersionId;
  /** 2.4.0 has one structure, 3.0.0 and 3.1.0 have another. */
  readonly generation: Generation;
  readonly namespace: string;
  /** Id in the schema catalogue. */
  readonly schema: string;
  readonly codelists: CodeLists;
}

/** The code lists of 3.0.0 and 3.1.0; those of any version are {@link XdomeaVersion.codelists}. */
export const codelists: CodeLists = codeListsOf(3);
const codelistsOf24 = codeListsOf(2);

export const supportedVersions = ['2.4.0', '3.0.0', '3.1.0'] as const;
export type XdomeaVersionId = (typeof supportedVersions)[number];

const NAMESPACE = 'urn:xoev-de:xdomea:schema:';

const versions = Object.fromEntries(
  supportedVersions.map((id): [string, XdomeaVersion] => {
    const generation = id.startsWith('2.') ? 2 : 3;
    return [
      id,
      {
        id,
        generation,
        namespace: `${NAMESPACE}${id}`,
        schema: `xdomea/${id}`,
        codelists: generation === 2 ? codelistsOf24 : codelists,
      },
    ];
  }),
) as Readonly<Record<XdomeaVersionId, XdomeaVersion>>;

/** What stands against a version that exists but is not supported. */
const missing: Readonly<Record<string, string>> = {
  '4.0.0':
    'Of its schemas only those of Aussonderung (05xx) are known; missing are Information, Geschäftsgang, Aktenplan, ' +
    'Abgabe, Fachverfahrensdaten (with 0605, 0629 and 0630) and Zwischenarchivierung.',
};

/** @throws HUB_XDOMEA_VERSION for a version this lib does not write and read; says what is missing */
export function xdomeaVersion(id: string): XdomeaVersion {
  if (Object.hasOwn(versions, id)) return versions[id as XdomeaVersionId];
  const reason = Object.hasOwn(missing, id) ? ` ${missing[id]}` : '';
  throw xdomeaErrors.HUB_XDOMEA_VERSION({
    detail: `xdomea ${id} is not supported.${reason} Supported: ${supportedVersions.join(', ')}.`,
  });
}

/**
 * The version that a document names in the first 8 KiB, undefined where it names none. Only chooses the schema: what
 * the document is, validation against that schema proves.
 * @throws HUB_XDOMEA_VERSION
 */
export function versionNamedBy(document: Uint8Array): XdomeaVersion | undefined {
  const start = Buffer.from(document.buffer, document.byteOffset, Math.min(document.length, 8192)).toString('latin1');
  const id = /urn:xoev-de:xdomea:schema:(\d+(?:\.\d+){0,3})["']/.exec(start)?.[1];
  return id === undefined ? undefined : xdomeaVersion(id);
}

/** Names of the messages that this lib writes and reads: root element and part of the file names. */
export const messageNames = {
  '0401': 'Abgabe.Abgabe.0401',
  '0402': 'Abgabe.ImportBestaetigen.0402',
  /** Not in 2.4. */
  '0403': 'Abgabe.EmpfangBestaetigen.0403',
  '0601': 'FVDaten.DokumentAktualisieren.0601',
  '0604': 'FVDaten.SGOErstellen.0604',
  '0605': 'FVDaten.SGOAblegen.0605',
  '0607': 'FVDaten.ProtokolleintragErstellen.0607',
  '0624': 'FVDaten.SGOZDAVerfuegen.0624',
  '0629': 'FVDaten.EmpfangBestaetigen.0629',
  '0630': 'FVDaten.ImportBestaetigen.0630',
} as const;
export type MessageCode = keyof typeof messageNames;
export type MessageName = (typeof messageNames)[MessageCode];
