import type { Target } from '@ozg-hub/directory';
import { money } from '@ozg-hub/money';
import type { PaymentOrder } from '../payment.ts';
import { sampleItem } from '../receipt/sample-quittung.ts';

const eur = (minor: number) => money(minor, 'EUR');

/** For tests: an order of 30.70 euros in two lines, one of them taxed. */
export function sampleOrder(changes: Partial<PaymentOrder> = {}): PaymentOrder {
  return {
    id: '0198c0de-2222-7000-8000-000000000001',
    createdAt: new Date('2026-08-21T08:15:30.000Z'),
    gross: eur(3070),
    purpose: '2600000483-7 Parkausweis',
    description: 'Bewohnerparkausweis (1 Jahr), Gebühr & Porto',
    kassenzeichen: '2600000483-7',
    items: [
      {
        id: 'ausweis',
        reference: 'P-1',
        description: 'Bewohnerparkausweis, 1 Jahr',
        quantity: 1,
        taxRate: '0.00',
        net: eur(2832),
        tax: eur(0),
        gross: eur(2832),
        singleNet: eur(2832),
        singleTax: eur(0),
        booking: { produkt: '02.122.010', sachkonto: '5110000', kostenstelle: undefined },
      },
      {
        id: 'porto',
        description: 'Porto',
        quantity: 2,
        taxRate: '19.00',
        net: eur(200),
        tax: eur(38),
        gross: eur(238),
        singleNet: eur(100),
        singleTax: eur(19),
        booking: {},
      },
    ],
    returnUrl: 'https://hub.musterstadt.example/epay21/v1/return/token',
    timeoutMinutes: 15,
    ...changes,
  };
}

/** For tests: a payment of a municipality that is not placed yet. */
export function sampleNewPayment(id: string) {
  return {
    ...{ id, tenant: 'musterstadt', endpoint: 'epay.example', provider: 'epay', finance: undefined },
    ...{ submissionId: undefined, leistung: undefined, vorgang: undefined, blueprint: undefined },
    ...{ keyId: undefined, headerKey: undefined, contentHash: undefined, serviceUrl: undefined },
    ...{ kassenzeichen: '2026-00000483-7', purpose: '2026-00000483-7', description: 'Gästekarte' },
    ...{ gross: eur(3070), items: [sampleItem(1)], returnToken: id, directoryVersion: 'sha256-pinned' },
    ...{ timeoutMinutes: 30, traceparent: undefined },
  };
}

/** For tests: a target at a fake ePay21 that is spoken to by SOAP. */
export function sampleSoapTarget({ soapUrl, origin }: { readonly soapUrl: string; readonly origin: string }) {
  return sampleTarget('epay21', {
    url: soapUrl,
    ...{ mandant: '06999001', mandantDesc: 'Musterstadt', app: 'ozg.hub', timeoutSeconds: 5 },
    authentication: { by: 'basic', user: 'hub', password: 'geheim' },
    payPage: `${origin}/pay/{payId}`,
  });
}

/** For tests: a target, and the directory that knows it. */
export function sampleTarget(kind: string, settings: Readonly<Record<string, unknown>>) {
  const target = { tenant: 'musterstadt', id: 'zahlung', kind, settings } as unknown as Target;
  return { target, directory: { connection: async () => target } };
}
