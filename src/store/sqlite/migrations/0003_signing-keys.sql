-- Keys that sign tokens. The private half is sealed; `generation` makes two nodes that rotate at once store one key.
CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY,
  generation INTEGER NOT NULL UNIQUE,
  public_jwk TEXT NOT NULL,
  private_sealed BLOB NOT NULL,
  created_at_ms INTEGER NOT NULL,
  signs_from_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
