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

/** Text for HTML, also inside of attributes in double quotes. */
export function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** Only styles of its own and the script given by its hash, nothing from elsewhere. @param formAction where forms may go */
export function pagePolicy(formAction: string, scriptHash?: string): string {
  const script = scriptHash === undefined ? '' : `; script-src '${scriptHash}'`;
  return `default-src 'none'; style-src 'unsafe-inline'${script}; base-uri 'none'; frame-ancestors 'none'; form-action ${formAction}`;
}

/** A page in the manner of KERN UX: one column, readable without style and script. @param body HTML */
export function page({ language, title, body }: { language: Language; title: string; body: string }): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; --text: #171a2b; --ground: #fff; --line: #d0d3e0; --action: #3736c1; --on-action: #fff; }
@media (prefers-color-scheme: dark) { :root { --text: #f3f3fe; --ground: #171a2b; --line: #55597a; --action: #a9aaf9; --on-action: #171a2b; } }
body { margin: 0; background: var(--ground); color: var(--text); font: 1.125rem/1.5 "Fira Sans", system-ui, sans-serif; }
main { max-width: 40rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.5rem; line-height: 1.3; } h2 { font-size: 1.25rem; margin: 0; }
.card, .alert { border: 1px solid var(--line); border-radius: .25rem; padding: 1rem 1.5rem; margin: 0 0 1.5rem; }
.alert { border-left: .5rem solid #bd0f09; }
.button { display: inline-block; padding: .75rem 1.5rem; border: 0; border-radius: .25rem; font: inherit;
  line-height: 1.5rem; background: var(--action); color: var(--on-action); text-decoration: none; cursor: pointer; }
a { color: var(--action); }
.button:focus-visible, a:focus-visible { outline: .25rem solid var(--action); outline-offset: .25rem; }
`;
