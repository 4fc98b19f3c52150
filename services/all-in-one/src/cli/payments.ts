import type { Command } from 'commander';
import { count } from './messages.ts';
import { addPaymentFileCommands } from './payment-files.ts';
import { addReconciliationCommands } from './reconciliation.ts';
import { askHub } from './run-command.ts';
import { table } from './table.ts';

interface Payment {
  readonly id: string;
  readonly tenant: string;
  readonly state: string;
  readonly amount: string;
  readonly currency: string;
  readonly kassenzeichen: string;
  readonly provider: string;
  readonly finance?: string;
  readonly booking?: string;
  readonly bookingReference?: string;
  readonly bookingCode?: string;
  readonly closing?: string;
  readonly integrity?: string;
  readonly code?: string;
  readonly providerStatus?: string;
  readonly transactionId?: string;
  readonly submissionId?: string;
  readonly paidAt?: string;
  readonly settledOn?: string;
  readonly fee?: string;
  readonly reversed?: string;
  readonly createdAt: string;
  readonly nextLookAt?: string;
}

interface Details extends Payment {
  readonly history: readonly {
    readonly at: string;
    readonly from: string | null;
    readonly state: string;
    readonly cause: string;
    readonly code: string | null;
    readonly actor: string;
  }[];
  readonly answers: readonly {
    readonly at: string;
    readonly call: string;
    readonly outcome: string;
    readonly code: string | null;
    readonly status: number | null;
    readonly milliseconds: number;
  }[];
  readonly reversals: readonly {
    readonly kind: string;
    readonly amount: string;
    readonly reference: string;
    readonly at: string;
  }[];
}

interface ListOptions {
  readonly tenant?: string;
  readonly state?: string;
  readonly booking?: string;
  readonly kassenzeichen?: string;
  readonly transactionId?: string;
  readonly submissionId?: string;
  readonly attention?: boolean;
  readonly after?: string;
  readonly limit?: number;
  readonly json?: boolean;
}

interface ReverseOptions {
  readonly kind: string;
  readonly amount: string;
  readonly reference: string;
  readonly reason?: string;
  readonly json?: boolean;
}

const PATH = '/epay21-bridge/ops/v1/payments';
const ofPayment = (id: string, step = '') => `${PATH}/${encodeURIComponent(id)}${step}`;

/** Fees: where they are, and what an operator does about them. */
export function addPaymentCommands(program: Command): void {
  const payments = program.command('payments').description('Fees, from the request to the statement of the bank.');
  payments
    .command('list')
    .description('Payments, newest first.')
    .option('--tenant <slug>', 'of one municipality')
    .option('--state <state>', 'e.g. initiated, unknown, paid, booked, settled')
    .option('--booking <state>', 'waiting, accepted or rejected by the finance system')
    .option('--attention', 'only what somebody should look at; exit code 1 where there is any')
    .option('--kassenzeichen <text>', 'as on the statement')
    .option('--transaction-id <id>', 'of the payment service')
    .option('--submission-id <id>', 'the payment of an application')
    .option('--after <id>', 'those that follow this one')
    .option('--limit <n>', 'at most so many (100)', count)
    .option('--json', 'print JSON')
    .action(({ json, ...filter }: ListOptions) =>
      askHub(
        'reads',
        { ...(json ? { json } : {}) },
        (hub) => hub.call<{ payments: readonly Payment[] }>('GET', `${PATH}?${queryOf(filter)}`),
        {
          text: ({ payments: found }) => (found.length === 0 ? 'There are no such payments.' : listed(found)),
          exitCode: ({ payments: found }) => (filter.attention && found.length > 0 ? 1 : 0),
        },
      ),
    );
  payments
    .command('show <payment>')
    .description('One with its history, and what the payment service answered.')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: boolean }) =>
      askHub('reads', options, (hub) => hub.call<Details>('GET', ofPayment(id)), { text: described }),
    );
  payments
    .command('look <payment>')
    .description('Asks the payment service now.')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: boolean }) =>
      askHub('changes', options, (hub) => hub.call<Payment & { outcome: string }>('POST', ofPayment(id, '/look')), {
        text: ({ state, outcome }) => `${id} is ${state} (${outcome}).`,
      }),
    );
  payments
    .command('abandon <payment>')
    .description('Gives an open payment up. Money that comes all the same is shown as LATE_PAID.')
    .option('--json', 'print JSON')
    .action((id: string, options: { json?: boolean }) =>
      askHub('changes', options, (hub) => hub.call<Payment>('POST', ofPayment(id, '/abandon')), {
        text: ({ state }) => `${id} is ${state}.`,
      }),
    );
  payments
    .command('reverse <payment>')
    .description('Records money that went back, and tells the finance system. The hub moves no money.')
    .requiredOption('--kind <kind>', 'refund or chargeback')
    .requiredOption('--amount <decimal>', 'e.g. 12.50; not more than is left of the payment')
    .requiredOption('--reference <text>', "what tells it from others, e.g. the bank's reference; once each")
    .option('--reason <text>', 'no personal data')
    .option('--json', 'print JSON')
    .action((id: string, { json, kind, ...given }: ReverseOptions) =>
      askHub(
        'changes',
        { ...(json ? { json } : {}) },
        (hub) => hub.call<Payment>('POST', ofPayment(id, '/reverse'), { ...given, kind: kind.toUpperCase() }),
        { text: ({ state, reversed, currency }) => `${id} is ${state}; ${reversed} ${currency} went back in all.` },
      ),
    );
  addPaymentFileCommands(payments);
  addReconciliationCommands(payments);
}

