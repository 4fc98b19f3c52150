import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { formatDecimal, money } from '@ozg-hub/money';
import { Access, Caller, Operation, type Principal, actorOf, validate, visibleTenants } from '@ozg-hub/runtime';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ReconciliationDesk } from './reconciliation-desk.ts';
import { type ReconciliationItem, type ReconciliationRun, reconciliationClasses } from './reconciliation-item.ts';
import { Reconciliation } from './reconciliation.ts';

const which = z.object({ tenant: z.string().max(40), finance: z.string().max(40).optional() });
const order = z.strictObject({ ...which.shape, day: z.iso.date().describe('up to this business day') });
const closing = z.strictObject({ reason: z.string().trim().min(1).max(200).describe('names no person') });
const page = { after: z.uuid().optional(), limit: z.coerce.number().int().min(1).max(500).optional() };
const runFilter = z.object({ tenant: z.string().max(40).optional(), finance: z.string().max(40).optional(), ...page });
const itemFilter = runFilter.extend({
  class: z
    .string()
    .transform((text) => text.toUpperCase())
    .pipe(z.enum(reconciliationClasses))
    .optional(),
  paymentId: z.uuid().optional(),
  closed: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('also those that are closed'),
});

const readFile = z.object({ known: z.boolean(), entries: z.int(), added: z.int() });
const run = z.object({
  id: z.uuid(),
  tenant: z.string(),
  finance: z.string(),
  day: z.iso.date(),
  actor: z.string(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  chargebacks: z.int(),
  classes: z.record(z.string(), z.int()),
  balances: z.array(z.object({ currency: z.string() }).catchall(z.string())),
});
const item = z.object({
  id: z.uuid(),
  tenant: z.string(),
  finance: z.string(),
  class: z.string(),
  code: z.string(),
  paymentId: z.string().optional(),
  kassenzeichen: z.string().optional(),
  transactionId: z.string().optional(),
  payoutReference: z.string().optional(),
  bankReference: z.string().optional(),
  currency: z.string(),
  hub: z.string().optional(),
  provider: z.string().optional(),
  bank: z.string().optional(),
  firstSeen: z.iso.date(),
  ageDays: z.int(),
  closedOn: z.iso.date().optional(),
  reason: z.string().optional(),
});

/** Hub, payment service and bank compared. */
@Controller('epay21-bridge/ops/v1/reconciliations')
export class ReconciliationController {
  constructor(
    @Inject(ReconciliationDesk) private readonly desk: ReconciliationDesk,
    @Inject(Reconciliation) private readonly reconciliation: Reconciliation,
  ) {}

  @Post('list')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Reads a settlement list of the payment service; the same again adds nothing.',
    query: which,
    consumes: ['text/csv'],
    answers: readFile,
    errors: ['HUB_EPAY_NO_RECONCILIATION', 'HUB_EPAY_LIST_COLUMNS', 'HUB_EPAY_LIST_INVALID'],
  })
  async readList(@Query() query: unknown, @Req() request: FastifyRequest, @Caller() caller: Principal) {
    return await this.desk.readList(validate(which, query), caller, request.raw);
  }

  @Post('statement')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Reads a statement of the bank, camt.053.001.08; overlapping ones add only what is new.',
    query: which,
    consumes: ['application/xml'],
    answers: readFile,
    errors: ['HUB_EPAY_NO_RECONCILIATION', 'HUB_EPAY_STATEMENT_ACCOUNT', 'HUB_CAMT_VERSION', 'HUB_CAMT_TOTALS'],
  })
  async readStatement(@Query() query: unknown, @Req() request: FastifyRequest, @Caller() caller: Principal) {
    return await this.desk.readStatement(validate(which, query), caller, request.raw);
  }

  @Post()
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Compares all that was read: what agrees is settled, the rest is an open item.',
    body: order,
    answers: run,
    errors: ['HUB_EPAY_NO_RECONCILIATION', 'HUB_EPAY_RECONCILIATION_RUNNING', 'HUB_EPAY_RECONCILIATION_DAY'],
  })
  async reconcile(@Body() body: unknown, @Caller() caller: Principal) {
    const { day, ...finance } = validate(order, body);
    return runView(await this.desk.run(finance, caller, day));
  }

  @Get()
  @Access('read')
  @Operation({ summary: 'Comparisons, newest first.', query: runFilter, answers: z.object({ runs: z.array(run) }) })
  async listReconciliations(@Query() query: unknown, @Caller() caller: Principal) {
    const { tenant, ...rest } = validate(runFilter, query);
    return {
      runs: (await this.reconciliation.runs({ ...rest, tenants: visibleTenants(caller, tenant) })).map(runView),
    };
  }

  @Get('items')
  @Access('read')
  @Operation({
    summary: 'What does not agree, the oldest first.',
    query: itemFilter,
    answers: z.object({ items: z.array(item) }),
  })
  async listItems(@Query() query: unknown, @Caller() caller: Principal) {
    const { tenant, class: wanted, ...rest } = validate(itemFilter, query);
    const classes = wanted && [wanted];
    const found = await this.reconciliation.items({ ...rest, classes, tenants: visibleTenants(caller, tenant) });
    return { items: found.map(itemView) };
  }

  @Post('items/:id/close')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'A person has dealt with it.',
    body: closing,
    answers: item,
    errors: ['HUB_EPAY_RECONCILIATION_UNKNOWN', 'HUB_EPAY_ITEM_CLOSED'],
  })
  async closeItem(@Param('id') id: string, @Body() body: unknown, @Caller() caller: Principal) {
    const { reason } = validate(closing, body);
    return itemView(await this.reconciliation.close(validate(z.uuid(), id), { ...actorOf(caller), reason }));
  }
}

function runView({ startedAt, endedAt, balances, ...rest }: ReconciliationRun) {
  return {
    ...rest,
    startedAt: startedAt.toISOString(),
    endedAt: endedAt.toISOString(),
    balances: balances.map(({ currency, ...amounts }) => ({
      currency,
      ...Object.fromEntries(Object.entries(amounts).map(([name, minor]) => [name, decimal(minor, currency)!])),
    })),
  };
}

function itemView({ subject: _subject, lastSeen: _last, closedBy: _by, hubMinor, ...rest }: ReconciliationItem) {
  const { providerMinor, bankMinor, ...shown } = rest;
  return {
    ...shown,
    hub: decimal(hubMinor, shown.currency),
    provider: decimal(providerMinor, shown.currency),
    bank: decimal(bankMinor, shown.currency),
  };
}

function decimal(minor: number | undefined, currency: string): string | undefined {
  return minor === undefined ? undefined : formatDecimal(money(minor, currency));
}
