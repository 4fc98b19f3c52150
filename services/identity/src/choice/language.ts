/** Languages of the pages. */
export type Language = 'de' | 'en';

/** What the browser would rather read; German where it does not say. */
export function languageOf(acceptLanguage: string | undefined): Language {
  const wanted = (acceptLanguage ?? '')
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
