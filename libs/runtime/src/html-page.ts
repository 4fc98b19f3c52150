import type { FastifyReply } from 'fastify';

/** A page for people. */
export interface HtmlPage {
  /** BCP 47. */
  readonly language: string;
  readonly title: string;
  /** HTML; texts in it are {@link escapedHtml}. */
  readonly body: string;
  /** Rules beside those of all pages. */
  readonly style?: string;
  /** Seconds after which the browser asks again; default: it does not. */
  readonly reloadSeconds?: number | undefined;
}

export interface SentPage {
  /** Default 200. */
  readonly status?: number;
  /** See {@link pagePolicy}; default: that of a page without forms. */
  readonly policy?: string;
}

/** Text for HTML, also inside of attributes in double quotes. */
export function escapedHtml(text: string): string {
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

/** A page in the manner of KERN UX: one column, readable without style and script. */
export function htmlPage({ language, title, body, style = '', reloadSeconds }: HtmlPage): string {
  const reload = reloadSeconds === undefined ? '' : `\n<meta http-equiv="refresh" content="${reloadSeconds}">`;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">${reload}
<title>${escapedHtml(title)}</title>
<style>${STYLE}${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

/** Headers of a page that nothing keeps, frames or tells others of. @param policy default: that of a page without forms */
export function pageHeaders(policy = pagePolicy("'none'")): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  };
}

/** Sends a page with its {@link pageHeaders}. */
export async function sendPage(
  reply: FastifyReply,
  html: string,
  { status = 200, policy }: SentPage = {},
): Promise<void> {
  await reply.code(status).headers(pageHeaders(policy)).send(html);
}

const STYLE = `
:root { color-scheme: light dark; --text: #171a2b; --ground: #fff; --line: #d0d3e0; --action: #3736c1; --on-action: #fff; }
@media (prefers-color-scheme: dark) { :root { --text: #f3f3fe; --ground: #171a2b; --line: #55597a; --action: #a9aaf9; --on-action: #171a2b; } }
body { margin: 0; background: var(--ground); color: var(--text); font: 1.125rem/1.5 "Fira Sans", system-ui, sans-serif; }
main { max-width: 40rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.5rem; line-height: 1.3; } h2 { font-size: 1.25rem; margin: 0; }
.card, .alert { border: 1px solid var(--line); border-radius: .25rem; padding: 1rem 1.5rem; margin: 0 0 1.5rem; }
.alert { border-left: .5rem solid var(--action); }
.success { border-left-color: #00804a; } .danger { border-left-color: #bd0f09; }
.button { display: inline-block; padding: .75rem 1.5rem; border: 0; border-radius: .25rem; font: inherit;
  line-height: 1.5rem; background: var(--action); color: var(--on-action); text-decoration: none; cursor: pointer; }
a { color: var(--action); }
.button:focus-visible, a:focus-visible { outline: .25rem solid var(--action); outline-offset: .25rem; }
`;
