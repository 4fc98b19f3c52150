import { defineErrors } from '@ozg-hub/core';

const LOGIN = { class: 'never', status: 403 } as const;
const AGAIN = 'Begin again at the online service; where it repeats, give the code to the operators.';
const ATTACK = 'None for the user; where it repeats, somebody is trying something.';

/**
 * Why a login is refused, or not begun. The codes are for the log and for online services; the user reads one plain page.
 */
export const loginErrors = defineErrors({
  HUB_IDENTITY_DEMAND: {
    class: 'never',
    status: 400,
    title: 'The online service does not say for which application of which Leistung somebody is to sign in.',
    action:
      'Send tenant (slug), leistung (LeiKa key, 14 digits) and application (1 to 200 printable characters, no blank at either end).',
  },
  HUB_IDENTITY_LEISTUNG: {
    class: 'never',
    status: 400,
    title: 'The municipality does not offer this Leistung, or the online service may not sign in for it.',
    action: 'Check tenant and leistung, and the entry of the online service in identity.yaml.',
  },
  HUB_IDENTITY_LEVEL_UNKNOWN: {
    class: 'never',
    status: 400,
    title: 'acr_values or claims name no level that this hub knows.',
    action: 'Ask for basis, substanziell or hoch.',
  },
  HUB_IDENTITY_NO_PROVIDER: {
    class: 'never',
    status: 400,
    title: 'No identity provider of the directory vouches for this kind of applicant as strongly as demanded.',
    action: 'Add one to identity.yaml, or check applicantKinds and vertrauensniveau of the blueprint and acr_values.',
  },
  HUB_IDENTITY_BUSY: {
    class: 'later',
    status: 503,
    title: 'Too many logins are under way.',
    action: 'Nothing to do: logins that nobody goes on with end after 15 minutes.',
  },
  HUB_IDENTITY_INTERACTION: {
    ...LOGIN,
    status: 400,
    title: 'There is no login under way in this browser, or no longer.',
    action: AGAIN,
  },
  HUB_IDENTITY_FORM: {
    ...LOGIN,
    status: 400,
    title: 'The form of a login lacks a field, or has one twice.',
    action: AGAIN,
  },
  HUB_IDENTITY_BINDING: {
    ...LOGIN,
    status: 400,
    title: 'An answer of an identity provider comes by HTTP-POST; this address was opened otherwise, or reloaded.',
    action: `${AGAIN} An identity provider that answers by HTTP-Redirect has to be told the binding of our metadata.`,
  },
  HUB_IDENTITY_RELAY_STATE: {
    ...LOGIN,
    title: 'The RelayState belongs to no login attempt.',
    action: ATTACK,
  },
  HUB_IDENTITY_ATTEMPT_EXPIRED: {
    ...LOGIN,
    title: 'The login attempt took longer than 15 minutes.',
    action: AGAIN,
  },
  HUB_IDENTITY_ATTEMPT_USED: {
    ...LOGIN,
    title: 'The login attempt was answered or taken before.',
    action: AGAIN,
  },
  HUB_IDENTITY_OTHER_PROVIDER: {
    ...LOGIN,
    title: 'Another identity provider answers than was asked.',
    action: ATTACK,
  },
  HUB_IDENTITY_OTHER_BROWSER: {
    ...LOGIN,
    title: 'The browser is not the one that began the login.',
    action: ATTACK,
  },
  HUB_IDENTITY_OTHER_INTERACTION: {
    ...LOGIN,
    title: 'The login attempt belongs to another request of an online service.',
    action: ATTACK,
  },
  HUB_IDENTITY_LEVEL_TOO_LOW: {
    ...LOGIN,
    title: 'The level reached is lower than the one asked for.',
    action: 'Sign in again by a means of the level needed.',
  },
  HUB_IDENTITY_LEVEL_UNREADABLE: {
    ...LOGIN,
    title: 'The identity provider names no level that this hub knows.',
    action: 'Compare the levels in the settings of the provider with what it sends.',
  },
  HUB_IDENTITY_ATTRIBUTE_MISSING: {
    ...LOGIN,
    title: 'A required attribute is missing.',
    action: 'Add it in the account, or sign in by another means.',
  },
  HUB_IDENTITY_ATTRIBUTE_UNREADABLE: {
    ...LOGIN,
    title: 'An attribute has a form or length that this hub does not take.',
    action: 'Report it to the operators: the identity provider may have changed what it sends.',
  },
  HUB_IDENTITY_SUBJECT_MISSING: {
    ...LOGIN,
    title: 'The identity provider names no stable key of the account.',
    action: 'Sign in by an account that lasts; a guest login has no key.',
  },
  HUB_IDENTITY_APPLICANT_KIND: {
    ...LOGIN,
    title: 'The account is that of another kind of applicant.',
    action: 'Sign in as the Leistung demands: as a citizen, or for a company.',
  },
  HUB_IDENTITY_TEST_ACCOUNT: {
    ...LOGIN,
    title: 'The account is a test account, and the settings of the provider do not allow those.',
    action: 'Sign in by a real account; testAccounts: true is for installations under test only.',
  },
  HUB_IDENTITY_PROVIDER_UNUSABLE: {
    class: 'later',
    status: 503,
    title: 'The keys or the metadata of the identity provider cannot be used.',
    action: 'Run `ozg-hub identity check`.',
  },
  HUB_IDENTITY_PROVIDER_UNKNOWN: {
    class: 'never',
    status: 404,
    title: 'The directory has no such identity provider.',
    action: 'Compare with the ids in identity.yaml.',
  },
});
export type LoginErrorCode = keyof typeof loginErrors.definitions;
