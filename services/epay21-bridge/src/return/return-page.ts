import { formatDecimal } from '@ozg-hub/money';
import { escapedHtml, htmlPage } from '@ozg-hub/runtime';
import type { PaymentState } from '../payment.ts';
import { isOpen, isWithoutMoney } from '../transition.ts';
import type { Returned } from './returns.ts';

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
/** Money may be under way, and nobody has said that it is not. */
const UNDECIDED: Message = {
  title: 'Ihre Zahlung wurde nicht rechtzeitig abgeschlossen.',
  text:
    'Haben Sie bezahlt, so wird der Eingang bemerkt, auch wenn er später kommt. Bitte zahlen Sie nicht noch einmal, ' +
    'bevor Sie bei Ihrer Gemeinde nachgefragt haben.',
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
export function returnPage({ payment, nothingCame }: Returned): string {
  const { state, gross, kassenzeichen, description, serviceUrl, payPageUrl } = payment;
  const { title, text, kind } = isWithoutMoney(state) && !nothingCame ? UNDECIDED : MESSAGES[state];
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
