import type { Directory } from '@ozg-hub/directory';
import type { Finding } from '@ozg-hub/runtime';
import type { PaymentConcern, PaymentStanding } from './payment-standing.ts';

const DAY_SECONDS = 86_400;
const LOOPBACK = /^https?:\/\/(?:127\.|localhost|\[::1\])/;

export interface PaymentDiagnosisOptions {
  readonly standing: PaymentStanding;
  readonly directory: Pick<Directory, 'current'>;
  readonly publicUrl: string;
}

/** What `doctor` says about payments. */
export class PaymentDiagnosis {
  constructor(private readonly options: PaymentDiagnosisOptions) {}

  async examine(): Promise<Finding[]> {
    const concerns = await this.options.standing.concerns();
    return [...this.#address(), ...concerns.flatMap(findingsOf)];
  }

  #address(): Finding[] {
    const { directory, publicUrl } = this.options;
    const takesFees = directory
      .current()
      .tenants.some(({ defaultTargets, leistungen }) =>
        [defaultTargets, ...leistungen.map(({ targets }) => targets)].some((targets) => targets?.payment !== undefined),
      );
    if (!takesFees || !LOOPBACK.test(publicUrl)) return [];
    const text = 'HUB_EPAY_PUBLIC_URL is an address of this machine: citizens cannot come back from the pay page.';
    return [{ level: 'warning', subject: 'payments', text }];
  }
}

function findingsOf(concern: PaymentConcern): Finding[] {
  const { tenant, unbooked, oldestUnbookedSeconds, rejected, integrity, unknown, closingRefused, withoutReceipt } =
    concern;
  const days = Math.floor(oldestUnbookedSeconds / DAY_SECONDS);
  const said: readonly (readonly [number, Finding['level'], string])[] = [
    [integrity, 'problem', 'where the payment service contradicts what was asked for: `payments list --attention`'],
    [rejected, 'problem', 'that the finance system refused to post: `payments list --booking rejected`'],
    [
      unknown,
      'warning',
      'of which nothing tells whether the payment service took them: `payments list --state unknown`',
    ],
    [closingRefused, 'warning', 'that the payment service does not let be confirmed'],
    [withoutReceipt, 'warning', 'whose Quittung could not be made for an hour: the log of the bridge says why'],
    [days > 0 ? unbooked : 0, 'warning', `that no finance system has posted, the oldest for ${days} days`],
  ];
  return said
    .filter(([count]) => count > 0)
    .map(([count, level, text]) => ({ level, subject: tenant, text: `${count} payments ${text}` }));
}
