-- A start and a right check with nothing around them: the rows that the store writes, in two transactions of two round
-- trips each; with `accepts` the acceptance of the message by a carrier between them, in two more. `n` counts within a
-- client, so that ids rise as UUIDs of version 7 do; recipients come in no order, as hashes of addresses do.
\set n :n + 1
\set id :n * 1000 + :client_id
\set day 1767225600000
\startpipeline
BEGIN;
SELECT pg_advisory_xact_lock(hashtextextended(md5(:id::text)::uuid::text, 1));
SELECT b.failures, i.request_hash, c.key, c.count FROM (SELECT) AS one
  LEFT JOIN failure_budgets b ON b.tenant_id = '00000000-0000-4000-8000-000000000001' AND b.recipient_id = md5(:id::text)::uuid
  LEFT JOIN idempotency i ON i.tenant_id = '00000000-0000-4000-8000-000000000001' AND i.key = :id::text
  LEFT JOIN counters c ON c.key IN (rpad(md5(:id::text), 94, '-') || '10m', rpad(md5(:id::text), 94, '-') || 'day');
SELECT v.* FROM live_verifications l JOIN verifications v ON v.id = l.verification_id
  WHERE l.recipient_id = md5(:id::text)::uuid AND l.purpose = 'login' FOR NO KEY UPDATE OF v;
\endpipeline
\startpipeline
INSERT INTO verifications (id, tenant_id, recipient_id, last_send_at_ms, created_at_ms, expires_at_ms, check_count,
    send_count, purpose, dialect, mode, channel, state, code_key, code_hash, to_sealed, content_sealed, details)
  VALUES (rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid, '00000000-0000-4000-8000-000000000001',
    md5(:id::text)::uuid, :day::bigint, :day::bigint, :day::bigint + 600000, 0, 1, 'login', 'native', 'live', 'sms',
    'pending', 'code.1', decode(repeat('ab', 32), 'hex'), decode(repeat('ab', 60), 'hex'), decode(repeat('ab', 120), 'hex'),
    repeat('x', :details::integer));
INSERT INTO live_verifications VALUES (rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid,
    md5(:id::text)::uuid, '00000000-0000-4000-8000-000000000001', :day::bigint + 600000, 'login');
INSERT INTO messages (id, tenant_id, verification_id, recipient_id, created_at_ms, updated_at_ms, not_after_ms,
    next_attempt_at_ms, lease_until_ms, lease_number, attempt_count, segments, dialect, mode, channel, state, tried_carriers,
    lease_node, to_sealed, content_sealed, details)
  VALUES (rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid, '00000000-0000-4000-8000-000000000001',
    rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid, md5(:id::text)::uuid,
    :day::bigint, :day::bigint, :day::bigint + 600000, :day::bigint, :day::bigint + 30000, 1, 0, 1, 'native', 'live', 'sms', 'queued', '[]', 'bench',
    decode(repeat('ab', 60), 'hex'), decode(repeat('ab', 150), 'hex'), '{"country":"GE"}');
INSERT INTO unfinished_messages VALUES (rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid, :day::bigint, 'queued');
INSERT INTO counters VALUES (rpad(md5(:id::text), 94, '-') || '10m', :day::bigint, :day::bigint + 600000, 1),
    (rpad(md5(:id::text), 94, '-') || 'day', :day::bigint, :day::bigint + 86400000, 1)
  ON CONFLICT (key) DO UPDATE SET count = excluded.count;
INSERT INTO events VALUES
    (rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '1')::uuid, '00000000-0000-4000-8000-000000000001',
      rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid, NULL, :day::bigint, 'verification.created', '{"channel":"sms"}'),
    (rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '2')::uuid, '00000000-0000-4000-8000-000000000001',
      rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid, rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid,
      :day::bigint, 'message.created', '{"channel":"sms"}');
COMMIT;
\endpipeline
\if :accepts
\startpipeline
BEGIN;
SELECT pg_advisory_xact_lock(hashtextextended('main' || :id::text, 3));
UPDATE messages SET state = 'accepted', attempt_count = 1, carrier = 'main', next_attempt_at_ms = NULL, content_sealed = NULL,
    updated_at_ms = :day::bigint, lease_node = NULL, lease_until_ms = NULL
  WHERE id = rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid AND lease_node = 'bench' AND lease_number = 1;
UPDATE unfinished_messages SET state = 'accepted', at_ms = :day::bigint
  WHERE message_id = rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid;
SELECT EXISTS (SELECT FROM parked_receipts WHERE carrier_message_id = :id::text AND carrier = 'main');
\endpipeline
\startpipeline
INSERT INTO submissions (carrier, carrier_message_id, message_id, part, parts, state, submitted_at_ms)
  VALUES ('main', md5(:id::text)::uuid::text, rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid, 1, 1, 'accepted', :day::bigint);
INSERT INTO events VALUES (rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '4')::uuid,
  '00000000-0000-4000-8000-000000000001', rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid,
  rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid, :day::bigint, 'message.accepted', '{"carrier":"main"}');
COMMIT;
\endpipeline
\endif
\startpipeline
BEGIN;
SELECT pg_advisory_xact_lock(hashtextextended(recipient_id::text, 1)) FROM verifications
  WHERE id = rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid;
SELECT * FROM verifications WHERE id = rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid FOR NO KEY UPDATE;
SELECT failures FROM failure_budgets WHERE tenant_id = '00000000-0000-4000-8000-000000000001'
  AND recipient_id = md5(:id::text)::uuid;
\endpipeline
\startpipeline
UPDATE verifications SET state = 'approved', settled_at_ms = :day::bigint, content_sealed = NULL, check_count = 1
  WHERE id = rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid AND state = 'pending';
DELETE FROM live_verifications WHERE recipient_id = md5(:id::text)::uuid;
UPDATE messages SET state = 'canceled', content_sealed = NULL, next_attempt_at_ms = NULL, updated_at_ms = :day::bigint
  WHERE verification_id = rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid AND state = 'queued';
DELETE FROM unfinished_messages WHERE message_id = rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid AND state = 'queued';
INSERT INTO events VALUES (rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '3')::uuid,
  '00000000-0000-4000-8000-000000000001', rpad(lpad(to_hex(:id::bigint), 12, '0'), 32, '7')::uuid, NULL, :day::bigint,
  'verification.approved', '{}');
COMMIT;
\endpipeline
