export { type CodeList, type CodeValue } from './code-list.ts';
export { type CodeLists, codelists } from './code-lists.ts';
export {
  type ImportBestaetigen,
  type RueckgabeparameterToWrite,
  type RueckmeldungToWrite,
  writeEmpfangBestaetigen,
  writeImportBestaetigen,
} from './confirmations.ts';
export { type KnownContent, dateiformatOf, probePdf } from './dateiformat.ts';
export { xdomeaErrors } from './errors.ts';
export { behoerdenkennungOfAgs } from './kontakt.ts';
export type {
  AllgemeineMetadaten,
  Aktenplaneinheit,
  Anlage,
  Anschrift,
  AnwendungsspezifischeErweiterung,
  ArchivspezifischeMetadaten,
  CalendarDate,
  Dateiformat,
  Dokument,
  Feld,
  Feldgruppe,
  Format,
  HistorienProtokollInformation,
  Identifikation,
  Kanal,
  Kommunikation,
  Kontakt,
  Kopf,
  Laufzeit,
  Medium,
  Party,
  Primaerdokument,
  SgoAblegen,
  System,
  Version,
  Vertraulichkeitsstufe,
  Vorgang,
} from './model.ts';
export { messageFileName, packageName, primaryFileName, safeFileName } from './package-names.ts';
export {
  type Package,
  type PackageEntry,
  type PackageLimits,
  defaultPackageLimits,
  openPackage,
} from './package-reader.ts';
export { type PackageFile, type WritePackageOptions, writePackage } from './package-writer.ts';
export {
  type MessageInventory,
  type ProcessRule,
  type ProcessRuleFinding,
  assertProcessRules,
  checkProcessRules,
  inventoryOf,
} from './process-rules.ts';
export { type ReceivedObjekt, type ReceivedSgoAblegen, readSgoAblegen } from './read-sgo-ablegen.ts';
export {
  type ReadReplyOptions,
  type Receipt,
  type Reply,
  type Result,
  type ResultItem,
  aktenzeichenNames,
  aktenzeichenOf,
  prozessIdOfFileName,
  readReply,
} from './reply.ts';
export { type Rueckmeldung } from './rueckmeldung.ts';
export { writeSgoAblegen } from './sgo-ablegen.ts';
export {
  type MessageCode,
  type MessageName,
  type XdomeaVersion,
  type XdomeaVersionId,
  messageNames,
  supportedVersions,
  xdomeaVersion,
} from './versions.ts';
