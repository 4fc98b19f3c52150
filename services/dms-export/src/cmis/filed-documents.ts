import type { CmisObject } from '@ozg-hub/cmis';
import { isHubError } from '@ozg-hub/core';
import { dmsErrors } from '../errors.ts';
import type { PlannedDocument } from './filing-plan.mapper.ts';
import { fold } from './numbered-name.ts';
import type { CmisGround, MadeVorgang } from './vorgang-folder.ts';

const MOST_COUNT = 1000;

/** Result of a step `document:<n>`. */
type MadeDocument = { readonly objectId: string };

/** What lies in the folder, and what of it is ours. */
interface Contents {
  readonly objects: readonly CmisObject[];
  /** Names that are taken, folded. */
  readonly taken: Map<string, 'ours' | 'foreign'>;
}

export interface DocumentsOptions {
  readonly vorgang: MadeVorgang;
  /** An earlier try of this exchange may have filed documents. */
  readonly resumed: boolean;
  /** Others file into the folder, too: a later document of a case. */
  readonly shared: boolean;
}

/** The documents in the folder of a Vorgang. */
export class FiledDocuments {
  constructor(
    private readonly ground: CmisGround,
    private readonly options: DocumentsOptions,
  ) {}

  get firstMissing(): number {
    const { plan, work } = this.ground;
    return plan.documents.findIndex((_document, index) => work.stored(stepOf(index)) === undefined);
  }

  /** Files those that are missing, in order. @throws HUB_DMS_CMIS_*, HUB_CMIS_*, HUB_VAULT_* */
  async make(): Promise<void> {
    const { plan, work } = this.ground;
    const first = this.firstMissing;
    if (first < 0) return;
    const contents = await this.#contents();
    for (const [index, document] of plan.documents.entries()) {
      if (index < first) continue;
      await work.step(stepOf(index), async (): Promise<MadeDocument> => {
        const left =
          index === first && this.options.resumed ? await this.#leftByEarlierTry(document, contents) : undefined;
        const { id } = left ? await this.#completed(document, left) : await this.#create(document, contents);
        return { objectId: id };
      });
    }
  }

  /** Whether a try that broke off left something a person has to look at. @throws HUB_DMS_CMIS_*, HUB_CMIS_* */
  async look(): Promise<void> {
    const document = this.ground.plan.documents[this.firstMissing];
    if (document) await this.#leftByEarlierTry(document, await this.#contents());
  }

