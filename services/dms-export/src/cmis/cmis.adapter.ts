import { textOf } from '@ozg-hub/cmis';
import { isHubError } from '@ozg-hub/core';
import type { DeliveryWork, Outcome, ProbeOutcome, TargetAdapter } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { Vault } from '@ozg-hub/vault';
import { releaseOnlyScanned } from '../accepted-application.ts';
import { type Case, type CaseKey, eventOf } from '../cases/case.ts';
import { caseErrors } from '../cases/errors.ts';
import { type FiledApplicationsOptions, filedApplication } from '../filed-application.ts';
import type { CmisConnections } from './cmis-connections.ts';
import { cmisFailure } from './cmis-failure.ts';
import { FiledDocuments } from './filed-documents.ts';
import { toFilingPlan } from './filing-plan.mapper.ts';
import { ObjectFinder } from './object-finder.ts';
import { Turns } from './turns.ts';
import { type CmisGround, type MadeVorgang, VorgangFolder } from './vorgang-folder.ts';

export const CMIS = 'cmis';

/** Said by messages, for which CMIS has no call. */
const NOT_BY_CMIS: readonly string[] = ['protokoll', 'abschluss', 'abgabe'];

export interface CmisAdapterOptions {
  readonly vault: Pick<Vault, 'read' | 'open'>;
  readonly directory: Pick<Directory, 'current' | 'at'>;
  readonly connections: Pick<CmisConnections, 'to' | 'settings' | 'forget'>;
  /** The case that a later document belongs to; undefined where the hub knows none. */
  readonly findCase: (key: CaseKey) => Promise<Pick<Case, 'objectId'> | undefined>;
  readonly findNotice: FiledApplicationsOptions['findNotice'];
}

/**
 * Files by CMIS: folders, the folder of the Vorgang, its documents, their access. Each call that changes something is a
 * step; before one that may have taken effect is made again, the repository is asked for what it would make.
 */
export class CmisAdapter implements TargetAdapter {
  readonly kind = CMIS;
  readonly #turns = new Turns();

  constructor(private readonly options: CmisAdapterOptions) {}

  async deliver(work: DeliveryWork): Promise<Outcome> {
    return await this.#sorted(work, async () => {
      const ground = await this.#ground(work);
      const resumed = work.stored('vorgang') !== undefined;
      const shared = isLater(work);
      const folder = new VorgangFolder(ground);
      const vorgang = await (shared ? this.#caseFolder(ground) : folder.make());
      const documents = new FiledDocuments(ground, { vorgang, resumed, shared });
      if (resumed && !shared && documents.firstMissing >= 0) await folder.requireInPlace(vorgang);
      await documents.make();
      await grantAccess(ground, vorgang);
      return await outcomeOf(ground, vorgang);
    });
  }

  async probe(work: DeliveryWork): Promise<ProbeOutcome> {
    try {
      return await this.#sorted(work, async () => await look(await this.#ground(work)));
    } catch (error) {
      if (isHubError(error) && error.class === 'ask') return { verdict: 'UNKNOWN', code: error.code };
      throw error;
    }
  }

  async #caseFolder({ work, finder }: CmisGround): Promise<MadeVorgang> {
    return await work.step('vorgang', async () => {
      const { tenant, target, lane } = work.delivery;
      const found = await this.options.findCase({ tenant, target, lane });
      if (found?.objectId === undefined) throw caseErrors.HUB_DMS_CASE_UNKNOWN();
      return { objectId: (await finder.present(found.objectId)).id, parentId: '', mark: '' };
    });
  }

  async #ground(work: DeliveryWork): Promise<CmisGround> {
    const { vault, directory, connections } = this.options;
    const { delivery, exchange, signal } = work;
    if (NOT_BY_CMIS.includes(eventOf(delivery))) throw caseErrors.HUB_DMS_CASE_TARGET();
    const { tenant, reference } = delivery;
    const envelope = await filedApplication(this.options, delivery);
    releaseOnlyScanned(directory, envelope);
    const snapshot = await directory.at(reference['directoryVersion']!);
    const blueprint = snapshot.blueprint(reference['blueprint']!, tenant);
    const settings = connections.settings(delivery);
    const open = async (ref: string) => (await vault.open(ref, { tenant })).stream();
    const plan = toFilingPlan(envelope, { blueprint, settings, exchangeId: exchange.id, open });
    const connection = await connections.to(delivery);
    const finder = new ObjectFinder(connection, settings, signal);
    return { connection, work, plan, settings, finder, turns: this.#turns };
  }

  async #sorted<Value>(work: DeliveryWork, run: () => Promise<Value>): Promise<Value> {
    try {
      return await run();
    } catch (error) {
      if (isHubError(error, 'HUB_CMIS_UNAUTHENTICATED')) this.options.connections.forget(work.delivery);
      throw cmisFailure(error, filedSoFar(work));
    }
  }
}

