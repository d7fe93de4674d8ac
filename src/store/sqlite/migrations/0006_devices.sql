-- Authenticator apps. Names and secrets are in the seal; the subject is an id derived from the tenant's name for it.
CREATE TABLE devices (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  state TEXT NOT NULL,
  last_used_step INTEGER,
  created_at_ms INTEGER NOT NULL,
  activated_at_ms INTEGER,
  expires_at_ms INTEGER,
  content_sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_by_subject ON devices (subject_id);
CREATE INDEX devices_expiring ON devices (expires_at_ms) WHERE expires_at_ms IS NOT NULL;

CREATE TABLE device_verifications (
  id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  device_id TEXT NOT NULL,
  state TEXT NOT NULL,
  check_count INTEGER NOT NULL,
  checks_max INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  settled_at_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX device_verifications_ending ON device_verifications (expires_at_ms);
