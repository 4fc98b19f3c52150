import { createHash } from 'node:crypto';
import type { CmisConnection, CmisObject } from '@ozg-hub/cmis';
import { isHubError } from '@ozg-hub/core';
import type { DeliveryWork } from '@ozg-hub/delivery';
import { dmsErrors } from '../errors.ts';
import type { CmisSettings } from './cmis-settings.ts';
import type { FilingPlan } from './filing-plan.mapper.ts';
import type { ObjectFinder } from './object-finder.ts';
import type { Turns } from './turns.ts';

const MOST_COUNT = 1000;

/** Result of a step `folder:<level>`. Ids only: names are citizens' data. */
type MadeFolder = { readonly objectId: string };

/** Result of the step `vorgang`. */
export type MadeVorgang = {
  readonly objectId: string;
  readonly parentId: string;
  /** Of its name, as the repository has it: tells whether it was renamed. */
  readonly mark: string;
};

export interface CmisGround {
  readonly connection: CmisConnection;
  readonly work: DeliveryWork;
  readonly plan: FilingPlan;
  readonly settings: CmisSettings;
  readonly finder: ObjectFinder;
  readonly turns: Turns;
}

class NameTaken extends Error {}

/** The folder of the Vorgang, and those above it. */
export class VorgangFolder {
  constructor(private readonly ground: CmisGround) {}

  /** The folder, made where an earlier try has not made it. @throws HUB_DMS_CMIS_*, HUB_CMIS_* */
  async make(): Promise<MadeVorgang> {
    const { work, plan, turns } = this.ground;
    const parentId = await this.#parent();
    const { tenant, target } = work.delivery;
    return await turns.take(`${tenant}/${target}/${parentId}/${plan.vorgang.name(1)}`, async () => {
      for (let count = 1; count <= this.#most(); count += 1) {
        const made = await this.#tryName(parentId, count);
        if (made) return made;
      }
      throw dmsErrors.HUB_DMS_CMIS_NAME_TAKEN();
    });
  }

  /** Whether a try that broke off left something a person has to look at. @throws HUB_DMS_CMIS_*, HUB_CMIS_* */
  async look(): Promise<void> {
    const { work, plan } = this.ground;
    const parent = work.stored<MadeFolder>(stepOf(plan.path.length));
    if (!parent) return;
    for (let count = 1; ; count += 1) {
      const name = work.stored<{ free: boolean }>(nameStep(count));
      if (!name) return;
      try {
        if (name.free) await this.#leftByEarlierTry(parent.objectId, count);
      } catch (error) {
        if (!(error instanceof NameTaken)) throw error;
      }
    }
  }

