import { expect, test } from '@jest/globals';
import { LinkCache, expandTemplate, linkTo } from './atom-links.ts';

test('a template is filled, and parameters left empty are dropped', () => {
  const template = 'http://dms/path?path={path}&filter={filter}&includeACL={includeACL}&fixed=1';
  expect(expandTemplate(template, { path: '/Grün & Blau/a?b' })).toBe(
    'http://dms/path?path=%2FGr%C3%BCn%20%26%20Blau%2Fa%3Fb&fixed=1',
  );
  expect(expandTemplate('http://dms/id/{id}', { id: 'a/b' })).toBe('http://dms/id/a%2Fb');
});

test('of several links, the one of the media type is taken', () => {
  const down = [
    { rel: 'down', href: 'tree', type: 'application/cmistree+xml' },
    { rel: 'down', href: 'feed', type: 'application/atom+xml; type=feed' },
  ];
  expect(linkTo(down, 'down', 'application/atom+xml;type=feed')).toBe('feed');
  expect(linkTo(down, 'up')).toBeUndefined();
});

test('links of objects long unused are forgotten', () => {
  const cache = new LinkCache();
  cache.remember('first', []);
  for (let n = 0; n < 499; n += 1) cache.remember(String(n), []);
  expect(cache.get('first')).toEqual([]);
  cache.remember('one more', []);
  expect(cache.get('0')).toBeUndefined();
  expect(cache.get('first')).toEqual([]);
});
