import { createHash } from 'node:crypto';
import { MARKER } from './applications.ts';
import { type Case, MIB, announced, application, field, part, pdf, pushParts, pushXml, xml } from './bad-input-case.ts';

/** Files that are not as announced, or not to be taken. */
export const files: readonly Case[] = [
  {
    what: 'an announced file that is missing',
    send: (hub) => pushParts(hub, application({ anlagen: [announced('a'), announced('b')] }), part('a', pdf)),
    status: 422,
    code: 'HUB_INTAKE_FILE_MISSING',
    places: [field('b')],
  },
  {
    what: 'a file that was not announced',
    send: (hub) => pushParts(hub, application({ anlagen: [announced('a')] }), part('a', pdf), part('b', pdf)),
    status: 422,
    code: 'HUB_INTAKE_FILE_NOT_ANNOUNCED',
    places: [field('b')],
  },
  {
    what: 'a file that was not announced, under a name that tells something',
    send: (hub) => pushParts(hub, application(), part(`Ausweis ${MARKER}`, pdf)),
    status: 422,
    code: 'HUB_INTAKE_FILE_NOT_ANNOUNCED',
    places: [field('file 1')],
  },
  {
    what: 'the same part twice',
    send: (hub) => pushParts(hub, application({ anlagen: [announced('a')] }), part('a', pdf), part('a', pdf)),
    status: 422,
    code: 'HUB_INTAKE_PART_TWICE',
    places: [field('a')],
  },
  {
    what: 'the application twice',
    send: (hub) => pushParts(hub, application(), application()),
    status: 422,
    code: 'HUB_INTAKE_PART_TWICE',
    places: [field('application')],
  },
  {
    what: 'a file that came inside the XML too',
    send: (hub) => pushParts(hub, application({ anlagen: [announced('a', { inline: pdf })] }), part('a', pdf)),
    status: 422,
    code: 'HUB_INTAKE_PART_TWICE',
    places: [field('a')],
  },
  {
    what: 'the application after a file',
    send: (hub) => pushParts(hub, part('a', pdf), application({ anlagen: [announced('a')] })),
    status: 422,
    code: 'HUB_INTAKE_APPLICATION_FIRST',
  },
  { what: 'no part at all', send: (hub) => pushParts(hub), status: 422, code: 'HUB_INTAKE_APPLICATION_FIRST' },
  {
    what: 'a program that calls itself PDF',
    send: (hub) =>
      pushParts(
        hub,
        application({ anlagen: [announced('a')] }),
        part('a', Buffer.from(`MZ${'\0'.repeat(99)}${MARKER}`)),
      ),
    status: 422,
    code: 'HUB_INTAKE_FILE_TYPE',
    places: [{ field: 'a', message: 'content is application/x-msdownload' }],
  },
  {
    what: 'plain text',
    send: (hub) => pushXml(hub, xml({ anlagen: [announced('a', { inline: Buffer.from(MARKER) })] })),
    status: 422,
    code: 'HUB_INTAKE_FILE_TYPE',
    places: [{ field: 'a', message: 'content is of no known type' }],
  },
  {
    what: 'an empty file',
    send: (hub) => pushParts(hub, application({ anlagen: [announced('a')] }), part('a', '')),
    status: 422,
    code: 'HUB_INTAKE_FILE_EMPTY',
    places: [field('a')],
  },
  {
    what: 'another file than announced, by hash',
    send: (hub) =>
      pushParts(hub, application({ anlagen: [announced('a', { sha256: 'a'.repeat(64) })] }), part('a', pdf)),
    status: 422,
    code: 'HUB_INTAKE_HASH_MISMATCH',
    places: [field('a')],
  },
  {
    what: 'another file than announced, by size, after 1.5 MiB were written',
    send: (hub) => {
      const content = Buffer.concat([pdf, Buffer.alloc(1.5 * MIB)]);
      const sha256 = createHash('sha256').update(content).digest('hex');
      return pushParts(hub, application({ anlagen: [announced('a', { size: 1, sha256 })] }), part('a', content));
    },
    status: 422,
    code: 'HUB_INTAKE_HASH_MISMATCH',
    places: [field('a')],
  },
  {
    what: 'a good file before a bad one',
    send: (hub) =>
      pushParts(
        hub,
        application({ anlagen: [announced('a'), announced('b')] }),
        part('a', Buffer.concat([pdf, Buffer.alloc(MIB)])),
        part('b', MARKER),
      ),
    status: 422,
    code: 'HUB_INTAKE_FILE_TYPE',
    places: [{ field: 'b', message: 'content is of no known type' }],
  },
];

/** Too much of something. */
export const limits: readonly Case[] = [
  {
    what: 'XML above its limit',
    send: (hub) => pushXml(hub, xml().replace('Bello', MARKER.repeat(150_000))),
    status: 413,
    code: 'HUB_INTAKE_TOO_LARGE',
  },
  {
    what: 'a file above its limit',
    send: (hub) =>
      pushParts(
        hub,
        application({ anlagen: [announced('a')] }),
        part('a', Buffer.concat([pdf, Buffer.alloc(2 * MIB)])),
      ),
    status: 413,
    code: 'HUB_INTAKE_TOO_LARGE',
    places: [field('a')],
  },
  {
    what: 'a request above its limit',
    send: (hub) => {
      const large = Buffer.concat([pdf, Buffer.alloc(1.9 * MIB)]);
      const names = ['a', 'b', 'c'];
      return pushParts(
        hub,
        application({ anlagen: names.map((name) => announced(name)) }),
        ...names.map((name) => part(name, large)),
      );
    },
    status: 413,
    code: 'HUB_INTAKE_TOO_LARGE',
  },
  {
    what: 'more parts than allowed',
    send: (hub) => {
      const names = ['a', 'b', 'c', 'd', 'e'];
      return pushParts(
        hub,
        application({ anlagen: names.map((name) => announced(name)) }),
        ...names.map((name) => part(name, pdf)),
      );
    },
    status: 413,
    code: 'HUB_INTAKE_TOO_MANY_PARTS',
  },
];
