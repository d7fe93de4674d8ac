-- How the nodes divide each carrier's account: [{"node", "slots", "leaseUntilMs"}], one row a carrier, rewritten every few
-- seconds by each node under its lock.
CREATE TABLE carrier_slots (
  carrier text PRIMARY KEY,
  holders text NOT NULL DEFAULT '[]'
) WITH (fillfactor = 50);
