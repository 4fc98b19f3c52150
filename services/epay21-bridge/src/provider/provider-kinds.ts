import type { Directory } from '@ozg-hub/directory';
import type { z } from 'zod';
import { type Epay21Settings, epay21Settings } from './epay21-settings.ts';
import { Epay21SoapAdapter } from './epay21-soap.adapter.ts';
import type { PaymentProvider } from './payment-provider.port.ts';
import { XBezahldiensteAdapter } from './xbezahldienste.adapter.ts';
import { type XBezahldiensteSettings, xbezahldiensteSettings } from './xbezahldienste-settings.ts';

/** A kind of payment service as a municipality's YAML names it. */
export interface ProviderKind {
  readonly settings: z.ZodType;
  /** @param directory where secrets are looked up; its current version says how a target is reached */
  readonly adapter: (directory: Pick<Directory, 'connection'>) => PaymentProvider;
  /** The municipality as answers of the service name it; compared with `payee` of a {@link ProviderPayment}. */
  readonly payee: (settings: Readonly<Record<string, unknown>>) => string;
}

/** The table of adapters: another payment service is one line here. */
export const providerKinds: Readonly<Record<string, ProviderKind>> = {
  xbezahldienste: {
    settings: xbezahldiensteSettings,
    adapter: (directory) => new XBezahldiensteAdapter(directory),
    payee: (settings) => {
      const { originatorId, endpointId } = settings as XBezahldiensteSettings;
      return `${originatorId}/${endpointId}`;
    },
  },
  epay21: {
    settings: epay21Settings,
    adapter: (directory) => new Epay21SoapAdapter(directory),
    payee: (settings) => (settings as Epay21Settings).mandant,
  },
};
