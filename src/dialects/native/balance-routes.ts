/** `/balance`: what a tenant may still spend, its ledger, top-ups and the cap of a day. */
import { Type } from 'typebox';
import { EngineError } from '../../core/errors.ts';
import { formatAmount, type LedgerEntry, parseAmount } from '../../core/ledger.ts';
import type { BalanceView } from '../../engine/engine.ts';
import { principalOf } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import { toIso } from '../../lib/time.ts';
import type { DialectContext } from '../dialect.ts';
import { closedObject, fields, pageFields, stringEnum } from './fields.ts';
import { fromPage, pageOf, toPageQuery } from './paging.ts';

const tags = ['Balance'];
const Amount = Type.String({
  pattern: '^-?[0-9]{1,9}(\\.[0-9]{1,6})?$',
  description: 'A decimal amount in the currency of the price list, as text: it is exact.',
});

const BalanceReply = Type.Object({
  currency: Type.String(),
  balance: Type.Optional(Type.String({ description: 'Absent where nothing limits the tenant.' })),
  dailyCap: Type.Optional(Type.String()),
  smsSegmentsLeft: Type.Optional(Type.Integer({ description: 'Whole segments at the default rate.' })),
});

const EntryReply = Type.Object({
  id: Type.String(),
  kind: stringEnum(['top-up', 'charge', 'refund', 'adjustment']),
  amount: Type.String({ description: 'Added to the balance; negative for a charge.' }),
  messageId: Type.Optional(Type.String()),
  reference: Type.Optional(Type.String()),
  at: fields.instant,
});

export function addBalanceRoutes(scope: HttpScope, { engine }: DialectContext): void {
  const response = { 200: BalanceReply };
  const get = { schema: { tags, summary: 'Read the balance', response } };
  scope.get('/balance', get, async (request) => fromBalance(await engine.getBalance(principalOf(request))));

  const topUp = {
    schema: {
      tags,
      summary: 'Add to the balance; the first time opens it',
      body: closedObject(
        {
          amount: Amount,
          reference: Type.Optional(
            Type.String({ minLength: 1, maxLength: 255, description: 'The same reference is booked once.' }),
          ),
        },
        { title: 'TopUp' },
      ),
      response: { 201: BalanceReply },
    },
  };
  scope.post('/balance/top-ups', topUp, async (request, reply) => {
    const { amount, reference } = request.body;
    const balance = await engine.topUp(principalOf(request), readAmount(amount, 'amount'), reference);
    reply.code(201);
    return fromBalance(balance);
  });

  const setCap = {
    schema: {
      tags,
      summary: 'Set or, with null, lift the most that may be spent in a day (UTC)',
      body: closedObject({ dailyCap: Type.Union([Amount, Type.Null()]) }, { title: 'DailyCap' }),
      response,
    },
  };
  scope.put('/balance/daily-cap', setCap, async (request) => {
    const { dailyCap } = request.body;
    const micros = dailyCap === null ? undefined : readAmount(dailyCap, 'dailyCap');
    return fromBalance(await engine.setDailyCap(principalOf(request), micros));
  });

  const list = {
    schema: {
      tags,
      summary: 'List the ledger, newest first',
      querystring: closedObject(pageFields),
      response: { 200: pageOf(EntryReply) },
    },
  };
  scope.get('/balance/ledger', list, async (request) =>
    fromPage(await engine.listLedger(principalOf(request), toPageQuery(request.query)), fromEntry),
  );
}

/** @throws EngineError for what is no amount, and for a negative one where only `amount` may correct a balance */
function readAmount(text: string, field: 'amount' | 'dailyCap'): number {
  const micros = parseAmount(text);
  if (micros !== undefined && (micros > 0 || (field === 'amount' ? micros < 0 : micros === 0))) return micros;
  throw new EngineError('invalid_request', 'This amount makes no sense here.', { field });
}

function fromBalance({ currency, balanceMicros, dailyCapMicros, smsSegmentsLeft }: BalanceView) {
  return {
    currency,
    ...(balanceMicros !== undefined && { balance: formatAmount(balanceMicros) }),
    ...(dailyCapMicros !== undefined && { dailyCap: formatAmount(dailyCapMicros) }),
    ...(smsSegmentsLeft !== undefined && { smsSegmentsLeft }),
  };
}

function fromEntry({ seq, kind, amountMicros, messageId, reference, atMs }: LedgerEntry) {
  return { id: String(seq), kind, amount: formatAmount(amountMicros), messageId, reference, at: toIso(atMs) };
}
