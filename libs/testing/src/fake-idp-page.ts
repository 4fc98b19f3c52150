/** A button of the login page. */
export interface FakeIdpChoice {
  /** Whose account. */
  readonly person: string;
  /** Means of signing in. */
  readonly method: string;
  readonly label: string;
}

export interface FakeIdpLoginPage {
  readonly title: string;
  /** Who asks, as shown to the person. */
  readonly asks: string;
  /** Stands for the request until it is answered. */
  readonly transaction: string;
  readonly choices: readonly FakeIdpChoice[];
  readonly faults: readonly string[];
  /** Where "back" leads instead of an answer. */
  readonly backUrl: string | undefined;
}

/** A form for each account and means of signing in, and one to break off; works without JavaScript. */
export function loginPage({ title, asks, transaction, choices, faults, backUrl }: FakeIdpLoginPage): string {
  const options = ['', ...faults].map((fault) => `<option value="${fault}">${fault || 'ohne Störung'}</option>`);
  const login = ({ person, method, label }: FakeIdpChoice) =>
    form(
      '/login',
      { transaction, action: 'login', person, method },
      label,
      `<select name="fault">${options.join('')}</select>`,
    );
  const abort =
    backUrl === undefined
      ? form('/login', { transaction, action: 'abort' }, 'Abbrechen')
      : `<p><a href="${escaped(backUrl)}">Zurück</a></p>`;
  return page(title, `<p>${escaped(asks)}</p>${choices.map(login).join('')}${abort}`);
}

/** What the browser posts back to the service; at once where it has JavaScript. */
export function answerPage(title: string, action: string, fields: Readonly<Record<string, string>>): string {
  return page(title, `${form(action, fields, 'Weiter')}<script>document.forms[0].submit()</script>`);
}

export function errorPage(title: string, code: string): string {
  return page(title, `<p>Die Anmeldung ist nicht möglich.</p><p><code>${escaped(code)}</code></p>`);
}

/** A form as a browser would send it. */
export interface PageForm {
  readonly method: string;
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
  /** Text of its button. */
  readonly button: string;
}

const FORM = /<form\b([^>]*)>([\s\S]*?)<\/form>/gi;
const INPUT = /<input\b([^>]*)>/gi;
const BUTTON = /<button\b[^>]*>([\s\S]*?)<\/button>/i;

/** The forms of a page with what their inputs hold, for who drives a login over HTTP. */
export function formsOf(html: string): PageForm[] {
  return [...html.matchAll(FORM)].map(([, head = '', content = '']) => {
    const inputs = [...content.matchAll(INPUT)].map(([, input = '']) => input);
    const fields = inputs
      .filter((input) => attribute(input, 'name') !== undefined)
      .map((input) => [attribute(input, 'name')!, attribute(input, 'value') ?? ''] as const);
    return {
      method: (attribute(head, 'method') ?? 'get').toLowerCase(),
      action: attribute(head, 'action') ?? '',
      fields: Object.fromEntries(fields),
      button: unescaped((BUTTON.exec(content)?.[1] ?? '').replaceAll(/<[^>]*>/g, '')).trim(),
    };
  });
}

function attribute(text: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`, 'i').exec(text);
  return value ? unescaped(value[1] ?? value[2] ?? '') : undefined;
}

function form(action: string, fields: Readonly<Record<string, string>>, button: string, more = ''): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  return `<form method="post" action="${escaped(action)}">${inputs.join('')}${more}<button>${escaped(button)}</button></form>`;
}

function page(title: string, content: string): string {
  const head = `<meta charset="utf-8"><title>${escaped(title)}</title>`;
  return `<!doctype html><html lang="de"><head>${head}</head><body><h1>${escaped(title)}</h1>${content}</body></html>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function unescaped(text: string): string {
  return text
    .replaceAll(/&#x([\da-f]+);/gi, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replaceAll(/&#(\d+);/g, (_, digits: string) => String.fromCodePoint(Number(digits)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
