import { escapedHtml, htmlPage } from '@ozg-hub/runtime';
import type { Language } from './language.ts';

const WORDS = {
  de: {
    title: 'Die Anmeldung war nicht möglich.',
    text: 'Es wurde nichts gespeichert. Bitte kehren Sie zum Online-Dienst zurück und beginnen Sie von vorn.',
    again: 'Noch einmal versuchen',
  },
  en: {
    title: 'You could not be signed in.',
    text: 'Nothing was stored. Please go back to the online service and start again.',
    again: 'Try again',
  },
};

/** The one page for every refusal: what was wrong stands in the log. @param again address of a further try, where there is one */
export function errorPage(language: Language, again?: string): string {
  const { title, text, again: label } = WORDS[language];
  const link =
    again === undefined ? '' : `\n<p><a class="button" href="${escapedHtml(again)}">${escapedHtml(label)}</a></p>`;
  const body = `<div class="alert danger" role="alert">
<h1>${escapedHtml(title)}</h1>
<p>${escapedHtml(text)}</p>
</div>${link}`;
  return htmlPage({ language, title, body });
}
