-- What personal data was erased, without any of it: so that restoring a backup from before does not bring it back.
--
-- Whoever erases writes the row in the same transaction. `kind` says which part of the program knows how to do it again,
-- `id` which data it was: an identifier that says nothing about anybody.
CREATE TABLE erasure (
    -- Empty for what is no organisation's.
    organisation   TEXT   NOT NULL,
    kind           TEXT   NOT NULL,
    id             TEXT   NOT NULL,
    -- Microseconds since 1970.
    at             BIGINT NOT NULL,
    PRIMARY KEY (organisation, kind, id)
);
