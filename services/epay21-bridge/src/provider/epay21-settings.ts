import { z } from 'zod';
import { basicAuthentication, faceSettings, serviceAddress } from './provider-settings.ts';

const line = z.string().min(1).max(250);

/** Settings of a target of kind `epay21`: ePay21's own SOAP service, version 11. */
export const epay21Settings = z.strictObject({
  /** Address of the service, e.g. `https://epay.example/epay21/service/v11/ePay21Service.asmx`. */
  url: serviceAddress,
  /** The municipality: eight digits, its AGS as a rule. */
  mandant: z.string().regex(/^\d{8}$/, { error: 'is eight digits in quotes' }),
  /** The municipality as the citizen reads it on the pay page. */
  mandantDesc: line,
  /** The application as agreed with ePay21; with the purpose, it is all that tells the finance system what was paid. */
  app: z.string().regex(/^[\w.-]{1,50}$/),
  authentication: basicAuthentication,
  /**
   * Address of a payment's page with `{payId}` in it, e.g. `https://epay.example/epay21/PP/ePay21Page.aspx?PayID={payId}`.
   * Left out: a payment whose placing was not answered is known to be there, and nobody can send the citizen to it.
   */
  payPage: z
    .string()
    .refine((address) => address.includes('{payId}') && URL.canParse(address) && /^https?:/.test(address), {
      error: 'is an address with {payId}',
    })
    .optional(),
  ...faceSettings,
});
export type Epay21Settings = z.infer<typeof epay21Settings>;
