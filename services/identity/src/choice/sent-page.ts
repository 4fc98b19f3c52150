import { escapedHtml, htmlPage } from '@ozg-hub/runtime';
import type { IdentityProvider } from '../identity-provider.port.ts';
import type { Language } from './language.ts';

const WORDS = {
  de: {
    title: 'Die Anmeldung wurde schon begonnen.',
    text: (name: string) => `Sie waren bereits auf dem Weg zu ${name}. Wie möchten Sie weitermachen?`,
    goOn: (name: string) => `Weiter zur Anmeldung mit ${name}`,
    leave: 'Zurück zum Online-Dienst',
  },
  en: {
    title: 'You have already begun to sign in.',
    text: (name: string) => `You were on your way to ${name}. How would you like to go on?`,
    goOn: (name: string) => `Go on to sign in with ${name}`,
    leave: 'Back to the online service',
  },
};

/** For who comes back from the identity provider by the browser's "back": on again, or out. Without script. */
export function sentPage({
  language,
  provider,
  leave,
}: {
  readonly language: Language;
  readonly provider: Pick<IdentityProvider, 'id' | 'name'>;
  /** Address that ends the login. */
  readonly leave: string;
}): string {
  const words = WORDS[language];
  const body = `<h1>${escapedHtml(words.title)}</h1>
<p>${escapedHtml(words.text(provider.name))}</p>
<form method="post">
<button class="button" type="submit" name="provider" value="${escapedHtml(provider.id)}">${escapedHtml(words.goOn(provider.name))}</button>
</form>
<p><a href="${escapedHtml(leave)}">${escapedHtml(words.leave)}</a></p>`;
  return htmlPage({ language, title: words.title, body });
}
