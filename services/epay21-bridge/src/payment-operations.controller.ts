import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { formatDecimal, money, parseDecimal } from '@ozg-hub/money';
import { Access, Caller, Operation, type Principal, actorOf, validate, visibleTenants } from '@ozg-hub/runtime';
import { z } from 'zod';
import { PaymentOperations } from './payment-operations.ts';
import { operatorView, operatorViewOf } from './payment-view.ts';
import { paymentStates } from './payment.ts';
import { Reversals } from './reversals.ts';

const upper = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z
    .string()
    .transform((text) => text.toUpperCase())
    .pipe(z.enum(values));

const filter = z.object({
  tenant: z.string().max(40).optional(),
  state: upper(paymentStates).optional(),
  booking: upper(['WAITING', 'ACCEPTED', 'REJECTED']).optional(),
  kassenzeichen: z.string().max(40).optional(),
  transactionId: z.string().max(60).optional(),
  submissionId: z.uuid().optional(),
  attention: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional()
    .describe('only what an operator should look at'),
  after: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
});

const instant = z.iso.datetime();
const details = operatorView.extend({
  history: z.array(
    z.object({
      at: instant,
      from: z.string().nullable(),
      state: z.string(),
      cause: z.string(),
      code: z.string().nullable(),
      actor: z.string(),
    }),
  ),
  answers: z.array(
    z.object({
      at: instant,
      call: z.string(),
      outcome: z.string(),
      code: z.string().nullable(),
      status: z.int().nullable(),
      milliseconds: z.int(),
    }),
  ),
  reversals: z.array(
    z.object({
      id: z.uuid(),
      kind: z.string(),
      amount: z.string(),
      reference: z.string(),
      at: instant,
      actor: z.string(),
    }),
  ),
});
const reversal = z.strictObject({
  kind: z.enum(['REFUND', 'CHARGEBACK']),
  amount: z.string().regex(/^\d{1,6}(\.\d{2})?$/, "is decimal text, e.g. '12.50'"),
  reference: z.string().trim().min(1).max(100).describe('tells it from others of the payment; once each'),
  reason: z.string().trim().min(1).max(140).optional(),
  at: z.iso.datetime({ offset: true }).optional().describe('default: now'),
});

/** Operators' view of payments. */
@Controller('epay21-bridge/ops/v1/payments')
export class PaymentOperationsController {
  constructor(
    @Inject(PaymentOperations) private readonly operations: PaymentOperations,
    @Inject(Reversals) private readonly reversals: Reversals,
  ) {}

  @Get()
  @Access('read')
  @Operation({
    summary: 'Payments, newest first.',
    query: filter,
    answers: z.object({ payments: z.array(operatorView) }),
  })
  async listPayments(@Query() query: unknown, @Caller() caller: Principal) {
    const { tenant, ...rest } = validate(filter, query);
    const payments = await this.operations.list({ ...rest, tenants: visibleTenants(caller, tenant) });
    return { payments: payments.map(operatorViewOf) };
  }

  @Get(':id')
  @Access('read')
  @Operation({
    summary: 'A payment with its history and the answers of its service.',
    answers: details,
    errors: ['HUB_EPAY_PAYMENT_UNKNOWN'],
  })
  async showPayment(@Param('id') id: string, @Caller() caller: Principal) {
    const { payment, history, answers, reversals } = await this.operations.show(
      validate(z.uuid(), id),
      actorOf(caller),
    );
    return {
      ...operatorViewOf(payment),
      history,
      answers,
      reversals: reversals.map(({ minor, ...rest }) => ({
        ...rest,
        amount: formatDecimal(money(minor, payment.gross.currency)),
      })),
    };
  }

  @Post(':id/look')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Asks the payment service now.',
    answers: operatorView.extend({ outcome: z.string() }),
    errors: ['HUB_EPAY_PAYMENT_UNKNOWN'],
  })
  async lookAtPayment(@Param('id') id: string, @Caller() caller: Principal) {
    const { payment, outcome } = await this.operations.look(validate(z.uuid(), id), actorOf(caller));
    return { ...operatorViewOf(payment), outcome };
  }

  @Post(':id/abandon')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Gives an open payment up. Money that comes all the same is shown as LATE_PAID.',
    answers: operatorView,
    errors: ['HUB_EPAY_PAYMENT_UNKNOWN', 'HUB_EPAY_NOT_OPEN'],
  })
  async abandonPayment(@Param('id') id: string, @Caller() caller: Principal) {
    return operatorViewOf(await this.operations.abandon(validate(z.uuid(), id), actorOf(caller)));
  }

  @Post(':id/reverse')
  @HttpCode(200)
  @Access('operate')
  @Operation({
    summary: 'Records money that went back, and tells the finance system. The hub moves no money.',
    body: reversal,
    answers: operatorView,
    errors: ['HUB_EPAY_PAYMENT_UNKNOWN', 'HUB_EPAY_REVERSAL'],
  })
  async reversePayment(@Param('id') id: string, @Body() body: unknown, @Caller() caller: Principal) {
    const { amount, at, ...rest } = validate(reversal, body);
    const order = {
      ...rest,
      paymentId: validate(z.uuid(), id),
      amount: parseDecimal(amount, 'EUR'),
      at: at === undefined ? new Date() : new Date(at),
    };
    return operatorViewOf(await this.reversals.record(order, actorOf(caller).actor, caller.tenants));
  }
}
