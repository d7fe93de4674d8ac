-- Balances and the ledger that they are the sum of.

CREATE TABLE accounts (
  tenant_id uuid PRIMARY KEY REFERENCES tenants (id),
  balance_micros bigint NOT NULL,
  daily_cap_micros bigint,
  spent_micros bigint NOT NULL,
  spent_day_ms bigint NOT NULL
) WITH (fillfactor = 20);

-- Never deleted by retention: it is the tenant's account book.
CREATE TABLE ledger (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL,
  amount_micros bigint NOT NULL,
  message_id uuid,
  at_ms bigint NOT NULL,
  kind text NOT NULL,
  reference text
);
CREATE INDEX ledger_by_tenant ON ledger (tenant_id, seq);
-- One charge and one refund a message, one booking a reference.
CREATE UNIQUE INDEX ledger_by_message ON ledger (message_id, kind) WHERE message_id IS NOT NULL;
CREATE UNIQUE INDEX ledger_by_reference ON ledger (tenant_id, reference) WHERE reference IS NOT NULL;
