import { escapedHtml, htmlPage } from '@ozg-hub/runtime';
import type { IdentityProvider } from '../identity-provider.port.ts';
import type { Language } from './language.ts';

interface Words {
  readonly title: string;
  readonly lead: (service: string) => string;
  readonly citizen: string;
  readonly company: string;
  readonly signIn: (name: string) => string;
  readonly other: string;
}

const WORDS: Readonly<Record<Language, Words>> = {
  de: {
    title: 'Wie möchten Sie sich anmelden?',
    lead: (service) => `„${service}“ möchte wissen, wer den Antrag stellt.`,
    citizen: 'Für Bürgerinnen und Bürger: Sie stellen den Antrag für sich selbst.',
    company: 'Für Unternehmen und Organisationen: Sie stellen den Antrag für ein Unternehmen.',
    signIn: (name) => `Mit ${name} anmelden`,
    other: '<a href="?lang=en" hreflang="en" lang="en">English</a>',
  },
  en: {
    title: 'How would you like to sign in?',
    lead: (service) => `“${service}” wants to know who makes the application.`,
    citizen: 'For citizens: you apply for yourself.',
    company: 'For companies and organisations: you apply for a company.',
    signIn: (name) => `Sign in with ${name}`,
    other: '<a href="?lang=de" hreflang="de" lang="de">Deutsch</a>',
  },
};

/** Which account the applicant has; a form with a button each, without script. */
export function choicePage(options: {
  readonly language: Language;
  /** Name of the online service. */
  readonly service: string;
  readonly providers: readonly Pick<IdentityProvider, 'id' | 'name' | 'applicant'>[];
}): string {
  const { language, service, providers } = options;
  const { title, lead, signIn, other, ...kinds } = WORDS[language];
  const cards = providers.map(
    ({ id, name, applicant }) => `<section class="card" aria-labelledby="provider-${escapedHtml(id)}">
<h2 id="provider-${escapedHtml(id)}">${escapedHtml(name)}</h2>
<p>${escapedHtml(kinds[applicant])}</p>
<button class="button" type="submit" name="provider" value="${escapedHtml(id)}">${escapedHtml(signIn(name))}</button>
</section>`,
  );
  const body = `<h1>${escapedHtml(title)}</h1>
<p>${escapedHtml(lead(service))}</p>
<form method="post">
${cards.join('\n')}
</form>
<p>${other}</p>`;
  return htmlPage({ language, title, body });
}
