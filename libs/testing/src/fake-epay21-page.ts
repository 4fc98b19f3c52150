import type { FakeEpay21Books, FakePayment } from './fake-epay21-books.ts';
import type { Epay21Call, Epay21Reply } from './fake-epay21-reply.ts';
import { formatDecimal } from '@ozg-hub/money';

/** Where the citizen pays: `GET /pay/<id>` shows, `POST /pay/<id>` with `action=pay` or `cancel` does and sends back. */
export function pageCall(books: FakeEpay21Books, method: string, payId: string, body: string): Epay21Call {
  const run = async (): Promise<Epay21Reply> => {
    const payment = await books.find(payId);
    if (!payment) return page(404, '<p>Diesen Bezahlvorgang gibt es nicht.</p>');
    if (method === 'GET') {
      const open = await books.act(payId, 'start');
      return open ? page(200, forms(payment)) : page(410, '<p>Dieser Bezahlvorgang ist beendet.</p>');
    }
    const form = new URLSearchParams(body);
    const action = form.get('action');
    if (method !== 'POST' || (action !== 'pay' && action !== 'cancel')) return page(400, '<p>Das geht hier nicht.</p>');
    const done = await books.act(payId, action, form.get('method') ?? undefined);
    if (!done) return page(410, '<p>Dieser Bezahlvorgang ist beendet.</p>');
    return { status: 303, headers: { location: action === 'pay' ? payment.returnUrl : payment.cancelUrl } };
  };
  return { operation: 'page', requestId: books.get(payId)?.requestId, run };
}

function forms({ payId, amount, purpose }: FakePayment): string {
  const form = (action: string, label: string) =>
    `<form method="post" action="/pay/${payId}"><input type="hidden" name="action" value="${action}"><button>${label}</button></form>`;
  const what = `<p>${formatDecimal(amount)} ${amount.currency}, ${purpose.replaceAll(/[<>&]/g, ' ')}</p>`;
  return `${what}${form('pay', 'Bezahlen')}${form('cancel', 'Abbrechen')}`;
}

function page(status: number, content: string): Epay21Reply {
  const body = `<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Bezahlen</title></head><body>${content}</body></html>`;
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body };
}
