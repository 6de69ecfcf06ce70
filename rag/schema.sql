-- The catalogue. Everything here is the truth; Chroma and Tantivy are made from it.
CREATE TABLE IF NOT EXISTS facts (            -- the identity card and the state of the indexes
    key TEXT PRIMARY KEY, value TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS collections (
    name TEXT PRIMARY KEY, created REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS documents (
    id TEXT PRIMARY KEY,
    collection TEXT NOT NULL REFERENCES collections(name) ON DELETE CASCADE,
    source TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    sha256 TEXT NOT NULL,                     -- of the normalised text
    languages TEXT NOT NULL, blocks TEXT NOT NULL, authors TEXT NOT NULL, metadata TEXT NOT NULL,
    created REAL NOT NULL,
    input_hash TEXT NOT NULL,                 -- of what came in, to tell that nothing has changed
    origin TEXT,                              -- the file it was read from, to tell that it is gone
    UNIQUE (collection, source)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS documents_origin ON documents(origin);
CREATE TABLE IF NOT EXISTS chunks (
    id TEXT PRIMARY KEY,
    document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    text TEXT NOT NULL,                       -- again, as cutting it from a long document is slow
    role TEXT NOT NULL, language TEXT NOT NULL, tokens INTEGER NOT NULL,
    sentences BLOB NOT NULL,                  -- JSON: [start, end, role, language] of each
    analysis BLOB NOT NULL,                   -- JSON: [keys, tags, starts, ends], see morphemes.py
    text_hash TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS chunks_document ON chunks(document_id, ordinal);
CREATE INDEX IF NOT EXISTS chunks_text_hash ON chunks(text_hash);
CREATE TABLE IF NOT EXISTS glosses (          -- names that a text gives in both scripts, see gloss.py
    document_id TEXT NOT NULL REFERENCES documents(id) ON DELETE CASCADE,
    collection TEXT NOT NULL, lookup TEXT NOT NULL, rendering TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS glosses_lookup ON glosses(lookup, collection);
CREATE INDEX IF NOT EXISTS glosses_document ON glosses(document_id);
CREATE TABLE IF NOT EXISTS vectors (
    text_hash TEXT NOT NULL, embedder TEXT NOT NULL, vector BLOB NOT NULL,  -- float32
    PRIMARY KEY (text_hash, embedder)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (           -- what the indexes have not yet been told
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    collection TEXT NOT NULL, chunk_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('add', 'remove'))
);
