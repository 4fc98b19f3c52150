import { type CodeLists, codelists } from './code-lists.ts';
import { xdomeaErrors } from './errors.ts';

/** What differs between two versions of the standard. A version is a row here; a changed structure is a field of it. */
export interface XdomeaVersion {
  readonly id: string;
  readonly namespace: string;
  /** Id in the schema catalogue. */
  readonly schema: string;
  readonly codelists: CodeLists;
}

const versions = {
  '3.1.0': {
    id: '3.1.0',
    namespace: 'urn:xoev-de:xdomea:schema:3.1.0',
    schema: 'xdomea/3.1.0',
    codelists,
  },
} as const satisfies Record<string, XdomeaVersion>;

export type XdomeaVersionId = keyof typeof versions;

export const supportedVersions = Object.keys(versions) as readonly XdomeaVersionId[];

/** @throws HUB_XDOMEA_VERSION for a version this lib does not write and read */
export function xdomeaVersion(id: string): XdomeaVersion {
  if (Object.hasOwn(versions, id)) return versions[id as XdomeaVersionId];
  throw xdomeaErrors.HUB_XDOMEA_VERSION({
    detail: `xdomea ${id} is not supported; supported: ${supportedVersions.join(', ')}.`,
  });
}

/** The names of the messages, the same in all versions: root element and part of the file names. */
export const messageNames = {
  '0605': 'FVDaten.SGOAblegen.0605',
  '0629': 'FVDaten.EmpfangBestaetigen.0629',
  '0630': 'FVDaten.ImportBestaetigen.0630',
} as const;
export type MessageCode = keyof typeof messageNames;
export type MessageName = (typeof messageNames)[MessageCode];
