-- What happened. Only appended to; `sequence` is dense within an organisation ('' for what is nobody's own).
CREATE TABLE event (
    organisation   TEXT   NOT NULL,
    sequence       BIGINT NOT NULL,
    -- Microseconds since 1970. The same moment stands in `bytes`.
    at             BIGINT NOT NULL,
    thing          TEXT   NOT NULL,
    -- The event as canonical JSON (RFC 8785). Details that may have to be erased are in it as a commitment only.
    bytes          BLOB   NOT NULL,
    -- SHA-256 of `bytes`: what a log will be sealed over.
    hash           BLOB   NOT NULL,
    -- Erasable details and the salt of their commitment; both NULL once erased.
    salt           BLOB,
    details        BLOB,
    erased_at      BIGINT,
    PRIMARY KEY (organisation, sequence)
);

CREATE INDEX event_by_thing ON event (organisation, thing, sequence);

-- The last sequence given to each organisation. Updating this row is what makes two writers wait for each other.
CREATE TABLE event_head (
    organisation   TEXT   NOT NULL,
    sequence       BIGINT NOT NULL,
    PRIMARY KEY (organisation)
);