  async #contents(): Promise<Contents> {
    const { plan, work, finder } = this.ground;
    if (!this.options.resumed && !this.options.shared) return { objects: [], taken: new Map() };
    const objects = await finder.children(this.options.vorgang.objectId);
    const ours = new Set(plan.documents.map((_document, index) => work.stored<MadeDocument>(stepOf(index))?.objectId));
    const taken = objects.map(({ id, name }) => [fold(name), ours.has(id) ? 'ours' : 'foreign'] as const);
    return { objects: objects.filter(({ id }) => !ours.has(id)), taken: new Map(taken) };
  }

  async #leftByEarlierTry(document: PlannedDocument, { objects }: Contents): Promise<CmisObject | undefined> {
    const { finder } = this.ground;
    if (!finder.hasHubId) return this.#likelyLeft(document, objects);
    let found = objects.find((object) => finder.isOurs(object, document));
    // A listing may leave out properties of secondary types.
    for (const { id } of found ? [] : objects.filter(({ name }) => isNameOf(document, name))) {
      const object = await finder.present(id);
      if (finder.isOurs(object, document)) found = object;
    }
    if (found && !isNameOf(document, found.name)) throw dmsErrors.HUB_DMS_CMIS_MOVED();
    if (!found && (await finder.anywhere(document, 'document'))) throw dmsErrors.HUB_DMS_CMIS_MOVED();
    if (found) this.#requireLength(document, found);
    return found;
  }

  /** Without an id of ours: in a folder of our own, what has name, type and length of the document is the document. */
  #likelyLeft(document: PlannedDocument, objects: readonly CmisObject[]): CmisObject | undefined {
    const { length } = document.content;
    const alike = objects.filter(
      ({ name, typeId, contentLength }) =>
        isNameOf(document, name) &&
        typeId === document.typeId &&
        (length === undefined || hasNoContent(contentLength) || contentLength === length),
    );
    if (alike.length === 0) return undefined;
    if (this.options.shared || length === undefined || alike.length > 1) throw dmsErrors.HUB_DMS_CMIS_AMBIGUOUS();
    return alike[0];
  }

  #requireLength({ content: { length } }: PlannedDocument, { contentLength }: CmisObject): void {
    if (length === undefined || hasNoContent(contentLength) || contentLength === length) return;
    throw dmsErrors.HUB_DMS_CMIS_CHANGED();
  }

  /** A document that was left without its content gets it. */
  async #completed({ content }: PlannedDocument, found: CmisObject): Promise<CmisObject> {
    const { connection, work } = this.ground;
    if (content.length === 0 || !hasNoContent(found.contentLength)) return found;
    return await connection.setContentStream(found.id, { content, overwrite: true }, { signal: work.signal });
  }

  async #create(document: PlannedDocument, { taken }: Contents): Promise<CmisObject> {
    for (let count = 1; count <= MOST_COUNT; count += 1) {
      const name = document.name(count);
      const created = taken.has(fold(name)) ? undefined : await this.#createAs(document, name);
      if (created) {
        taken.set(fold(name), 'ours');
        this.#requireLength(document, created);
        return created;
      }
      if (!taken.has(fold(name))) taken.set(fold(name), 'foreign');
      if (taken.get(fold(name)) === 'foreign' && this.ground.plan.collision === 'refuse') break;
    }
    throw dmsErrors.HUB_DMS_CMIS_NAME_TAKEN();
  }

  /** Undefined: the name is taken. */
  async #createAs(document: PlannedDocument, name: string): Promise<CmisObject | undefined> {
    const { connection, finder, work } = this.ground;
    const { typeId, properties, secondaryTypeIds, versioningState, content } = document;
    const { objectId: parentId } = this.options.vorgang;
    const secondary = secondaryTypeIds.length > 0 ? { secondaryTypeIds } : {};
    const versioning = versioningState ? { versioningState } : {};
    try {
      const given = { parentId, name, typeId, properties, content, ...secondary, ...versioning };
      return await connection.createDocument(given, { signal: work.signal });
    } catch (error) {
      if (isHubError(error, 'HUB_CMIS_OBJECT_NOT_FOUND')) await finder.present(parentId);
      const there = isHubError(error, 'HUB_CMIS_NAME_CONSTRAINT') ? await finder.child(parentId, name) : undefined;
      if (!there) throw error;
      const late = await this.#late(document, there);
      return late && (await this.#completed(document, late));
    }
  }

  /** What an earlier request asked for may have come to be after the repository was asked for it. */
  async #late(document: PlannedDocument, there: CmisObject): Promise<CmisObject | undefined> {
    const { finder } = this.ground;
    if (!finder.hasHubId) return this.options.resumed ? this.#likelyLeft(document, [there]) : undefined;
    const object = await finder.present(there.id);
    return finder.isOurs(object, document) ? object : undefined;
  }
}

function isNameOf(document: PlannedDocument, name: string): boolean {
  const number = / \((\d{1,4})\)(\.[A-Za-z0-9]{1,10})?$/.exec(name.normalize('NFC'))?.[1];
  const counts = number === undefined ? [1] : [1, Number(number)];
  return counts.some((count) => count > 0 && fold(document.name(count)) === fold(name));
}

function hasNoContent(length: number | undefined): boolean {
  return length === undefined || length === 0;
}

const stepOf = (index: number) => `document:${index + 1}`;
