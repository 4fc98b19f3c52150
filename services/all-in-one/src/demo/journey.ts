import type { DemoApplication } from './application.ts';
import type { ApplicationState } from './sender.ts';

/** What the hub reports of one application, told step by step. */
export class Journey {
  readonly #told = new Set<string>();
  #last: ApplicationState | undefined;

  constructor(
    readonly application: DemoApplication,
    readonly id: string,
    readonly location: string,
  ) {}

  /** @returns a line for each step that was not told before */
  observe(status: ApplicationState): string[] {
    this.#last = status;
    const news = this.#steps(status).filter((step) => !this.#told.has(step));
    for (const step of news) this.#told.add(step);
    return news;
  }

  /** Nothing more will come of itself. */
  get ended(): boolean {
    return ['COMPLETED', 'NEEDS_ATTENTION', 'CANCELLED'].includes(this.state);
  }

  get state(): string {
    return this.#last?.state ?? 'ACCEPTED';
  }

  get aktenzeichen(): string | undefined {
    return this.#last?.deliveries.find(({ aktenzeichen }) => aktenzeichen)?.aktenzeichen;
  }

  get tenant(): string {
    return this.#last?.tenant ?? '';
  }

  get leistung(): string {
    return this.#last?.leistung ?? '';
  }

  /** What is not as it should be at the end. */
  problems(): string[] {
    const { tenant, leistung } = this.application.arrives;
    const codes = (this.#last?.deliveries ?? []).flatMap(({ state, code }) => [state, code ?? '']).join(' ');
    return [
      this.state === 'COMPLETED' ? '' : `is ${this.state} (${codes.trim()})`,
      this.aktenzeichen ? '' : 'has no Aktenzeichen',
      this.tenant === tenant ? '' : `belongs to ${this.tenant} instead of ${tenant}`,
      this.leistung === leistung ? '' : `is Leistung ${this.leistung} instead of ${leistung}`,
    ].filter((problem) => problem !== '');
  }

  /** Later states imply that the package was filed; a receipt is told only where it was seen. */
  #steps({ state, deliveries: [delivery] }: ApplicationState): string[] {
    const { receipt, byCmis } = this.application.arrives;
    const filed = 'filed: package handed over to the DMS';
    const confirmed = delivery?.aktenzeichen ?? 'missing';
    switch (delivery?.state) {
      case 'AWAITING_RECEIPT':
        return [filed];
      case 'AWAITING_RESULT':
        return receipt ? [filed, 'receipt (0629): the DMS has it'] : [filed];
      case 'CONFIRMED':
        return byCmis
          ? [`filed: folder and documents made in the DMS by CMIS, Aktenzeichen ${confirmed}`]
          : [filed, `result (0630): Aktenzeichen ${confirmed}`];
      case 'PARKED':
      case 'REJECTED':
      case 'IN_DOUBT':
        return [`${delivery.state} ${delivery.code ?? ''}: somebody has to look (${state})`];
      default:
        return [];
    }
  }
}
