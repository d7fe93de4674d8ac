-- What is to be sent if nothing of a verification has been delivered by then. One row a verification, gone with the
-- first receipt of delivery.

CREATE TABLE fallbacks (
  verification_id TEXT PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  step INTEGER NOT NULL,
  due_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX fallbacks_due ON fallbacks (due_at_ms);
