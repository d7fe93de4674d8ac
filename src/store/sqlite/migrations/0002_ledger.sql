-- Balances and the ledger that they are the sum of.

CREATE TABLE accounts (
  tenant_id TEXT PRIMARY KEY REFERENCES tenants (id),
  balance_micros INTEGER NOT NULL,
  daily_cap_micros INTEGER,
  spent_micros INTEGER NOT NULL,
  spent_day_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Never deleted by retention: it is the tenant's account book.
CREATE TABLE ledger (
  seq INTEGER PRIMARY KEY,
  tenant_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  amount_micros INTEGER NOT NULL,
  message_id TEXT,
  reference TEXT,
  at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX ledger_by_tenant ON ledger (tenant_id);
-- One charge and one refund a message, one booking a reference.
CREATE UNIQUE INDEX ledger_by_message ON ledger (message_id, kind) WHERE message_id IS NOT NULL;
CREATE UNIQUE INDEX ledger_by_reference ON ledger (tenant_id, reference) WHERE reference IS NOT NULL;
