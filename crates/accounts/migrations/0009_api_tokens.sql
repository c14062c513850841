-- Tokens by which programs ask on a person's behalf. Found by the SHA-256 of the token, which only the program has.
CREATE TABLE api_token (
    token         BLOB   NOT NULL,
    -- By which its person names it: a UUID.
    id            TEXT   NOT NULL,
    person        TEXT   NOT NULL,
    -- For whom it acts. NULL: it reads what anyone may read.
    organisation  TEXT,
    -- What its person calls it.
    name          TEXT   NOT NULL,
    -- public, read or edit
    scope         TEXT   NOT NULL,
    made_at       BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    used_at       BIGINT,
    PRIMARY KEY (token)
);

CREATE UNIQUE INDEX api_token_id ON api_token (id);
CREATE INDEX api_token_by_person ON api_token (person, made_at);
CREATE INDEX api_token_by_organisation ON api_token (organisation, made_at);
