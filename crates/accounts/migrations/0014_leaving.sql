-- Organisations that are about to leave: somebody asked, somebody else confirms, and when it is due everything that is theirs is
-- erased. Taking it back deletes the row; that it was asked is in the ledger.
CREATE TABLE organisation_leaving (
    organisation  TEXT   NOT NULL,
    -- The person; NULL for the command line.
    asked_by      TEXT,
    asked_at      BIGINT NOT NULL,
    confirmed_by  TEXT,
    confirmed_at  BIGINT,
    -- When it is erased; NULL until it is confirmed.
    due_at        BIGINT,
    PRIMARY KEY (organisation)
);

-- What stays of an organisation that left: the tombstone that its address shows. Its row in organisation stays too, with a
-- name that says so, so that what others said of it names it.
CREATE TABLE organisation_left (
    organisation  TEXT   NOT NULL,
    name          TEXT   NOT NULL,
    left_at       BIGINT NOT NULL,
    -- How many events were on record, and the SHA-256 of the last, hexadecimal: NULL where there was none.
    events        BIGINT NOT NULL,
    last_hash     TEXT,
    PRIMARY KEY (organisation)
);
