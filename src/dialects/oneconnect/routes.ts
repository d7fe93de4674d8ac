/** A code by SMS that the caller is told, and the balance. */
import { principalOf } from '../../http/credentials.ts';
import type { HttpScope } from '../../http/http-scope.ts';
import { readLoosely } from '../../http/loose-body.ts';
import type { DialectContext } from '../dialect.ts';
import { errorReplies } from './errors.ts';
import { fromBalance, fromStart, toStartCommand } from './mapping.ts';
import { BalanceReply, SmsAuthBody, SmsAuthReply } from './schema.ts';

export function addOneconnectRoutes(scope: HttpScope, { engine }: DialectContext): void {
  const smsAuth = {
    preValidation: readLoosely(SmsAuthBody),
    schema: {
      summary: 'Send a code by SMS and learn it',
      consumes: ['application/x-www-form-urlencoded', 'application/json'],
      body: SmsAuthBody,
      response: { 200: SmsAuthReply, ...errorReplies },
    },
  };
  scope.post('/mfa/sms_auth', smsAuth, async (request, reply) => {
    const { body } = request;
    const started = await engine.startDisclosedVerification(principalOf(request), toStartCommand(body));
    reply.header('otpost-verification-id', started.verification.id);
    return fromStart(started, body.phone_number);
  });

  const balance = {
    schema: { summary: 'Read the balance', response: { 200: BalanceReply, ...errorReplies } },
  };
  scope.get('/balance', balance, async (request) =>
    fromBalance(await engine.getBalance(principalOf(request))),
  );
}
