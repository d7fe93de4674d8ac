-- A start and a right check with nothing around them: the rows that the store writes, in two transactions of two round
-- trips each. `n` counts within a client, so that ids rise as UUIDs of version 7 do.
\set n :n + 1
\set day 1767225600000
\startpipeline
BEGIN;
SELECT pg_advisory_xact_lock(hashtextextended('recipient' || (:n::bigint * 1000 + :client_id)::text, 1));
SELECT b.failures, i.request_hash, c.key, c.count FROM (SELECT) AS one
  LEFT JOIN failure_budgets b ON b.tenant_id = '00000000-0000-4000-8000-000000000001'
    AND b.recipient_id = lpad(to_hex(:n::bigint * 1000 + :client_id), 32, '8')::uuid
  LEFT JOIN idempotency i ON i.tenant_id = '00000000-0000-4000-8000-000000000001' AND i.key = (:n::bigint * 1000 + :client_id)::text
  LEFT JOIN counters c ON c.key IN ('10m' || (:n::bigint * 1000 + :client_id)::text, 'day' || (:n::bigint * 1000 + :client_id)::text);
SELECT v.* FROM live_verifications l JOIN verifications v ON v.id = l.verification_id
  WHERE l.recipient_id = lpad(to_hex(:n::bigint * 1000 + :client_id), 32, '8')::uuid AND l.purpose = 'login' FOR NO KEY UPDATE OF v;
\endpipeline
\startpipeline
INSERT INTO verifications (id, tenant_id, recipient_id, last_send_at_ms, created_at_ms, expires_at_ms, check_count,
    send_count, purpose, dialect, mode, channel, state, code_key, code_hash, to_sealed, content_sealed, details)
  VALUES (rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '7')::uuid, '00000000-0000-4000-8000-000000000001',
    lpad(to_hex(:n::bigint * 1000 + :client_id), 32, '8')::uuid, :day::bigint, :day::bigint, :day::bigint + 600000, 0, 1, 'login', 'native', 'live', 'sms',
    'pending', 'code.1', decode(repeat('ab', 32), 'hex'), decode(repeat('ab', 60), 'hex'), decode(repeat('ab', 120), 'hex'),
    repeat('x', :details::integer));
INSERT INTO live_verifications VALUES (rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '7')::uuid,
    lpad(to_hex(:n::bigint * 1000 + :client_id), 32, '8')::uuid, '00000000-0000-4000-8000-000000000001', :day::bigint + 600000, 'login');
INSERT INTO messages (id, tenant_id, verification_id, recipient_id, created_at_ms, updated_at_ms, not_after_ms,
    next_attempt_at_ms, lease_until_ms, lease_number, attempt_count, segments, dialect, mode, channel, state, tried_carriers,
    lease_node, to_sealed, content_sealed, details)
  VALUES (rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '7')::uuid, '00000000-0000-4000-8000-000000000001',
    rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '7')::uuid, lpad(to_hex(:n::bigint * 1000 + :client_id), 32, '8')::uuid,
    :day::bigint, :day::bigint, :day::bigint + 600000, :day::bigint, :day::bigint + 30000, 1, 0, 1, 'native', 'live', 'sms', 'queued', '[]', 'bench',
    decode(repeat('ab', 60), 'hex'), decode(repeat('ab', 150), 'hex'), '{"country":"GE"}');
INSERT INTO unfinished_messages VALUES (rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '7')::uuid, :day::bigint, 'queued');
INSERT INTO counters VALUES ('10m' || (:n::bigint * 1000 + :client_id)::text, :day::bigint, :day::bigint + 600000, 1),
    ('day' || (:n::bigint * 1000 + :client_id)::text, :day::bigint, :day::bigint + 86400000, 1)
  ON CONFLICT (key) DO UPDATE SET count = excluded.count;
INSERT INTO events VALUES
    (rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '1')::uuid, '00000000-0000-4000-8000-000000000001',
      rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '7')::uuid, NULL, :day::bigint, 'verification.created', '{"channel":"sms"}'),
    (rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '2')::uuid, '00000000-0000-4000-8000-000000000001',
      rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '7')::uuid, rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '7')::uuid,
      :day::bigint, 'message.created', '{"channel":"sms"}');
COMMIT;
\endpipeline
\startpipeline
BEGIN;
SELECT pg_advisory_xact_lock(hashtextextended(recipient_id::text, 1)) FROM verifications
  WHERE id = rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '7')::uuid;
SELECT * FROM verifications WHERE id = rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '7')::uuid FOR NO KEY UPDATE;
SELECT failures FROM failure_budgets WHERE tenant_id = '00000000-0000-4000-8000-000000000001'
  AND recipient_id = lpad(to_hex(:n::bigint * 1000 + :client_id), 32, '8')::uuid;
\endpipeline
\startpipeline
UPDATE verifications SET state = 'approved', settled_at_ms = :day::bigint, content_sealed = NULL, check_count = 1
  WHERE id = rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '7')::uuid AND state = 'pending';
DELETE FROM live_verifications WHERE recipient_id = lpad(to_hex(:n::bigint * 1000 + :client_id), 32, '8')::uuid;
UPDATE messages SET state = 'canceled', content_sealed = NULL, next_attempt_at_ms = NULL, updated_at_ms = :day::bigint
  WHERE verification_id = rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '7')::uuid AND state = 'queued';
DELETE FROM unfinished_messages WHERE message_id = rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '7')::uuid;
INSERT INTO events VALUES (rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '3')::uuid,
  '00000000-0000-4000-8000-000000000001', rpad(lpad(to_hex(:n::bigint * 1000 + :client_id), 12, '0'), 32, '7')::uuid, NULL, :day::bigint,
  'verification.approved', '{}');
COMMIT;
\endpipeline