function queryOf(filter: Omit<ListOptions, 'json'>): string {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  return new URLSearchParams(Object.fromEntries(given.map(([name, value]) => [name, String(value)]))).toString();
}

function listed(payments: readonly Payment[]): string {
  return table(
    ['payment', 'municipality', 'Kassenzeichen', 'amount', 'state', 'booking', 'why', 'asked for'],
    payments.map((payment) => [
      payment.id,
      payment.tenant,
      payment.kassenzeichen,
      `${payment.amount} ${payment.currency}`,
      payment.state,
      payment.booking,
      payment.integrity ?? payment.bookingCode ?? payment.code,
      payment.createdAt,
    ]),
  );
}

function described(payment: Details): string {
  const { id, tenant, state, amount, currency, kassenzeichen, provider, finance, fee, reversed } = payment;
  const money = [
    `${amount} ${currency}`,
    ...(fee ? [`the payment service keeps ${fee}`] : []),
    ...(reversed ? [`${reversed} went back`] : []),
  ].join(', ');
  const history = payment.history.map(({ at, from, state: to, cause, code, actor }) => [
    at,
    from ?? '',
    to,
    cause,
    code ?? '',
    actor,
  ]);
  const answers = payment.answers.map(({ at, call, outcome, code, status, milliseconds }) => [
    at,
    call,
    outcome,
    code ?? '',
    status ?? '',
    `${milliseconds} ms`,
  ]);
  return [
    `${id}  ${state}${payment.integrity ? `  ${payment.integrity}` : ''}`,
    `${tenant} · ${money} · Kassenzeichen ${kassenzeichen}`,
    `by ${provider}: ${payment.providerStatus ?? '–'}, transaction ${payment.transactionId ?? '–'}, closing ${payment.closing ?? '–'}`,
    `for ${finance ?? '–'}: booking ${payment.booking ?? '–'} ${payment.bookingReference ?? payment.bookingCode ?? ''}`.trimEnd(),
    `paid ${payment.paidAt ?? '–'} · on the statement ${payment.settledOn ?? '–'} · application ${payment.submissionId ?? '–'}`,
    '',
    table(['at', 'from', 'state', 'cause', 'code', 'by'], history),
    ...(answers.length === 0 ? [] : ['', table(['at', 'call', 'outcome', 'code', 'status', 'took'], answers)]),
  ].join('\n');
}
