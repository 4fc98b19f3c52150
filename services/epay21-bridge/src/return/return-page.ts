import { formatDecimal } from '@ozg-hub/money';
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

/** Only styles of its own, no script, nothing from elsewhere. */
export const RETURN_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The page that the citizen sees after the pay page: the state as the payment service tells it, in the manner of KERN UX. */
export function returnPage({ state, gross, kassenzeichen, description, serviceUrl, payPageUrl }: Payment): string {
  const { title, text, kind } = MESSAGES[state];
  const open = isOpen(state);
  const amount = formatDecimal(gross).replace('.', ',');
  const onward = [
    serviceUrl ? `<a class="button" href="${escaped(serviceUrl)}">Zurück zum Antrag</a>` : '',
    open && payPageUrl ? `<a class="link" href="${escaped(payPageUrl)}">Zur Zahlungsseite</a>` : '',
  ].join('\n');
  return `<!doctype html>
<html lang="de">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
${open ? `<meta http-equiv="refresh" content="${RELOAD_SECONDS}">` : ''}
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<div class="alert ${kind}" role="${kind === 'danger' ? 'alert' : 'status'}">
<h1>${escaped(title)}</h1>
<p>${escaped(text)}</p>
</div>
<dl>
<dt>Betrag</dt><dd>${amount} ${escaped(gross.currency === 'EUR' ? '€' : gross.currency)}</dd>
<dt>Wofür</dt><dd>${escaped(description)}</dd>
<dt>Kassenzeichen</dt><dd>${escaped(kassenzeichen)}</dd>
</dl>
<p>${onward}</p>
</main>
</body>
</html>
`;
}

/** For an address that is none of ours. */
export function unknownPage(): string {
  return `<!doctype html>
<html lang="de">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Zahlung nicht gefunden</title><style>${STYLE}</style></head>
<body><main><div class="alert danger" role="alert"><h1>Diese Zahlung gibt es nicht.</h1>
<p>Bitte rufen Sie die Seite so auf, wie Sie sie erhalten haben.</p></div></main></body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; --text: #171a2b; --ground: #fff; --line: #d0d3e0; --action: #3736c1; --on-action: #fff; }
@media (prefers-color-scheme: dark) { :root { --text: #f3f3fe; --ground: #171a2b; --line: #55597a; --action: #a9aaf9; --on-action: #171a2b; } }
body { margin: 0; background: var(--ground); color: var(--text); font: 1.125rem/1.5 "Fira Sans", system-ui, sans-serif; }
main { max-width: 40rem; margin: 0 auto; padding: 2rem 1rem; }
.alert { border: 1px solid var(--line); border-left: .5rem solid var(--action); border-radius: .25rem; padding: .5rem 1.5rem; }
.success { border-left-color: #00804a; } .danger { border-left-color: #bd0f09; }
h1 { font-size: 1.5rem; line-height: 1.3; } dt { font-weight: 600; } dd { margin: 0 0 .75rem; }
.button { display: inline-block; min-height: 3rem; line-height: 3rem; padding: 0 1.5rem; border-radius: .25rem;
  background: var(--action); color: var(--on-action); text-decoration: none; margin-right: 1rem; }
.link { color: var(--action); } a:focus-visible { outline: .25rem solid var(--action); outline-offset: .25rem; }
`;

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
