import { isSecretReference } from '@ozg-hub/directory';
import { z } from 'zod';
import { basicAuthentication, faceSettings, secret, serviceAddress } from './provider-settings.ts';

const key = z.string().regex(/^[\w-]{1,36}$/, { error: 'is 1 to 36 letters, digits, _ and -' });
const bookingKey = z.string().min(1).max(250);

/** A token by client credentials (RFC 6749 §4.4): pmPayment, GiroCheckout. */
const oauth2Authentication = z.strictObject({
  by: z.literal('oauth2'),
  tokenUrl: z.union([z.url({ protocol: /^https?$/ }), z.string().refine(isSecretReference)]),
  clientId: z.string().min(1),
  clientSecret: secret,
  scope: z.string().min(1).max(200).optional(),
});

/** Settings of a target of kind `xbezahldienste`: a payment service that speaks XBezahldienste 1.0.0. */
export const xbezahldiensteSettings = z.strictObject({
  /** Address before `/paymenttransaction`, e.g. `https://epay.example/xbezahldienste/api/v1.0.0`. */
  baseUrl: serviceAddress,
  /** Names the online service, or what the payment service calls so. */
  originatorId: key,
  /** Names the municipality, e.g. by its AGS. */
  endpointId: key,
  /** Left out where the client certificate says enough: ePayBL. */
  authentication: z.discriminatedUnion('by', [basicAuthentication, oauth2Authentication]).optional(),
  /**
   * Names of the booking data as agreed with the payment service. Left out: all that a line has, under the hub's names.
   * Given: only what is named here. The Kassenzeichen is sent only where it is named.
   */
  bookingKeys: z
    .strictObject({
      produkt: bookingKey.optional(),
      sachkonto: bookingKey.optional(),
      kostenstelle: bookingKey.optional(),
      kostentraeger: bookingKey.optional(),
      haushaltsstelle: bookingKey.optional(),
      objektnummer: bookingKey.optional(),
      buchungstext: bookingKey.optional(),
      steuerschluessel: bookingKey.optional(),
      kassenzeichen: bookingKey.optional(),
    })
    .optional(),
  /** Whether the citizen may read the description on the pay page. */
  sendDescription: z.boolean().default(true),
  ...faceSettings,
});
export type XBezahldiensteSettings = z.infer<typeof xbezahldiensteSettings>;