  /** @throws HUB_DMS_CMIS_GONE, HUB_DMS_CMIS_MOVED where a user of the DMS has moved or renamed it since */
  async requireInPlace(made: MadeVorgang): Promise<void> {
    const { finder } = this.ground;
    const folder = await finder.present(made.objectId);
    const parents = await finder.parentIds(folder);
    if (!parents.includes(made.parentId) || this.#mark(folder) !== made.mark) throw dmsErrors.HUB_DMS_CMIS_MOVED();
  }

  toMade(folder: CmisObject, parentId: string): MadeVorgang {
    return { objectId: folder.id, parentId, mark: this.#mark(folder) };
  }

  #most(): number {
    return this.ground.plan.collision === 'refuse' ? 1 : MOST_COUNT;
  }

  /** A name found free is a step of its own: what has that name afterwards may be ours. */
  async #tryName(parentId: string, count: number): Promise<MadeVorgang | undefined> {
    const { work } = this.ground;
    const resumed = work.stored(nameStep(count)) !== undefined;
    const { free } = await work.step(nameStep(count), async () => ({ free: !(await this.#isTaken(count)) }));
    if (!free) return undefined;
    try {
      return await work.step('vorgang', async () => {
        const found = resumed ? await this.#leftByEarlierTry(parentId, count) : undefined;
        return this.toMade(found ?? (await this.#create(parentId, count, resumed)), parentId);
      });
    } catch (error) {
      if (error instanceof NameTaken) return undefined;
      throw error;
    }
  }

  async #isTaken(count: number): Promise<boolean> {
    const { plan, finder } = this.ground;
    return (await finder.byPath(`${this.#path(plan.path.length)}/${plan.vorgang.name(count)}`)) !== undefined;
  }

  async #leftByEarlierTry(parentId: string, count: number): Promise<CmisObject | undefined> {
    const { finder, plan } = this.ground;
    const named = await finder.child(parentId, plan.vorgang.name(count));
    // A listing may leave out properties of secondary types.
    const found = named && finder.hasHubId ? await finder.present(named.id) : named;
    if (found && finder.isOurs(found, plan.vorgang)) return found;
    if (found && !finder.hasHubId && found.typeId === plan.vorgang.typeId) throw dmsErrors.HUB_DMS_CMIS_AMBIGUOUS();
    if (await finder.anywhere(plan.vorgang, 'folder')) throw dmsErrors.HUB_DMS_CMIS_MOVED();
    if (found) throw new NameTaken();
    return undefined;
  }

  async #create(parentId: string, count: number, resumed: boolean): Promise<CmisObject> {
    const { connection, finder, plan, work } = this.ground;
    const { typeId, properties, secondaryTypeIds } = plan.vorgang;
    const name = plan.vorgang.name(count);
    const secondary = secondaryTypeIds.length > 0 ? { secondaryTypeIds } : {};
    try {
      const folder = { parentId, name, typeId, properties, ...secondary };
      return await connection.createFolder(folder, { signal: work.signal });
    } catch (error) {
      if (isHubError(error, 'HUB_CMIS_OBJECT_NOT_FOUND')) await finder.present(parentId);
      if (!isHubError(error, 'HUB_CMIS_NAME_CONSTRAINT')) throw error;
      // What an earlier request asked for may have come to be after the repository was asked for it.
      const late = resumed || finder.hasHubId ? await this.#leftByEarlierTry(parentId, count) : undefined;
      if (late) return late;
      if (await finder.child(parentId, name)) throw new NameTaken();
      throw error;
    }
  }

  /** Id of the folder in which the Vorgang is made. One call where all folders of the path are there. */
  async #parent(): Promise<string> {
    const { work, plan, finder } = this.ground;
    const depth = plan.path.length;
    const known = work.stored<MadeFolder>(stepOf(depth));
    if (known) return known.objectId;
    const there = await finder.byPath(this.#path(depth));
    if (there) return (await work.step(stepOf(depth), async () => ({ objectId: folderId(there) }))).objectId;
    let parentId = folderId(depth === 0 ? undefined : await finder.byPath(this.#path(0)));
    for (let level = 1; level <= depth; level += 1) parentId = await this.#ensure(parentId, level);
    return parentId;
  }

  async #ensure(parentId: string, level: number): Promise<string> {
    const { work, turns, plan, finder, connection } = this.ground;
    const { name, typeId } = plan.path[level - 1]!;
    const { tenant, target } = work.delivery;
    const present = async () => {
      const found = await finder.child(parentId, name);
      return found && folderId(found);
    };
    const make = async () => {
      const before = await present();
      if (before) return { objectId: before };
      try {
        const created = await connection.createFolder({ parentId, name, typeId }, { signal: work.signal });
        return { objectId: created.id };
      } catch (error) {
        // Somebody else made it at the same time.
        const meanwhile = isHubError(error, 'HUB_CMIS_NAME_CONSTRAINT') ? await present() : undefined;
        if (meanwhile) return { objectId: meanwhile };
        throw error;
      }
    };
    const inTurn = () => turns.take(`${tenant}/${target}/${parentId}/${name}`, make);
    return (await work.step(stepOf(level), inTurn)).objectId;
  }

  #path(depth: number): string {
    const { settings, plan } = this.ground;
    const root = settings.rootFolder.replace(/\/+$/, '');
    const path = [root, ...plan.path.slice(0, depth).map(({ name }) => name)].join('/');
    return path === '' && depth === 0 ? '/' : path;
  }

  #mark({ name }: CmisObject): string {
    const text = `${this.ground.work.exchange.id}\n${name.normalize('NFC')}`;
    return createHash('sha256').update(text).digest('hex').slice(0, 16);
  }
}

function folderId(object: CmisObject | undefined): string {
  if (!object) throw dmsErrors.HUB_DMS_CMIS_ROOT();
  if (object.baseType !== 'cmis:folder') {
    throw dmsErrors.HUB_DMS_CMIS_NAME_TAKEN({ detail: 'Where the filing rules want a folder, there is a document.' });
  }
  return object.id;
}

const stepOf = (level: number) => `folder:${level}`;
const nameStep = (count: number) => `name:${count}`;
