export { type CheckOptions, type CheckReport, checkFile, messageEntry } from './check-file.ts';
export { type CheckFinding, type CheckRule, type CheckSubject, type Severity } from './check-findings.ts';
export { type CodeList, type CodeValue, type Generation } from './code-list.ts';
export { type CodeLists } from './code-lists.ts';
export {
  type AbgegebenesObjekt,
  type ImportBestaetigen,
  type RueckgabeparameterToWrite,
  type RueckmeldungToWrite,
  writeAbgabeEmpfangBestaetigen,
  writeAbgabeImportBestaetigen,
  writeEmpfangBestaetigen,
  writeImportBestaetigen,
} from './confirmations.ts';
export { ContentProbe, type ProbedContent, contradicts, probeContent, probePdf } from './content-probe.ts';
export { type KnownContent, dateiformatOf } from './dateiformat.ts';
export { xdomeaErrors } from './errors.ts';
export { type CharacterPolicy, type WriteNote, type WriteOptions } from './finish-message.ts';
export { behoerdenkennungOfAgs } from './kontakt.ts';
export { type MessageInventory, inventoryOf } from './message-inventory.ts';
export type {
  AbgabeMessage,
  AblageObjekt,
  Auftrag,
  AuftragMessage,
  DokumentZumAktualisieren,
  ErstellObjekt,
  Message,
  Protokolleintrag,
  Schriftgutobjekt,
  SgoAblegen,
  ZdaVerfuegung,
} from './messages.ts';
export type {
  Akte,
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
  System,
  Version,
  Vertraulichkeitsstufe,
  Vorgang,
} from './model.ts';
export { type MessageTree, type TreeNode, readMessageTree } from './message-tree.ts';
export { messageFileName, packageName, primaryFileName, safeFileName } from './package-names.ts';
export {
  type Package,
  type PackageEntry,
  type PackageLimits,
  defaultPackageLimits,
  openPackage,
} from './package-reader.ts';
export { type PackageFile, type WritePackageOptions, writePackage } from './package-writer.ts';
export { type ProcessRule, type ProcessRuleFinding, assertProcessRules, checkProcessRules } from './process-rules.ts';
export {
  type ReadMessageOptions,
  type ReceivedCode,
  type ReceivedMessage,
  type ReceivedObjekt,
  readMessage,
  readSgoAblegen,
} from './read-message.ts';
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
export { type SchemaFinding, catalogueOf, findSchemas, storeSchemas } from './schema-import.ts';
export {
  type MessageCode,
  type MessageName,
  type XdomeaVersion,
  type XdomeaVersionId,
  codelists,
  messageNames,
  supportedVersions,
  versionNamedBy,
  xdomeaVersion,
} from './versions.ts';
export { type WrittenMessage, asMessage, writeMessage, writeSgoAblegen } from './write-message.ts';