/** A later document lies in the folder of its case, wherever that is by now. */
const isLater = ({ delivery }: DeliveryWork) => eventOf(delivery) !== 'erstantrag';

async function look(ground: CmisGround): Promise<ProbeOutcome> {
  const { work, finder } = ground;
  const folder = new VorgangFolder(ground);
  const vorgang = work.stored<MadeVorgang>('vorgang');
  if (!vorgang) {
    if (!isLater(work)) await folder.look();
    return { verdict: 'NOT_EFFECTIVE' };
  }
  const documents = new FiledDocuments(ground, { vorgang, resumed: true, shared: isLater(work) });
  if (documents.firstMissing < 0 && accessSteps(ground).every(({ step }) => work.stored(step) !== undefined)) {
    return { verdict: 'EFFECTIVE', outcome: await outcomeOf(ground, vorgang) };
  }
  await (isLater(work) ? finder.present(vorgang.objectId) : folder.requireInPlace(vorgang));
  await documents.look();
  return { verdict: 'NOT_EFFECTIVE' };
}

/** Access that is to be granted; `document` counts from 0, undefined is the Vorgang. */
function accessSteps({ work, plan: { vorgang, documents } }: CmisGround) {
  const ofDocuments = documents.map(({ access }, index) => ({ step: `acl:${index + 1}`, access, document: index + 1 }));
  const ofVorgang = isLater(work) ? [] : [{ step: 'acl', access: vorgang.access, document: undefined }];
  const all = [...ofVorgang, ...ofDocuments];
  return all.filter(({ access }) => access.length > 0);
}

async function grantAccess(ground: CmisGround, vorgang: MadeVorgang): Promise<void> {
  const { connection, finder, work } = ground;
  for (const { step, access, document } of accessSteps(ground)) {
    const { objectId } = document === undefined ? vorgang : work.stored<{ objectId: string }>(`document:${document}`)!;
    await work.step(step, async () => {
      const [add, remove] = [false, true].map((taken) => access.filter(({ revoke }) => revoke === taken));
      const change = { ...(add!.length > 0 && { add: add! }), ...(remove!.length > 0 && { remove: remove! }) };
      await finder.orGone(connection.applyAccessControl(objectId, change, { signal: work.signal }));
      return { objectId };
    });
  }
}

/** Answers of a repository are results: nothing more is to come. */
async function outcomeOf({ finder, settings }: CmisGround, { objectId }: MadeVorgang): Promise<Outcome> {
  const { properties } = await finder.present(objectId);
  const { aktenzeichenProperty } = settings;
  const aktenzeichen = aktenzeichenProperty && textOf(properties, aktenzeichenProperty);
  return { state: 'CONFIRMED', objectId, ...(aktenzeichen && { aktenzeichen }) };
}

function filedSoFar(work: DeliveryWork): string | undefined {
  const vorgang = work.stored<MadeVorgang>('vorgang');
  if (!vorgang) return undefined;
  let documents = 0;
  while (work.stored(`document:${documents + 1}`) !== undefined) documents += 1;
  return `In the repository already: folder ${vorgang.objectId} with ${documents} documents.`;
}
