-- Anything with an address that people talk about. The subject that owns it writes the row in the same transaction
-- as its own tables. `organisation` is the shard: '' for what is shared by all, such as listed products.
CREATE TABLE thing (
    organisation   TEXT   NOT NULL,
    address        TEXT   NOT NULL,
    kind           TEXT   NOT NULL,
    title          TEXT   NOT NULL,
    -- The title as it is compared and ordered, made by the program so that both engines order alike.
    folded         TEXT   NOT NULL,
    summary        TEXT   NOT NULL,
    visibility     TEXT   NOT NULL,
    -- Other names with what each is, as JSON: [["Former name", "RevsPro"]].
    also           TEXT   NOT NULL,
    put_at         BIGINT NOT NULL,
    -- A tombstone keeps its row: when it was withdrawn, and why.
    withdrawn_at   BIGINT,
    withdrawn_why  TEXT,
    PRIMARY KEY (organisation, address)
);

-- An address names one thing, whosever it is; it is not UNIQUE because a unique index must hold the shard column.
CREATE INDEX thing_by_address ON thing (address);

-- The words under which a thing is found, each once with its best weight:
-- 0 title, 1 also known as, 2 supplier or organisation, 3 summary. None for tombstones.
CREATE TABLE search_word (
    organisation   TEXT   NOT NULL,
    address        TEXT   NOT NULL,
    word           TEXT   NOT NULL,
    weight         BIGINT NOT NULL,
    PRIMARY KEY (organisation, address, word)
);

CREATE INDEX search_word_by_word ON search_word (word, organisation, address, weight);
