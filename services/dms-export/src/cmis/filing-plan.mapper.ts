import { Readable } from 'node:stream';
import { type ContentSource, type NewProperties, safeObjectName } from '@ozg-hub/cmis';
import {
  type Ablage,
  type Blueprint,
  type CmisRules,
  cmisPathLevels,
  cmisRulesOf,
  renderBetreff,
  withoutOmitted,
} from '@ozg-hub/directory';
import type { SubmissionDocument } from '@ozg-hub/submission';
import { dmsErrors } from '../errors.ts';
import type { FiledApplication } from '../filed-application.ts';
import { fachdatenXml } from '../xdomea/fachdaten-xml.ts';
import type { CmisSettings } from './cmis-settings.ts';
import { type ContainerFile, containerContent } from './container-content.ts';
import { numberedName } from './numbered-name.ts';
import { type ValueContext, propertiesOf } from './property.mapper.ts';

/** What is to be made in the repository. The same application and exchange give the same plan. */
export interface FilingPlan {
  /** Folders below the root folder, from the top. */
  readonly path: readonly { readonly name: string; readonly typeId: string }[];
  readonly vorgang: PlannedObject;
  readonly documents: readonly PlannedDocument[];
  readonly collision: CmisRules['collision'];
}

/** One object. `name(1)` is the name wanted, `name(2)` the next where that is taken, and so on. */
export interface PlannedObject {
  readonly name: (count: number) => string;
  readonly typeId: string;
  readonly properties: NewProperties;
  readonly secondaryTypeIds: readonly string[];
  /** The hub's id of it; kept in a property where the target has one for it. */
  readonly hubId: string;
  readonly access: CmisRules['vorgang']['access'];
}

export interface PlannedDocument extends PlannedObject {
  readonly content: ContentSource;
  readonly versioningState: CmisRules['documents']['versioningState'];
}

export interface PlanContext {
  /** The blueprint of the version that accepted the submission, with the tenant's overrides. */
  readonly blueprint: Blueprint;
  readonly settings: Pick<CmisSettings, 'hubId' | 'maxNameBytes'>;
  /** Of the exchange: a new one files anew. */
  readonly exchangeId: string;
  /** Opens the content of a document in the vault. */
  readonly open: (ref: string) => Readable | Promise<Readable>;
}

interface Rendering extends PlanContext {
  readonly envelope: FiledApplication;
  readonly ablage: Ablage;
  readonly rules: CmisRules;
  /** Of the rules, for all templates. */
  readonly values: Readonly<Record<string, string | undefined>>;
}

/** One file of the application, or the Fachdaten as one. */
interface FiledFile {
  readonly title: string;
  readonly fileName: string;
  readonly role: SubmissionDocument['role'] | undefined;
  readonly documentType: string;
  readonly content: ContentSource;
}

/** @throws HUB_DMS_NO_FILING_RULES, HUB_DMS_CMIS_VALUE, HUB_XML_CHARACTER */
export function toFilingPlan(envelope: FiledApplication, context: PlanContext): FilingPlan {
  const { ablage, name: leistung } = context.blueprint;
  if (!ablage) throw dmsErrors.HUB_DMS_NO_FILING_RULES();
  const rules = cmisRulesOf(ablage);
  const { betreff, betreffMaxLength: maxLength, omit, aktenplaneinheit, aktenplanBezeichnung, vorgangTyp } = ablage;
  const values = {
    betreff: renderBetreff(betreff, envelope, { leistung, maxLength, omit }),
    ...{ aktenplaneinheit, aktenplanBezeichnung, vorgangTyp },
  };
  const rendering: Rendering = { ...context, envelope, ablage, rules, values };
  const files = filesOf(rendering);
  return {
    path: pathOf(rendering),
    vorgang: vorgangOf(rendering),
    documents:
      rules.container && envelope.issuedAt === undefined
        ? [containerOf(rendering, files)]
        : files.map((file, index) => documentOf(rendering, file, index + 1)),
    collision: rules.collision,
  };
}

function pathOf(rendering: Rendering): FilingPlan['path'] {
  const { path, pathTypes } = rendering.rules;
  const { maxNameBytes: maxBytes } = rendering.settings;
  return cmisPathLevels(path).map((level, index) => ({
    name: safeObjectName(render(rendering, level), { maxBytes }),
    typeId: pathTypes[index] ?? 'cmis:folder',
  }));
}

