-- The first schema. Ids are UUIDv7 text, so they arrive in the order of time and every index on them grows at its
-- end; `seq` is that order of arrival as an integer and keeps the other indexes small. The rows that grow with
-- traffic have no foreign keys: retention removes each table on its own, in bounded steps.

CREATE TABLE tenants (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  default_country TEXT,
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE keys (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  secret_hash BLOB NOT NULL UNIQUE,
  mode TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  revoked_at_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX keys_by_tenant ON keys (tenant_id);

CREATE TABLE templates (
  tenant_id TEXT NOT NULL REFERENCES tenants (id),
  name TEXT NOT NULL,
  bodies TEXT NOT NULL,
  default_locale TEXT NOT NULL,
  subject TEXT,
  is_default INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE data_keys (
  name TEXT PRIMARY KEY,
  purpose TEXT NOT NULL,
  wrapped BLOB NOT NULL,
  created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE verifications (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  tenant_id TEXT NOT NULL,
  recipient_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  dialect TEXT NOT NULL,
  mode TEXT NOT NULL,
  channel TEXT NOT NULL,
  state TEXT NOT NULL,
  check_count INTEGER NOT NULL,
  send_count INTEGER NOT NULL,
  last_send_at_ms INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  settled_at_ms INTEGER,
  code_key TEXT NOT NULL,
  code_hash BLOB NOT NULL,
  to_sealed BLOB NOT NULL,
  details TEXT NOT NULL,
  content_sealed BLOB
) STRICT;
-- Lists. Every state has its own run, so that a list of the rare ones never walks over the many.
CREATE INDEX verifications_by_tenant ON verifications (tenant_id, state);
-- Lists of one recipient. Recipients come in random order: with the day (of 86 400 000 ms) in front, inserts stay
-- within today's part of the index, which fits in memory however long verifications are kept.
CREATE INDEX verifications_by_recipient ON verifications (created_at_ms / 86400000, recipient_id);
-- Only live verifications, hence small: in random order but in memory.
CREATE INDEX verifications_pending ON verifications (recipient_id, purpose) WHERE state = 'pending';
CREATE INDEX verifications_expiring ON verifications (expires_at_ms) WHERE state = 'pending';

CREATE TABLE messages (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  tenant_id TEXT NOT NULL,
  verification_id TEXT,
  recipient_id TEXT NOT NULL,
  dialect TEXT NOT NULL,
  mode TEXT NOT NULL,
  channel TEXT NOT NULL,
  state TEXT NOT NULL,
  segments INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  not_after_ms INTEGER NOT NULL,
  next_attempt_at_ms INTEGER,
  attempt_count INTEGER NOT NULL,
  tried_carriers TEXT NOT NULL,
  carrier TEXT,
  failure TEXT,
  lease_node TEXT,
  lease_number INTEGER NOT NULL,
  lease_until_ms INTEGER,
  to_sealed BLOB NOT NULL,
  details TEXT NOT NULL,
  content_sealed BLOB
) STRICT;
CREATE INDEX messages_by_tenant ON messages (tenant_id);
CREATE INDEX messages_by_verification ON messages (verification_id) WHERE verification_id IS NOT NULL;
-- When a message may be claimed: when its attempt is due and nobody's lease on it runs.
CREATE INDEX messages_due ON messages (max(next_attempt_at_ms, coalesce(lease_until_ms, 0)))
  WHERE state = 'queued';
CREATE INDEX messages_unconfirmed ON messages (updated_at_ms) WHERE state = 'accepted';

CREATE TABLE submissions (
  seq INTEGER PRIMARY KEY,
  carrier TEXT NOT NULL,
  carrier_message_id TEXT NOT NULL,
  message_id TEXT NOT NULL,
  part INTEGER NOT NULL,
  parts INTEGER NOT NULL,
  state TEXT NOT NULL,
  submitted_at_ms INTEGER NOT NULL,
  UNIQUE (carrier, carrier_message_id)
) STRICT;
-- Most messages have one part and need no look-up of the others.
CREATE INDEX submissions_in_parts ON submissions (message_id) WHERE parts > 1;

CREATE TABLE parked_receipts (
  seq INTEGER PRIMARY KEY,
  carrier TEXT NOT NULL,
  carrier_message_id TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  received_at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX parked_receipts_by_id ON parked_receipts (carrier, carrier_message_id);

CREATE TABLE counters (
  key TEXT PRIMARY KEY,
  count INTEGER NOT NULL,
  started_at_ms INTEGER NOT NULL,
  ends_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX counters_ending ON counters (ends_at_ms);

CREATE TABLE failure_budgets (
  tenant_id TEXT NOT NULL,
  recipient_id TEXT NOT NULL,
  failures INTEGER NOT NULL,
  window_ends_at_ms INTEGER NOT NULL,
  consecutive INTEGER NOT NULL,
  blocked_until_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, recipient_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX failure_budgets_spent ON failure_budgets (max(window_ends_at_ms, blocked_until_ms))
  WHERE consecutive = 0;

CREATE TABLE idempotency (
  seq INTEGER PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  verification_id TEXT,
  message_id TEXT,
  created_at_ms INTEGER NOT NULL,
  UNIQUE (tenant_id, key)
) STRICT;

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  tenant_id TEXT NOT NULL,
  type TEXT NOT NULL,
  verification_id TEXT,
  message_id TEXT,
  at_ms INTEGER NOT NULL,
  data TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_tenant ON events (tenant_id, type);
-- The timeline of a verification with its messages, or of a message that has none.
CREATE INDEX events_by_subject ON events (coalesce(verification_id, message_id));
