import { expect } from '@jest/globals';
import { MARKER } from './applications.ts';
import { type Case, NAMESPACE, announced, field, line, pdf, pushXml, xml } from './bad-input-case.ts';

/** What is no XML that can be read. */
export const notXml: readonly Case[] = [
  { what: 'text', send: (hub) => pushXml(hub, MARKER), status: 400, code: 'HUB_XML_MALFORMED', places: [line(1)] },
  { what: 'nothing', send: (hub) => pushXml(hub, ''), status: 400, code: 'HUB_XML_MALFORMED', places: [line(1)] },
  {
    what: 'an element that does not end',
    send: (hub) => pushXml(hub, xml().replace('</Antrag>', '\n\n')),
    status: 400,
    code: 'HUB_XML_MALFORMED',
    places: [{ line: expect.any(Number), message: expect.any(String) }],
  },
  {
    what: 'a DOCTYPE',
    send: (hub) => pushXml(hub, `<!DOCTYPE Antrag>\n${xml().replace(/^<\?xml.*?\?>/, '')}`),
    status: 400,
    code: 'HUB_XML_DOCTYPE',
    places: [line(1)],
  },
  {
    what: 'entities that multiply',
    send: (hub) =>
      pushXml(
        hub,
        `<!--${MARKER}-->\n<!DOCTYPE a [<!ENTITY a "${MARKER}"><!ENTITY b "&a;&a;&a;">]>\n<Antrag>&b;</Antrag>`,
      ),
    status: 400,
    code: 'HUB_XML_DOCTYPE',
    places: [line(2)],
  },
  {
    what: 'an external entity',
    send: (hub) => pushXml(hub, `<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]><Antrag>&a;</Antrag>`),
    status: 400,
    code: 'HUB_XML_DOCTYPE',
    places: [line(1)],
  },
  {
    what: 'an entity without declaration',
    send: (hub) => pushXml(hub, xml().replace('Bello', `&${MARKER};`)),
    status: 400,
    code: 'HUB_XML_ENTITY',
    places: [{ line: expect.any(Number), message: expect.any(String) }],
  },
  {
    what: 'elements deeper than 256',
    send: (hub) =>
      pushXml(hub, `<Antrag xmlns="${NAMESPACE}">${'<a>'.repeat(256)}${MARKER}${'</a>'.repeat(256)}</Antrag>`),
    status: 400,
    code: 'HUB_XML_TOO_DEEP',
    places: [line(1)],
  },
  {
    what: 'another encoding, declared',
    send: (hub) =>
      pushXml(
        hub,
        Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${xml().replace(/^<\?xml.*?\?>/, '')}`, 'latin1'),
      ),
    status: 400,
    code: 'HUB_XML_ENCODING',
  },
  {
    what: 'another encoding, not declared',
    send: (hub) => pushXml(hub, Buffer.from(xml(), 'latin1')),
    status: 400,
    code: 'HUB_XML_ENCODING',
  },
  {
    what: 'UTF-16',
    send: (hub) => pushXml(hub, Buffer.from(`\ufeff${xml()}`, 'utf16le')),
    status: 400,
    code: 'HUB_XML_ENCODING',
  },
  {
    what: 'a control character',
    send: (hub) => pushXml(hub, xml().replace('Bello', 'Bello\u0007')),
    status: 400,
    code: 'HUB_XML_CHARACTER',
    places: [{ line: expect.any(Number), message: expect.any(String) }],
  },
  {
    what: 'a control character by number',
    send: (hub) => pushXml(hub, xml().replace('Bello', 'Bello&#0;')),
    status: 400,
    code: 'HUB_XML_CHARACTER',
    places: [{ line: expect.any(Number), message: expect.any(String) }],
  },
];

const twice = xml({ anlagen: [announced('a', { inline: pdf })] }).replace(/(<Anlage .*<\/Anlage>)/s, '$1$1');
const threeErrors = xml()
  .replaceAll(/>\s+</g, '><')
  .replace(`>${MARKER}<`, `>${'x'.repeat(500)}${MARKER}<`)
  .replace('<Art>ERSTANTRAG<', `<Art>${MARKER}<`)
  .replace('Name="Hund"', `Name="Hund" Farbe="${MARKER}"`);

/** What is XML, but no application. */
export const invalid: readonly Case[] = [
  {
    what: 'three errors in one line',
    send: (hub) => pushXml(hub, threeErrors),
    status: 422,
    code: 'HUB_XML_INVALID',
    places: [
      { line: 1, path: '/Antrag/Vorgang/Art', message: expect.stringContaining('ERSTANTRAG') },
      { line: 1, path: '/Antrag/Antragsteller/NatuerlichePerson/Name', message: expect.stringContaining('longer') },
      { line: 1, path: '/Antrag/Metadaten/Objekt/@Farbe', message: expect.any(String) },
    ],
  },
  {
    what: 'sixty errors in sixty lines',
    send: (hub) =>
      pushXml(
        hub,
        xml().replace('</Objekt>', `${`\n<Feld Name="n"><INTEGER>${MARKER}</INTEGER></Feld>`.repeat(60)}</Objekt>`),
      ),
    status: 422,
    code: 'HUB_XML_INVALID',
    places: Array.from({ length: 50 }, (_, n) => ({
      line: expect.any(Number),
      path: `/Antrag/Metadaten/Objekt/Feld[${n + 2}]/INTEGER`,
      message: expect.stringContaining('GanzzahlType'),
    })),
  },
  {
    what: 'another root element',
    send: (hub) => pushXml(hub, `<Brief xmlns="${NAMESPACE}">${MARKER}</Brief>`),
    status: 422,
    code: 'HUB_XML_INVALID',
    places: [{ line: 1, path: '/Brief', message: expect.any(String) }],
  },
  {
    what: 'a file announced twice',
    send: (hub) => pushXml(hub, twice),
    status: 422,
    code: 'HUB_XML_INVALID',
    places: [{ line: expect.any(Number), path: '/Antrag/Anlagen/Anlage[2]', message: expect.any(String) }],
  },
  {
    what: 'a file named application',
    send: (hub) => pushXml(hub, xml({ anlagen: [announced('application', { inline: pdf })] })),
    status: 422,
    code: 'HUB_APPLICATION_PART_RESERVED',
    places: [field('application')],
  },
  {
    what: 'a field that refers to a file that is not there',
    send: (hub) =>
      pushXml(
        hub,
        xml({ fachdaten: [{ name: 'Hund', fields: [{ name: 'Pass', type: 'ANLAGEN', value: ['pass'] }] }] }),
      ),
    status: 422,
    code: 'HUB_APPLICATION_PART_UNKNOWN',
    places: [{ field: expect.stringContaining('Hund'), message: expect.any(String) }],
  },
];
