-- Accounts that people have at providers of sign-in. Issuer and subject together are one account there (OpenID Connect
-- Core 1.0, 2); neither an address nor a name is kept.
CREATE TABLE identity (
    issuer      TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    -- Names the row on pages and in forms.
    id          TEXT   NOT NULL,
    person      TEXT   NOT NULL,
    made_at     BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);

CREATE UNIQUE INDEX identity_by_id ON identity (id);
CREATE INDEX identity_by_person ON identity (person, made_at);

-- Somebody is at a provider and will come back, within ten minutes and once.
CREATE TABLE sign_in_attempt (
    -- SHA-256 of what comes back with them.
    state       BLOB   NOT NULL,
    -- SHA-256 of what only their browser has.
    browser     BLOB   NOT NULL,
    provider    TEXT   NOT NULL,
    nonce       TEXT   NOT NULL,
    verifier    TEXT   NOT NULL,
    next        TEXT   NOT NULL,
    -- Who adds this account to their own; NULL for somebody who signs in.
    person      TEXT,
    made_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    PRIMARY KEY (state)
);

CREATE INDEX sign_in_attempt_by_time ON sign_in_attempt (made_at);

-- Memberships that a provider's rules gave, with the role that they gave: what a rule gave, a rule may take away. A
-- membership with another role now was changed by people and is theirs.
CREATE TABLE membership_grant (
    organisation  TEXT   NOT NULL,
    person        TEXT   NOT NULL,
    issuer        TEXT   NOT NULL,
    role          TEXT   NOT NULL,
    made_at       BIGINT NOT NULL,
    PRIMARY KEY (organisation, person)
);

CREATE INDEX membership_grant_by_person ON membership_grant (person, organisation);

-- How the session began: NULL by a link in a message, else 'provider/' and its id in the file.
ALTER TABLE session ADD COLUMN began_with TEXT;
