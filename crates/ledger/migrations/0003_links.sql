-- A link between things of different subjects, held once at each end so that either end's shard can answer alone.
-- `outward` is 1 in the row of the end that the link comes from.
CREATE TABLE link (
    organisation        TEXT   NOT NULL,
    here                TEXT   NOT NULL,
    relation            TEXT   NOT NULL,
    there               TEXT   NOT NULL,
    outward             BIGINT NOT NULL,
    there_organisation  TEXT   NOT NULL,
    said_by             TEXT,
    said_at             BIGINT NOT NULL,
    PRIMARY KEY (organisation, here, relation, there, outward)
);
