import type { IncomingHttpHeaders } from 'node:http';

/** Languages of the pages. */
export type Language = 'de' | 'en';

/** What was chosen by a link (`?lang=en`), else what the browser would rather read; German where neither says. */
export function languageOf({
  query,
  headers,
}: {
  readonly query: unknown;
  readonly headers: IncomingHttpHeaders;
}): Language {
  const { lang } = query as { readonly lang?: unknown };
  return lang === 'de' || lang === 'en' ? lang : preferred(headers['accept-language']);
}

function preferred(acceptLanguage = ''): Language {
  const wanted = acceptLanguage
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
      const quality = parameters.map((one) => /^\s*q=([01](?:\.\d+)?)$/.exec(one)?.[1]).find(Boolean);
      return { language: tag.split('-', 1)[0], quality: Number(quality ?? '1') };
    })
    .filter(({ language, quality }) => (language === 'de' || language === 'en') && quality > 0)
    .toSorted((one, other) => other.quality - one.quality);
  return wanted[0]?.language === 'en' ? 'en' : 'de';
}
