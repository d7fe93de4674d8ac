-- Where events go, and how far each one got.

-- Registered endpoints are few; of the kind `request` there is a row for each URL that calls of a tenant name.
CREATE TABLE webhook_endpoints (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  url_sealed BLOB NOT NULL,
  secrets_sealed BLOB,
  event_types TEXT,
  format TEXT NOT NULL,
  description TEXT,
  state TEXT NOT NULL,
  disabled_reason TEXT,
  failing_since_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_endpoints_by_tenant ON webhook_endpoints (tenant_id) WHERE kind = 'registered';
CREATE INDEX webhook_endpoints_unused ON webhook_endpoints (updated_at_ms) WHERE kind = 'request';

-- Grows with every change of a registered endpoint, so that nodes notice by reading one row.
CREATE TABLE webhook_generation (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  generation INTEGER NOT NULL
) STRICT;
INSERT INTO webhook_generation (only_row, generation) VALUES (1, 1);

-- By which posts to URLs that calls name are signed.
CREATE TABLE webhook_secrets (
  tenant_id TEXT PRIMARY KEY,
  secrets_sealed BLOB NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE webhook_deliveries (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  tenant_id TEXT NOT NULL,
  endpoint_id TEXT NOT NULL,
  endpoint_kind TEXT NOT NULL,
  event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  state TEXT NOT NULL,
  attempt_count INTEGER NOT NULL,
  next_attempt_at_ms INTEGER,
  lease_node TEXT,
  lease_number INTEGER NOT NULL,
  lease_until_ms INTEGER,
  last_status INTEGER,
  failure TEXT,
  created_at_ms INTEGER NOT NULL,
  started_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL
) STRICT;
-- When a delivery may be claimed, endpoint by endpoint: the backlog of one is never walked over to get to another's.
CREATE INDEX webhook_deliveries_due
  ON webhook_deliveries (endpoint_id, max(next_attempt_at_ms, coalesce(lease_until_ms, 0))) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (endpoint_id, subject_id) WHERE state = 'pending';
-- Lists. Every state has its own run, so that a list of the failed ones never walks over the delivered.
CREATE INDEX webhook_deliveries_by_endpoint ON webhook_deliveries (endpoint_id, state);
CREATE INDEX webhook_deliveries_of_requests ON webhook_deliveries (tenant_id, state) WHERE endpoint_kind = 'request';
