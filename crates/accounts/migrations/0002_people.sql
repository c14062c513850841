-- The only tables with personal data are person and outbox. A person who is erased keeps the row and the id, so that
-- what refers to the id still refers to somebody, and loses everything else.
CREATE TABLE person (
    id          TEXT   NOT NULL,
    -- Lower case. NULL once erased.
    email       TEXT,
    name        TEXT,
    made_at     BIGINT NOT NULL,
    erased_at   BIGINT,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX person_email ON person (email);

-- One role of a person in an organisation.
CREATE TABLE membership (
    organisation  TEXT   NOT NULL,
    person        TEXT   NOT NULL,
    role          TEXT   NOT NULL,
    made_at       BIGINT NOT NULL,
    PRIMARY KEY (organisation, person)
);

CREATE INDEX membership_by_person ON membership (person, organisation);
