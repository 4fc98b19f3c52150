import { createHash } from 'node:crypto';
import { escapedHtml, htmlPage, pagePolicy } from '@ozg-hub/runtime';
import type { LoginForm } from '../identity-provider.port.ts';
import type { Language } from './language.ts';

const SCRIPT = 'document.forms[0].submit();';
const SCRIPT_HASH = `sha256-${createHash('sha256').update(SCRIPT).digest('base64')}`;

const WORDS = {
  de: {
    title: (name: string) => `Weiter zu ${name}`,
    text: 'Sie werden weitergeleitet. Geschieht das nicht, klicken Sie bitte auf die Schaltfläche.',
  },
  en: {
    title: (name: string) => `Continue to ${name}`,
    text: 'You are being forwarded. If nothing happens, please use the button.',
  },
};

/** Sends the browser to the identity provider by a form (SAML HTTP-POST binding); by a button where there is no script. */
export function handoffPage({ url, fields }: LoginForm, name: string, language: Language): string {
  const { title, text } = WORDS[language];
  const hidden = Object.entries(fields).map(
    ([field, value]) => `<input type="hidden" name="${escapedHtml(field)}" value="${escapedHtml(value)}">`,
  );
  const body = `<h1>${escapedHtml(title(name))}</h1>
<p>${escapedHtml(text)}</p>
<form method="post" action="${escapedHtml(url)}">
${hidden.join('\n')}
<button class="button" type="submit">${escapedHtml(title(name))}</button>
</form>
<script>${SCRIPT}</script>`;
  return htmlPage({ language, title: title(name), body });
}

/** A provider may send the browser on to another of its hosts, so any https address is a way out; without TLS, its own only. */
export function handoffPolicy({ url }: LoginForm): string {
  const { protocol, origin } = new URL(url);
  return pagePolicy(protocol === 'https:' ? 'https:' : origin, SCRIPT_HASH);
}
