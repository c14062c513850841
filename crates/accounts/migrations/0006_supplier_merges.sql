-- A supplier that was recorded twice: it is now another one, until the merging is taken back. Reference data.
CREATE TABLE organisation_merge (
    organisation       TEXT   NOT NULL,
    into_organisation  TEXT   NOT NULL,
    -- The organisation as it was, as JSON: what comes back.
    was                TEXT   NOT NULL,
    -- Why, as a sentence of whoever did it.
    why                TEXT   NOT NULL,
    actor              TEXT,
    made_at            BIGINT NOT NULL,
    PRIMARY KEY (organisation)
);

CREATE INDEX organisation_merge_by_destination ON organisation_merge (into_organisation);
