export { type SchemaCatalogue, type SchemaEntry, loadCatalogue, loadImported, withOverrides } from './catalogue.ts';
export { type XmlErrorCode, xmlErrors } from './errors.ts';
export type {
  AtExtraction,
  ConstantExtraction,
  EachExtraction,
  Extraction,
  FieldsExtraction,
  LineExtraction,
  ListExtraction,
  RecurseExtraction,
  ValueExtraction,
  ValueType,
  XmlJob,
  XmlResult,
} from './job.ts';
export { type XmlPool, type XmlPoolOptions, type XmlPoolStats, createXmlPool } from './pool.ts';
export { type TreeOptions, readTree } from './read-tree.ts';
export { type SmallXmlOptions, readSmallXml } from './small-xml.ts';
export { type StreamOptions, type StreamedPart, type XmlTree, streamElements } from './stream-elements.ts';
export { type XmlElement, writeXml } from './writer.ts';
