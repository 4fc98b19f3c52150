import { escapedHtml, htmlPage } from '@ozg-hub/runtime';
import type { Language } from './language.ts';

const WORDS = {
  de: {
    title: 'Die Anmeldung war nicht möglich.',
    text: 'Es wurde nichts gespeichert. Bitte kehren Sie zum Online-Dienst zurück und beginnen Sie von vorn.',
    again: 'Noch einmal versuchen',
    busy: 'Das liegt nicht an Ihnen. Bitte laden Sie diese Seite in einem Augenblick neu.',
  },
  en: {
    title: 'You could not be signed in.',
    text: 'Nothing was stored. Please go back to the online service and start again.',
    again: 'Try again',
    busy: 'This is not your fault. Please reload this page in a moment.',
  },
};

/** The one page for every refusal: what was wrong stands in the log. @param again address of a further try, where there is one */
export function errorPage(language: Language, again?: string): string {
  const { text, again: label } = WORDS[language];
  const link =
    again === undefined ? '' : `\n<p><a class="button" href="${escapedHtml(again)}">${escapedHtml(label)}</a></p>`;
  return alertPage(language, text, link);
}

/** For what passes by itself: the same request may be sent again. */
export function busyPage(language: Language): string {
  return alertPage(language, WORDS[language].busy);
}

function alertPage(language: Language, text: string, below = ''): string {
  const { title } = WORDS[language];
  const body = `<div class="alert danger" role="alert">
<h1>${escapedHtml(title)}</h1>
<p>${escapedHtml(text)}</p>
</div>${below}`;
  return htmlPage({ language, title, body });
}
