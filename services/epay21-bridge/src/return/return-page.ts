import { formatDecimal } from '@ozg-hub/money';
import { escapedHtml, htmlPage } from '@ozg-hub/runtime';
import type { PaymentState } from '../payment.ts';
import type { Payment } from '../payment.repository.ts';
import { isOpen } from '../transition.ts';

interface Message {
  readonly title: string;
  readonly text: string;
  readonly kind: 'success' | 'info' | 'danger';
}

const PAID: Message = {
  title: 'Vielen Dank, Ihre Zahlung ist eingegangen.',
  text: 'Sie können diese Seite schließen oder zum Antrag zurückkehren.',
  kind: 'success',
};
const WAITING: Message = {
  title: 'Ihre Zahlung wird geprüft.',
  text: 'Das dauert meist nur wenige Sekunden. Diese Seite fragt von selbst nach.',
  kind: 'info',
};
const ENDED: Message = {
  title: 'Die Zahlung ist nicht zustande gekommen.',
  text: 'Es wurde nichts gebucht. Bitte kehren Sie zum Antrag zurück, um es erneut zu versuchen.',
  kind: 'danger',
};

const MESSAGES: Readonly<Record<PaymentState, Message>> = {
  CREATED: WAITING,
  INITIATED: WAITING,
  UNKNOWN: WAITING,
  PAID,
  LATE_PAID: PAID,
  BOOKED: PAID,
  SETTLED: PAID,
  FAILED: ENDED,
  CANCELLED: { ...ENDED, title: 'Sie haben die Zahlung abgebrochen.' },
  EXPIRED: { ...ENDED, title: 'Die Zeit für die Zahlung ist abgelaufen.' },
  REFUNDED: { ...PAID, title: 'Die Zahlung wurde erstattet.', kind: 'info' },
  CHARGEBACK: { ...ENDED, title: 'Die Zahlung wurde zurückgebucht.', text: 'Bitte wenden Sie sich an Ihre Gemeinde.' },
};

/** Seconds after which the page asks again while the payment is open. */
const RELOAD_SECONDS = 4;

/** The page that the citizen sees after the pay page: the state as the payment service tells it, in the manner of KERN UX. */
export function returnPage({ state, gross, kassenzeichen, description, serviceUrl, payPageUrl }: Payment): string {
  const { title, text, kind } = MESSAGES[state];
  const open = isOpen(state);
  const amount = formatDecimal(gross).replace('.', ',');
  const onward = [
    serviceUrl ? `<a class="button" href="${escapedHtml(serviceUrl)}">Zurück zum Antrag</a>` : '',
    open && payPageUrl ? `<a href="${escapedHtml(payPageUrl)}">Zur Zahlungsseite</a>` : '',
  ].join('\n');
  const body = `<div class="alert ${kind}" role="${kind === 'danger' ? 'alert' : 'status'}">
<h1>${escapedHtml(title)}</h1>
<p>${escapedHtml(text)}</p>
</div>
<dl>
<dt>Betrag</dt><dd>${amount} ${escapedHtml(gross.currency === 'EUR' ? '€' : gross.currency)}</dd>
<dt>Wofür</dt><dd>${escapedHtml(description)}</dd>
<dt>Kassenzeichen</dt><dd>${escapedHtml(kassenzeichen)}</dd>
</dl>
<p>${onward}</p>`;
  return htmlPage({ language: 'de', title, body, style: STYLE, reloadSeconds: open ? RELOAD_SECONDS : undefined });
}

/** For an address that is none of ours. */
export function unknownPage(): string {
  const body = `<div class="alert danger" role="alert"><h1>Diese Zahlung gibt es nicht.</h1>
<p>Bitte rufen Sie die Seite so auf, wie Sie sie erhalten haben.</p></div>`;
  return htmlPage({ language: 'de', title: 'Zahlung nicht gefunden', body, style: STYLE });
}

const STYLE = `
.alert { padding: .5rem 1.5rem; margin: 0; }
dt { font-weight: 600; } dd { margin: 0 0 .75rem; }
.button { margin-right: 1rem; }
`;
