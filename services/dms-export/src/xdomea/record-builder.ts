import type { DeliveryWork, Json } from '@ozg-hub/delivery';
import { type Directory, withoutOmitted, xdomeaRulesOf } from '@ozg-hub/directory';
import type { Store } from '@ozg-hub/store';
import type { Vault } from '@ozg-hub/vault';
import { releaseOnlyScanned } from '../accepted-application.ts';
import { type FiledApplication, filedApplication, withNotice } from '../filed-application.ts';
import { type CaseSubmission, type FilingPlan, PLAN_STEP, eventOf } from '../cases/case.ts';
import { CaseRepository } from '../cases/case.repository.ts';
import { NoticeRepository } from '../cases/notice.repository.ts';
import { protocolEntry } from '../cases/protocol-entry.ts';
import { documentKey, fachdatenRef, planFiling } from './filing-plan.ts';
import { toLaterDocuments } from './later-documents.mapper.ts';
import { toProtokolleintrag, toZdaVerfuegung } from './order.mapper.ts';
import { type FilingContext, type FilingRecord, filingRules, toFilingRecord, toHandover } from './record.mapper.ts';
import type { XdomeaSettings } from './xdomea-settings.ts';

export interface RecordBuilderOptions {
  /** Schema of the service, with its cases. */
  readonly store: Pick<Store, 'query'>;
  readonly vault: Pick<Vault, 'read' | 'open'>;
  readonly directory: Pick<Directory, 'current' | 'at'>;
}

/** Decides by the filing rules which message a delivery sends, and makes it of what vault and cases hold. */
export class RecordBuilder {
  readonly #cases = new CaseRepository();
  readonly #notices = new NoticeRepository();

  constructor(private readonly options: RecordBuilderOptions) {}

  /**
   * What an exchange sends is decided at its first try and stored with it, but for a first application that is filed as
   * it is.
   * @throws HUB_DMS_CASE_UNKNOWN, HUB_DMS_CASE_UNANSWERED, HUB_DMS_NOTHING_TO_FILE, HUB_DMS_DOCUMENT_HELD,
   *   HUB_DMS_NO_FILING_RULES, HUB_DMS_ERASED, HUB_VAULT_*
   */
  async build(work: DeliveryWork, settings: XdomeaSettings, createdAt: Date): Promise<FilingRecord> {
    const { delivery } = work;
    const { tenant, reference } = delivery;
    const snapshot = await this.options.directory.at(reference['directoryVersion']!);
    const blueprint = snapshot.blueprint(reference['blueprint']!, tenant);
    const context: FilingContext = { prozessId: work.exchange.id, tenant, settings, createdAt, blueprint };
    const event = eventOf(delivery);
    switch (event) {
      case 'erstantrag':
        return this.#firstApplication(work, context);
      case 'protokoll':
      case 'abschluss': {
        const { vorgang } = await this.#plan(work, context, undefined);
        if (event === 'abschluss') return { message: toZdaVerfuegung(vorgang!, context), files: [] };
        return { message: toProtokolleintrag(await this.#entry(work), vorgang!, context), files: [] };
      }
      case 'abgabe':
        return this.#handover(work, context);
      default: {
        const envelope = await this.#released(work.delivery);
        return toLaterDocuments(envelope, await this.#plan(work, context, envelope), context);
      }
    }
  }

  async #firstApplication(work: DeliveryWork, context: FilingContext): Promise<FilingRecord> {
    const envelope = await this.#released(work.delivery);
    if (xdomeaRulesOf(filingRules(context)).erstantrag !== '0605') await this.#plan(work, context, envelope);
    return toFilingRecord(envelope, context);
  }

  async #handover(work: DeliveryWork, context: FilingContext): Promise<FilingRecord> {
    const { tenant, lane, reference, target } = work.delivery;
    const key = { tenant, target: reference['caseTarget'] ?? target, lane };
    const all = await this.#cases.submissions(this.options.store, key);
    const ids = all.map(({ submissionId }) => submissionId);
    const known = await this.#notices.ofSubmissions(this.options.store, tenant, ids);
    const { submissions, notices } = await stepOf(work, async () => ({
      nachricht: '0401',
      submissions: ids,
      notices: known.map(({ id }) => id),
    }));
    const carried = all.filter(({ submissionId }) => submissions?.includes(submissionId));
    const [first, ...others] = await Promise.all(carried.map((submission) => this.#released(submission)));
    const issued = known
      .filter(({ id }) => notices?.includes(id))
      .map(async (notice) => this.#releasable(await withNotice(this.options.vault, first!, notice)));
    return toHandover([first!, ...others, ...(await Promise.all(issued))], context);
  }

  async #plan(work: DeliveryWork, context: FilingContext, envelope: FiledApplication | undefined): Promise<FilingPlan> {
    const { delivery } = work;
    return await stepOf(work, async () => {
      const { store } = this.options;
      const rules = filingRules(context);
      return planFiling({
        delivery,
        rules: xdomeaRulesOf(rules),
        answers: context.settings.replies !== undefined,
        case: await this.#cases.find(store, delivery),
        documents: [
          ...(envelope?.documents ?? []).map((document) => ({ ref: document.ref, key: documentKey(document) })),
          ...(envelope && rules.fachdatenXml && carriesFachdaten(envelope, rules.omit) ? [fachdatenRef] : []),
        ],
        filed: envelope ? await this.#cases.documents(store, delivery) : [],
      });
    });
  }

  async #entry({ delivery: { tenant, reference } }: DeliveryWork) {
    const bytes = await this.options.vault.read(reference['entryRef']!, { tenant }, { maxBytes: 64 * 1024 });
    return protocolEntry.parse(JSON.parse(bytes.toString('utf8')));
  }

  async #released(of: Pick<CaseSubmission, 'reference' | 'tenant'>): Promise<FiledApplication> {
    const { vault, store } = this.options;
    return this.#releasable(await filedApplication({ vault, findNotice: (id) => this.#notices.find(store, id) }, of));
  }

  #releasable(filed: FiledApplication): FiledApplication {
    releaseOnlyScanned(this.options.directory, filed);
    return filed;
  }
}

const carriesFachdaten = ({ fachdaten, art, issuedAt }: FiledApplication, omit: readonly string[]) =>
  issuedAt === undefined && (art === 'ERSTANTRAG' || withoutOmitted(fachdaten, omit).length > 0);

async function stepOf(work: DeliveryWork, plan: () => Promise<FilingPlan>): Promise<FilingPlan> {
  return (await work.step(PLAN_STEP, async () => (await plan()) as unknown as Json)) as unknown as FilingPlan;
}
