import { describe, expect, test } from '@jest/globals';
import { childrenOf, readMultistatus } from './multistatus.ts';

const base = new URL('https://dms.example/dav/in/');

/** As Apache writes it: a prefix for each namespace, dates and tags, what is missing in a part of its own. */
const apache = `<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:" xmlns:ns0="DAV:">
<D:response xmlns:lp1="DAV:"><D:href>/dav/in/</D:href><D:propstat><D:prop>
<lp1:resourcetype><D:collection/></lp1:resourcetype><lp1:getetag>"1000-61"</lp1:getetag></D:prop>
<D:status>HTTP/1.1 200 OK</D:status></D:propstat>
<D:propstat><D:prop><D:getcontentlength/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>
<D:response xmlns:lp1="DAV:"><D:href>/dav/in/Gr%c3%b6%c3%9fe%201.xml</D:href><D:propstat><D:prop>
<lp1:resourcetype/><lp1:getcontentlength>17</lp1:getcontentlength><lp1:getetag>"11-61"</lp1:getetag></D:prop>
<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response></D:multistatus>`;

/** As others write it: addresses in full, no prefix, the folder last. */
const full = `<multistatus xmlns="DAV:">
<response><href>https://inner.example:8443/webdav/in/a.zip</href><propstat><prop><getcontentlength>5</getcontentlength>
<resourcetype/></prop><status>HTTP/1.1 200 OK</status></propstat></response>
<response><href>https://inner.example:8443/webdav/in/done/</href><propstat><prop><resourcetype><collection/></resourcetype>
</prop><status>HTTP/1.1 200 OK</status></propstat></response>
<response><href>https://inner.example:8443/webdav/in</href><propstat><prop><resourcetype><collection/></resourcetype>
</prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>`;

const children = (text: string) => childrenOf(readMultistatus(text, base))!;

describe('an answer to PROPFIND', () => {
  test('gives files and folders, as different servers write them', () => {
    expect(children(apache)).toMatchObject([{ name: 'Größe 1.xml', kind: 'file', size: 17, print: '17/"11-61"/' }]);
    expect(children(full)).toMatchObject([
      { name: 'a.zip', kind: 'file', size: 5 },
      { name: 'done', kind: 'folder' },
    ]);
    expect(children('<multistatus xmlns="DAV:"/>')).toEqual([]);
    expect(childrenOf(undefined)).toBeUndefined();
  });

  test('in the root of a server gives what is in it', () => {
    const root = full.replaceAll('/webdav/in', '').replace('8443</href>', '8443/</href>');
    expect(children(root).map(({ name }) => name)).toEqual(['a.zip', 'done']);
  });

  test.each([
    ['a page', '<html><body>Anmeldung</body></html>'],
    ['cut off', apache.slice(0, 300)],
    ['with a DOCTYPE', `<!DOCTYPE x [<!ENTITY y "z">]>${full}`],
    ['with an address that is none', full.replace('/webdav/in/a.zip', '/webdav/in/%zz')],
    ['nothing', ''],
  ])('%s is none', (_name, text) => {
    expect(() => children(text)).toThrow(expect.objectContaining({ code: 'HUB_DMS_UNREADABLE', class: 'later' }));
  });
});
