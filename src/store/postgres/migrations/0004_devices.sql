-- Authenticator apps. Names and secrets are in the seal; the subject is an id derived from the tenant's name for it.
CREATE TABLE devices (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  last_used_step bigint,
  created_at_ms bigint NOT NULL,
  activated_at_ms bigint,
  expires_at_ms bigint,
  state text NOT NULL,
  content_sealed bytea NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX devices_by_subject ON devices (subject_id, id);
CREATE INDEX devices_expiring ON devices (expires_at_ms) WHERE expires_at_ms IS NOT NULL;

CREATE TABLE device_verifications (
  id uuid PRIMARY KEY,
  tenant_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  device_id uuid NOT NULL,
  created_at_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  settled_at_ms bigint,
  check_count integer NOT NULL,
  checks_max integer NOT NULL,
  state text NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX device_verifications_ending ON device_verifications (expires_at_ms);
