-- Where events go, and how far each one got.

-- Registered endpoints are few; of the kind `request` there is a row for each URL that calls of a tenant name.
CREATE TABLE webhook_endpoints (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  kind text NOT NULL,
  url_sealed bytea NOT NULL,
  secrets_sealed bytea,
  event_types text,
  format text NOT NULL,
  description text,
  state text NOT NULL,
  disabled_reason text,
  failing_since_ms bigint,
  created_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL,
  version integer NOT NULL
);
CREATE INDEX webhook_endpoints_by_tenant ON webhook_endpoints (tenant_id) WHERE kind = 'registered';
CREATE INDEX webhook_endpoints_unused ON webhook_endpoints (updated_at_ms) WHERE kind = 'request';

-- Grows with every change of a registered endpoint, so that nodes notice by reading one row.
CREATE TABLE webhook_generation (
  only_row integer PRIMARY KEY CHECK (only_row = 1),
  generation integer NOT NULL
);
INSERT INTO webhook_generation (only_row, generation) VALUES (1, 1);

-- By which posts to URLs that calls name are signed.
CREATE TABLE webhook_secrets (
  tenant_id uuid PRIMARY KEY,
  secrets_sealed bytea NOT NULL,
  updated_at_ms bigint NOT NULL
);

-- `seq` is the order of writing, which is the order of sending; ids are of the writing nodes' clocks.
CREATE TABLE webhook_deliveries (
  id uuid PRIMARY KEY,
  seq bigint GENERATED ALWAYS AS IDENTITY,
  tenant_id uuid NOT NULL,
  endpoint_id uuid NOT NULL,
  endpoint_kind text NOT NULL,
  event_id uuid NOT NULL,
  event_type text NOT NULL,
  subject_id text NOT NULL,
  state text NOT NULL,
  attempt_count integer NOT NULL,
  next_attempt_at_ms bigint,
  lease_node text,
  lease_number integer NOT NULL,
  lease_until_ms bigint,
  last_status integer,
  failure text,
  created_at_ms bigint NOT NULL,
  started_at_ms bigint NOT NULL,
  updated_at_ms bigint NOT NULL
);
-- When a delivery may be claimed, endpoint by endpoint: the backlog of one is never walked over to get to another's.
CREATE INDEX webhook_deliveries_due
  ON webhook_deliveries (endpoint_id, greatest(next_attempt_at_ms, coalesce(lease_until_ms, 0)), seq)
  WHERE state = 'pending';
CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (endpoint_id, subject_id, seq) WHERE state = 'pending';
-- Lists. Every state has its own run, so that a list of the failed ones never walks over the delivered.
CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id, state, id);
CREATE INDEX webhook_deliveries_of_requests ON webhook_deliveries (tenant_id, state, id)
  WHERE endpoint_kind = 'request';
