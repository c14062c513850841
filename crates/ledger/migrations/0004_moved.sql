-- What was merged into something else is now there: its address leads on, and its links count for what it became.
-- The row goes when the merging is taken back, and everything is as it was.
CREATE TABLE moved (
    organisation     TEXT   NOT NULL,
    address          TEXT   NOT NULL,
    to_organisation  TEXT   NOT NULL,
    to_address       TEXT   NOT NULL,
    at               BIGINT NOT NULL,
    PRIMARY KEY (organisation, address)
);

CREATE INDEX moved_by_address ON moved (address);
CREATE INDEX moved_by_destination ON moved (to_organisation, to_address);
