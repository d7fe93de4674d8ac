-- A move to PostgreSQL, once one was begun from here. With `moved_at_ms` this database is a thing of the past: no
-- release that knows this schema opens it, and `target` says where its rows are.
CREATE TABLE store_move (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  id TEXT NOT NULL,
  target TEXT,
  moved_at_ms INTEGER
) STRICT;
