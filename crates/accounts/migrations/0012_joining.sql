-- Who asks to act for an organisation. What was decided stays for a while, so that the person can read it; then the row goes,
-- and the ledger says, without reason or answer, that it was.
CREATE TABLE join_request (
    organisation  TEXT   NOT NULL,
    id            TEXT   NOT NULL,
    person        TEXT   NOT NULL,
    -- Why, in the person's own words.
    reason        TEXT   NOT NULL,
    made_at       BIGINT NOT NULL,
    -- 1 while it waits, else NULL. NULL may repeat in a unique index, so one of a person waits at an organisation.
    waits         BIGINT,
    -- approved, declined or withdrawn; NULL while it waits.
    outcome       TEXT,
    ended_at      BIGINT,
    ended_by      TEXT,
    -- What was given: a role.
    role          TEXT,
    -- What the person was told when it was declined.
    answer        TEXT,
    -- When those who decide were told of it; NULL: not yet.
    told_at       BIGINT,
    PRIMARY KEY (organisation, id)
);

CREATE UNIQUE INDEX join_request_waiting ON join_request (organisation, person, waits);
CREATE INDEX join_request_by_person ON join_request (person, made_at);
CREATE INDEX join_request_by_end ON join_request (ended_at);
