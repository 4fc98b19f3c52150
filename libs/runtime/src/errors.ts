import { defineErrors } from '@ozg-hub/core';

export const runtimeErrors = defineErrors({
  HUB_CONFIG_INVALID: {
    class: 'never',
    status: 500,
    title: 'The configuration is not valid.',
    action: 'Correct the environment variables named; the README lists every setting.',
  },
  HUB_KEY_MISSING: {
    class: 'never',
    status: 401,
    title: 'The request carries no API key.',
    action: 'Send the header "Authorization: Bearer ozg_…".',
  },
  HUB_KEY_UNKNOWN: {
    class: 'never',
    status: 401,
    title: 'The API key is not known.',
    action: 'Check the key; create a new one with "ozg-hub keys create".',
  },
  HUB_KEY_REVOKED: {
    class: 'never',
    status: 401,
    title: 'The API key was revoked.',
    action: 'Ask the operator of the hub for a new key.',
  },
  HUB_KEY_SCOPE: {
    class: 'never',
    status: 403,
    title: 'The API key lacks the scope that this call needs.',
    action: 'Ask the operator for a key with the scope named.',
  },
  HUB_KEY_TENANT: {
    class: 'never',
    status: 403,
    title: 'The API key is not valid for this municipality.',
    action: 'Use the key of the municipality, or ask the operator to bind this key to it.',
  },
  HUB_HTTP_NOT_FOUND: {
    class: 'never',
    status: 404,
    title: 'There is nothing under this address.',
    action: 'Compare the address with /openapi.json.',
  },
  HUB_HTTP_METHOD: {
    class: 'never',
    status: 405,
    title: 'This address does not take that method.',
    action: 'Use one of the methods that the header Allow names.',
  },
  HUB_HTTP_PORT: {
    class: 'never',
    status: 500,
    title: 'The hub cannot listen on its port.',
    action: 'Set HUB_HTTP_PORT to a free port (0 takes any) and HUB_HTTP_HOST to an address of this machine.',
  },
  HUB_HTTP_BAD_REQUEST: {
    class: 'never',
    status: 400,
    title: 'The request is not valid.',
    action: 'Correct the fields named; /openapi.json describes the call.',
  },
  HUB_HTTP_MEDIA_TYPE: {
    class: 'never',
    status: 415,
    title: 'The content type is not one that this call takes.',
    action: 'Send one of the content types that /openapi.json names for this call.',
  },
  HUB_HTTP_TOO_LARGE: {
    class: 'never',
    status: 413,
    title: 'The request body is too large.',
    action: 'Send less; /openapi.json names the limit of this call.',
  },
  HUB_STOPPING: {
    class: 'later',
    status: 503,
    title: 'The hub is stopping.',
    action: 'Send the request again after the time in Retry-After.',
  },
  HUB_ROTATION_RUNNING: {
    class: 'later',
    status: 409,
    title: 'A rotation of the keys is under way.',
    action: 'Wait until it has ended; GET /hub/ops/v1/vault/rotation tells.',
  },
  HUB_REPUBLICATION_STUCK: {
    class: 'later',
    status: 503,
    title: 'Events that are to be published again are not taken by the bus.',
    action:
      'See what `ozg-hub doctor` says of bus and outboxes, mend it, then republish once more since the same time.',
  },
  HUB_INTERNAL: {
    class: 'ask',
    status: 500,
    title: 'Something failed that should not.',
    action: 'Tell the operator the request id; the log has the reason.',
  },
  HUB_UNREACHABLE: {
    class: 'later',
    status: 503,
    title: 'The hub does not answer.',
    action: 'Check that it runs and that HUB_URL, where it is set, is its address.',
  },
  HUB_FILE_UNREADABLE: {
    class: 'never',
    status: 400,
    title: 'The file cannot be read.',
    action: 'Check that it is there, and that you may read it.',
  },
  HUB_NOT_RUNNING: {
    class: 'never',
    status: 503,
    title: 'No hub runs on this data directory.',
    action: 'Start it with "npm start" (or "ozg-hub start") and call again.',
  },
});
