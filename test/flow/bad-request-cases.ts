import { buildApplication } from '@ozg-hub/testing';
import { MARKER, dog } from './applications.ts';
import { type Case, field, pushXml, xml } from './bad-input-case.ts';
import type { RunningHub } from './running-hub.ts';

const wrongType =
  (type: string, body = xml()) =>
  (hub: RunningHub) =>
    hub.push(body, { headers: { 'content-type': type } });

/** Headers and address that are wrong. */
export const requests: readonly Case[] = [
  {
    what: 'JSON',
    send: wrongType('application/json', `{"name":"${MARKER}"}`),
    status: 415,
    code: 'HUB_INTAKE_MEDIA_TYPE',
  },
  { what: 'plain text', send: wrongType('text/plain'), status: 415, code: 'HUB_INTAKE_MEDIA_TYPE' },
  { what: 'no content type', send: wrongType(''), status: 415, code: 'HUB_HTTP_MEDIA_TYPE' },
  { what: 'something unreadable', send: wrongType('xml; ?'), status: 415, code: 'HUB_HTTP_MEDIA_TYPE' },
  {
    what: 'multipart without boundary',
    send: wrongType('multipart/form-data'),
    status: 400,
    code: 'HUB_INTAKE_MULTIPART',
  },
  {
    what: 'multipart that is none',
    send: wrongType('multipart/form-data; boundary=x'),
    status: 400,
    code: 'HUB_INTAKE_MULTIPART',
  },
  {
    what: 'an unknown source',
    send: (hub) => hub.push(xml(), { query: `?source=${encodeURIComponent(MARKER)}` }),
    status: 422,
    code: 'HUB_INTAKE_SOURCE_UNKNOWN',
  },
  {
    what: 'neither Vorgang nor Idempotency-Key',
    send: (hub) => pushXml(hub, buildApplication(dog())),
    status: 422,
    code: 'HUB_INTAKE_KEY_REQUIRED',
  },
  {
    what: 'an Idempotency-Key with blanks',
    send: (hub) => pushXml(hub, xml(), { 'idempotency-key': 'a b' }),
    status: 400,
    code: 'HUB_INTAKE_KEY_INVALID',
  },
  {
    what: 'an Idempotency-Key that is too long',
    send: (hub) => pushXml(hub, xml(), { 'idempotency-key': 'k'.repeat(201) }),
    status: 400,
    code: 'HUB_INTAKE_KEY_INVALID',
  },
];

/** What the directory does not know. */
export const directory: readonly Case[] = [
  {
    what: 'an unknown municipality',
    send: (hub) => pushXml(hub, xml({ organisationseinheit: '00.00.XXX.09000001' })),
    status: 422,
    code: 'HUB_DIRECTORY_UNKNOWN_UNIT',
  },
  {
    what: 'an unknown unit of a known municipality',
    send: (hub) => pushXml(hub, xml({ organisationseinheit: '00.00.MUS.01999999' })),
    status: 422,
    code: 'HUB_DIRECTORY_UNKNOWN_UNIT',
  },
  {
    what: 'an unknown Leistung',
    send: (hub) => pushXml(hub, xml({ leika: '99.999.999.999.999' })),
    status: 422,
    code: 'HUB_DIRECTORY_UNKNOWN_LEISTUNG',
  },
  {
    what: 'a Leistung that the municipality does not offer',
    send: (hub) =>
      pushXml(hub, xml({ organisationseinheit: '00.00.NEU.03000001', prozessschluessel: 'WappenVerwendung' })),
    status: 422,
    code: 'HUB_DIRECTORY_LEISTUNG_NOT_OFFERED',
  },
  {
    what: 'a process key from which no Leistung follows',
    send: (hub) => pushXml(hub, xml({ prozessschluessel: 'Unbekannt' })),
    status: 422,
    code: 'HUB_DIRECTORY_NO_LEISTUNG_KEY',
  },
];

const withKey = async (hub: RunningHub, key: Parameters<RunningHub['key']>[0]) =>
  pushXml(hub, xml(), { authorization: `Bearer ${(await hub.key(key)).key}` });

/** API keys that do not open. */
export const keys: readonly Case[] = [
  { what: 'no key', send: (hub) => pushXml(hub, xml(), { authorization: '' }), status: 401, code: 'HUB_KEY_MISSING' },
  {
    what: 'an unknown key',
    send: (hub) => pushXml(hub, xml(), { authorization: `Bearer ozg_0123456789ab_${'0'.repeat(64)}` }),
    status: 401,
    code: 'HUB_KEY_UNKNOWN',
  },
  {
    what: 'a revoked key',
    send: async (hub) => {
      const { id, key } = await hub.key({ scopes: ['submit'] });
      await hub.request('DELETE', `/hub/ops/v1/keys/${id}`);
      return pushXml(hub, xml(), { authorization: `Bearer ${key}` });
    },
    status: 401,
    code: 'HUB_KEY_REVOKED',
  },
  {
    what: 'a key without the scope',
    send: (hub) => withKey(hub, { scopes: ['read'] }),
    status: 403,
    code: 'HUB_KEY_SCOPE',
    places: [field('Authorization')],
  },
  {
    what: 'the key of another municipality',
    send: (hub) => withKey(hub, { scopes: ['submit'], tenants: ['beispielhausen'] }),
    status: 403,
    code: 'HUB_KEY_TENANT',
  },
];
