-- The first schema. Instants are epoch milliseconds; JSON that is never searched is text. The rows that grow with
-- traffic have no foreign keys: retention removes each table on its own.
--
-- No index covers what changes while a verification or a message is under way, not even in its predicate: their
-- updates stay within the page (HOT) and leave the indexes alone. What is unfinished is found by a row of its own in
-- a small table that is gone when the work is done. Pages of what is updated keep room for that (fillfactor). Nothing
-- is partitioned: see docs/scaling.md for what that would cost.

CREATE TABLE tenants (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL CONSTRAINT tenants_email UNIQUE,
  default_country text,
  created_at_ms bigint NOT NULL
);

CREATE TABLE keys (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  secret_hash bytea NOT NULL UNIQUE,
  mode text NOT NULL,
  scopes text NOT NULL,
  created_at_ms bigint NOT NULL,
  revoked_at_ms bigint
);
CREATE INDEX keys_by_tenant ON keys (tenant_id);

CREATE TABLE templates (
  tenant_id uuid NOT NULL REFERENCES tenants (id),
  name text NOT NULL,
  bodies text NOT NULL,
  default_locale text NOT NULL,
  subject text,
  is_default boolean NOT NULL,
  updated_at_ms bigint NOT NULL,
  PRIMARY KEY (tenant_id, name)
);

CREATE TABLE data_keys (
  name text PRIMARY KEY,
  purpose text NOT NULL,
  wrapped bytea NOT NULL,
  created_at_ms bigint NOT NULL
);

-- Keys that sign tokens. The private half is sealed; `generation` makes two nodes that rotate at once store one key.
CREATE TABLE signing_keys (
  kid text PRIMARY KEY,
  generation integer NOT NULL UNIQUE,
  public_jwk text NOT NULL,
  private_sealed bytea NOT NULL,
  created_at_ms bigint NOT NULL,
  signs_from_ms bigint NOT NULL
);

CREATE TABLE verifications (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  recipient_id uuid NOT NULL,
  last_send_at_ms bigint NOT NULL,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  settled_at_ms bigint,
  check_count integer NOT NULL,
  send_count integer NOT NULL,
  purpose text NOT NULL,
  dialect text NOT NULL,
  mode text NOT NULL,
  channel text NOT NULL,
  state text NOT NULL,
  code_key text NOT NULL,
  code_hash bytea NOT NULL,
  to_sealed bytea NOT NULL,
  content_sealed bytea,
  details text NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX verifications_by_tenant ON verifications (tenant_id, id);
CREATE INDEX verifications_by_recipient ON verifications (recipient_id, id);

-- One row a pending verification.
CREATE TABLE live_verifications (
  verification_id uuid NOT NULL,
  recipient_id uuid NOT NULL,
  tenant_id uuid NOT NULL,
  expires_at_ms bigint NOT NULL,
  purpose text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.1);
CREATE INDEX live_verifications_by_recipient ON live_verifications (recipient_id);
CREATE INDEX live_verifications_expiring ON live_verifications (expires_at_ms);

CREATE TABLE messages (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  verification_id uuid,
  recipient_id uuid NOT NULL,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  not_after_ms bigint NOT NULL,
  next_attempt_at_ms bigint,
  lease_until_ms bigint,
  lease_number integer NOT NULL,
  attempt_count integer NOT NULL,
  segments integer NOT NULL,
  dialect text NOT NULL,
  mode text NOT NULL,
  channel text NOT NULL,
  state text NOT NULL,
  tried_carriers text NOT NULL,
  carrier text,
  failure text,
  lease_node text,
  to_sealed bytea NOT NULL,
  content_sealed bytea,
  details text NOT NULL
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX messages_by_tenant ON messages (tenant_id, id);
CREATE INDEX messages_by_verification ON messages (verification_id, id) WHERE verification_id IS NOT NULL;

-- One row a message that is queued (`at_ms`: when it may be claimed, its attempt being due and nobody's lease on it
-- running) or accepted (since when a receipt is waited for).
CREATE TABLE unfinished_messages (
  message_id uuid PRIMARY KEY,
  at_ms bigint NOT NULL,
  state text NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.1);
CREATE INDEX unfinished_messages_by_instant ON unfinished_messages (state, at_ms);

-- The newest submission under an id is the one that receipts speak of: some carriers count their ids round.
CREATE TABLE submissions (
  message_id uuid NOT NULL,
  submitted_at_ms bigint NOT NULL,
  part integer NOT NULL,
  parts integer NOT NULL,
  carrier text NOT NULL,
  carrier_message_id text NOT NULL,
  state text NOT NULL,
  PRIMARY KEY (message_id, carrier, carrier_message_id)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX submissions_by_carrier_id ON submissions (carrier_message_id, carrier);

CREATE TABLE parked_receipts (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at_ms bigint NOT NULL,
  carrier text NOT NULL,
  carrier_message_id text NOT NULL,
  state text NOT NULL,
  reason text
);
CREATE INDEX parked_receipts_by_id ON parked_receipts (carrier_message_id, carrier);
CREATE INDEX parked_receipts_by_age ON parked_receipts (received_at_ms);

CREATE TABLE counters (
  key text PRIMARY KEY,
  started_at_ms bigint NOT NULL,
  ends_at_ms bigint NOT NULL,
  count integer NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX counters_ending ON counters (ends_at_ms);

CREATE TABLE failure_budgets (
  tenant_id uuid NOT NULL,
  recipient_id uuid NOT NULL,
  window_ends_at_ms bigint NOT NULL,
  blocked_until_ms bigint NOT NULL,
  failures integer NOT NULL,
  consecutive integer NOT NULL,
  PRIMARY KEY (tenant_id, recipient_id)
) WITH (fillfactor = 70);
CREATE INDEX failure_budgets_spent ON failure_budgets (greatest(window_ends_at_ms, blocked_until_ms))
  WHERE consecutive = 0;

CREATE TABLE idempotency (
  tenant_id uuid NOT NULL,
  key text NOT NULL,
  request_hash text NOT NULL,
  verification_id uuid,
  message_id uuid,
  created_at_ms bigint NOT NULL,
  CONSTRAINT idempotency_key PRIMARY KEY (tenant_id, key)
);
CREATE INDEX idempotency_by_age ON idempotency (created_at_ms);

CREATE TABLE events (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  verification_id uuid,
  message_id uuid,
  at_ms bigint NOT NULL,
  type text NOT NULL,
  data text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX events_by_tenant ON events (tenant_id, type, id);
-- The timeline of a verification with its messages, or of a message that has none.
CREATE INDEX events_by_subject ON events (coalesce(verification_id, message_id), id);

-- What is to be sent if nothing of a verification has been delivered by then. One row a verification, gone with the
-- first receipt of delivery.
CREATE TABLE fallbacks (
  verification_id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  step integer NOT NULL,
  due_at_ms bigint NOT NULL
);
CREATE INDEX fallbacks_due ON fallbacks (due_at_ms);