function vorgangOf(rendering: Rendering): PlannedObject {
  const { rules, settings, exchangeId } = rendering;
  const { type, name, access } = rules.vorgang;
  const wanted = render(rendering, name);
  return {
    name: (count) => numberedName(wanted, '', { count, maxBytes: settings.maxNameBytes }),
    typeId: type,
    ...described(rendering, { rules: rules.vorgang, hubId: exchangeId, values: {} }),
    access,
  };
}

function documentOf(rendering: Rendering, file: FiledFile, number: number): PlannedDocument {
  const { rules, settings, exchangeId } = rendering;
  const { type, types, name, versioningState, access } = rules.documents;
  const { title, fileName, role, documentType, content } = file;
  const values = { title, fileName, documentType, number: String(number), ...(role && { role }) };
  const extension = /\.[A-Za-z0-9]{1,10}$/.exec(fileName)?.[0] ?? '';
  const wanted = render(rendering, name, values) || fileName;
  const stem = wanted.toLowerCase().endsWith(extension.toLowerCase())
    ? wanted.slice(0, wanted.length - extension.length)
    : wanted;
  return {
    name: (count) => numberedName(stem, extension, { count, maxBytes: settings.maxNameBytes }),
    typeId: (role && types[role]) ?? type,
    ...described(rendering, { rules: rules.documents, hubId: `${exchangeId}/${number}`, values }),
    versioningState,
    access,
    content,
  };
}

function containerOf(rendering: Rendering, files: readonly FiledFile[]): PlannedDocument {
  const { rules, ablage, envelope } = rendering;
  const fileName = render(rendering, rules.container!.name);
  const inside: ContainerFile[] = files.map(({ fileName: name, content }) => ({ name, content }));
  const file: FiledFile = {
    title: fileName,
    fileName,
    role: undefined,
    documentType: ablage.documentTypes.Antragsdokument ?? 'Antragsdokument',
    content: containerContent(fileName, inside, new Date(envelope.acceptedAt)),
  };
  const named = { ...rules, documents: { ...rules.documents, name: '{{title}}' } };
  const document = documentOf({ ...rendering, rules: named }, file, 1);
  return rules.container!.type ? { ...document, typeId: rules.container!.type } : document;
}

function described(
  rendering: Rendering,
  {
    rules,
    hubId,
    values,
  }: {
    readonly rules: Pick<CmisRules['vorgang'], 'properties' | 'secondaryTypes'>;
    readonly hubId: string;
    readonly values: Readonly<Record<string, string>>;
  },
): Pick<PlannedObject, 'properties' | 'secondaryTypeIds' | 'hubId'> {
  const { settings, envelope, ablage } = rendering;
  const context: ValueContext = { envelope, omit: ablage.omit, render: (text) => render(rendering, text, values) };
  const properties = propertiesOf(rules.properties, context);
  const carrier = settings.hubId;
  const secondary = [...rules.secondaryTypes, ...(carrier?.secondaryType ? [carrier.secondaryType] : [])];
  return {
    properties: carrier ? { ...properties, [carrier.property]: hubId } : properties,
    secondaryTypeIds: [...new Set(secondary)],
    hubId,
  };
}

function filesOf({ envelope, ablage, open }: Rendering): FiledFile[] {
  const documents = envelope.documents.map((document): FiledFile => {
    const { ref, title, fileName, role, mediaType, size } = document;
    return {
      title: title ?? fileName,
      fileName,
      role,
      documentType: ablage.documentTypes[role] ?? role,
      content: { open: () => open(ref), length: size, mediaType, fileName },
    };
  });
  if (!ablage.fachdatenXml || envelope.issuedAt !== undefined) return documents;
  const xml = Buffer.from(fachdatenXml(envelope, withoutOmitted(envelope.fachdaten, ablage.omit)));
  const content = { open: () => Readable.from([xml]), length: xml.length, mediaType: 'application/xml' };
  const fileName = 'Antragsdaten.xml';
  const fachdaten = { title: 'Antragsdaten', fileName, role: undefined, documentType: 'Antragsdatensatz' };
  return [...documents, { ...fachdaten, content: { ...content, fileName } }];
}

function render(
  { envelope, blueprint, ablage, values }: Rendering,
  template: string,
  more: Readonly<Record<string, string>> = {},
): string {
  const options = { leistung: blueprint.name, maxLength: 1000, omit: ablage.omit, values: { ...values, ...more } };
  return renderBetreff(template, envelope, options);
}
