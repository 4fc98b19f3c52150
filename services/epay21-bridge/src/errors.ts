import { defineErrors } from '@ozg-hub/core';

export const epayErrors = defineErrors({
  HUB_EPAY_UNREACHABLE: {
    class: 'later',
    status: 502,
    title: 'No connection to the payment service could be made; nothing was sent.',
    action: 'Check address, port, name resolution and firewall of the target.',
  },
  HUB_EPAY_TLS: {
    class: 'later',
    status: 502,
    title: 'The TLS connection to the payment service was not accepted; nothing was sent.',
    action: 'Check the certificate of the service, the configured certificate authority and the client certificate.',
  },
  HUB_EPAY_INTERRUPTED: {
    class: 'later',
    status: 502,
    title: 'The connection to the payment service broke, or stood still, before anything took effect.',
    action: 'Nothing to do; the hub asks again.',
  },
  HUB_EPAY_OUTCOME_UNKNOWN: {
    class: 'ask',
    status: 502,
    title: 'The request left as a whole, but no usable answer came: it may or may not have taken effect.',
    action: 'Nothing to do at first: the hub asks again with the same id. Where it stays so, ask the payment service.',
  },
  HUB_EPAY_CREDENTIALS: {
    class: 'later',
    status: 502,
    title: 'The payment service does not accept the credentials.',
    action: 'Renew user, password, client secret or client certificate of the target.',
  },
  HUB_EPAY_PAYEE_UNKNOWN: {
    class: 'later',
    status: 502,
    title: 'The payment service does not know the address or the keys of the municipality.',
    action: 'Compare address, originatorId and endpointId (or mandant and app) of the target with the contract.',
  },
  HUB_EPAY_BUSY: {
    class: 'later',
    status: 503,
    title: 'The payment service asks for patience.',
    action: 'Nothing to do; a lower rate of the target avoids it.',
  },
  HUB_EPAY_SERVICE_FAILED: {
    class: 'later',
    status: 502,
    title: 'The payment service failed at a question that changes nothing.',
    action: 'Nothing to do; the hub asks again.',
  },
  HUB_EPAY_REDIRECTED: {
    class: 'later',
    status: 502,
    title: 'The payment service redirects elsewhere; this is not followed.',
    action: 'Configure the final address.',
  },
  HUB_EPAY_UNREADABLE: {
    class: 'later',
    status: 502,
    title: 'The answer is not one that this face of a payment service has.',
    action: 'Check the address of the target and what stands before it: a starting server and a proxy answer like this.',
  },
  HUB_EPAY_EXISTS: {
    class: 'ask',
    status: 502,
    title: 'The payment service holds a payment of this id already and does not say which.',
    action: 'Ask the payment service for the payment of this requestId.',
  },
  HUB_EPAY_NOT_FOUND_BY_ID: {
    class: 'ask',
    status: 502,
    title: 'The service finds no payment under the requestId; it need not know payments by it, so this proves nothing.',
    action: 'Nothing to do: the hub places it again with the same id, which tells.',
  },
  HUB_EPAY_REFUSED: {
    class: 'never',
    status: 502,
    title: 'The payment service refuses the request.',
    action: 'Compare the code with what its operator documents.',
  },
  HUB_EPAY_REFUSED_REQUEST: {
    class: 'never',
    status: 502,
    title: 'The payment service finds the request not to be valid.',
    action: 'Compare the fee of the blueprint and the settings of the target with what the service accepts.',
  },
  HUB_EPAY_REFUSED_AMOUNTS: {
    class: 'never',
    status: 502,
    title: 'The payment service finds that the lines do not add up to the amount.',
    action: 'Check net, tax and gross of the lines.',
  },
  HUB_EPAY_REFUSED_BOOKING: {
    class: 'never',
    status: 502,
    title: 'The payment service misses booking data, or has keys that it does not know.',
    action: 'Compare the booking data of the fee and bookingKeys of the target with what was agreed with the service.',
  },
});
export type EpayErrorCode = keyof typeof epayErrors.definitions;
