-- A move from an embedded database into this one. Until `finished_at_ms` it is half filled: no node opens it.
CREATE TABLE store_move (
  only_row integer PRIMARY KEY CHECK (only_row = 1),
  id uuid NOT NULL,
  started_at_ms bigint NOT NULL,
  finished_at_ms bigint
);
