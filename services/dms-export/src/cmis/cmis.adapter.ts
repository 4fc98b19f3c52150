import { textOf } from '@ozg-hub/cmis';
import { isHubError } from '@ozg-hub/core';
import type { DeliveryWork, Outcome, ProbeOutcome, TargetAdapter } from '@ozg-hub/delivery';
import type { Directory } from '@ozg-hub/directory';
import type { Vault } from '@ozg-hub/vault';
import { acceptedApplication, releaseOnlyScanned } from '../accepted-application.ts';
import type { CmisConnections } from './cmis-connections.ts';
import { cmisFailure } from './cmis-failure.ts';
import { FiledDocuments } from './filed-documents.ts';
import { toFilingPlan } from './filing-plan.mapper.ts';
import { ObjectFinder } from './object-finder.ts';
import { Turns } from './turns.ts';
import { type FilingGround, type MadeVorgang, VorgangFolder } from './vorgang-folder.ts';

export const CMIS = 'cmis';

export interface CmisAdapterOptions {
  readonly vault: Pick<Vault, 'read' | 'open'>;
  readonly directory: Pick<Directory, 'current' | 'at'>;
  readonly connections: Pick<CmisConnections, 'to' | 'settings' | 'forget'>;
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
      const { vorgang, fresh } = await vorgangOf(ground);
      const folder = new VorgangFolder(ground);
      const documents = new FiledDocuments(ground, { vorgang, fresh, shared: false });
      if (!fresh && documents.firstMissing >= 0) await folder.requireInPlace(vorgang);
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

  async #ground(work: DeliveryWork): Promise<FilingGround> {
    const { vault, directory, connections } = this.options;
    const { delivery, exchange, signal } = work;
    const { tenant, reference } = delivery;
    const envelope = await acceptedApplication(vault, delivery);
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

async function vorgangOf(ground: FilingGround): Promise<{ vorgang: MadeVorgang; fresh: boolean }> {
  const known = ground.work.stored<MadeVorgang>('vorgang');
  if (known) return { vorgang: known, fresh: false };
  return { vorgang: await new VorgangFolder(ground).make(), fresh: true };
}

async function look(ground: FilingGround): Promise<ProbeOutcome> {
  const { work, plan } = ground;
  const folder = new VorgangFolder(ground);
  const vorgang = work.stored<MadeVorgang>('vorgang');
  if (!vorgang) {
    await folder.look();
    return { verdict: 'NOT_EFFECTIVE' };
  }
  const documents = new FiledDocuments(ground, { vorgang, fresh: false, shared: false });
  if (documents.firstMissing < 0 && accessSteps(plan).every(({ step }) => work.stored(step) !== undefined)) {
    return { verdict: 'EFFECTIVE', outcome: await outcomeOf(ground, vorgang) };
  }
  await folder.requireInPlace(vorgang);
  await documents.look();
  return { verdict: 'NOT_EFFECTIVE' };
}

/** Access that is to be granted; `document` counts from 0, undefined is the Vorgang. */
function accessSteps({ vorgang, documents }: FilingGround['plan']) {
  const ofDocuments = documents.map(({ access }, index) => ({ step: `acl:${index + 1}`, access, document: index + 1 }));
  const all = [{ step: 'acl', access: vorgang.access, document: undefined }, ...ofDocuments];
  return all.filter(({ access }) => access.length > 0);
}

async function grantAccess({ connection, finder, work, plan }: FilingGround, vorgang: MadeVorgang): Promise<void> {
  for (const { step, access, document } of accessSteps(plan)) {
    const { objectId } = document === undefined ? vorgang : work.stored<{ objectId: string }>(`document:${document}`)!;
    await work.step(step, async () => {
      await finder.orGone(connection.applyAccessControl(objectId, { add: access }, { signal: work.signal }));
      return { objectId };
    });
  }
}

/** Answers of a repository are results: nothing more is to come. */
async function outcomeOf({ finder, settings }: FilingGround, { objectId }: MadeVorgang): Promise<Outcome> {
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
