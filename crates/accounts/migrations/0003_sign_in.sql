-- Links and sessions are found by the SHA-256 of their token; the token itself is only in the message or the cookie.
CREATE TABLE sign_in_link (
    token       BLOB   NOT NULL,
    -- NULL in the one row that is written for addresses that nobody here has.
    person      TEXT,
    -- Where to go afterwards: a path of this site.
    next        TEXT   NOT NULL,
    made_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    used_at     BIGINT,
    PRIMARY KEY (token)
);

CREATE INDEX sign_in_link_by_person ON sign_in_link (person, made_at);

CREATE TABLE session (
    token         BLOB   NOT NULL,
    person        TEXT   NOT NULL,
    -- For whom the person acts now. NULL, or not theirs any more: then for whom they can.
    organisation  TEXT,
    made_at       BIGINT NOT NULL,
    seen_at       BIGINT NOT NULL,
    PRIMARY KEY (token)
);

CREATE INDEX session_by_person ON session (person);

-- Messages that wait to be sent. In the demonstration they stay, and a page shows them.
CREATE TABLE outbox (
    id         TEXT   NOT NULL,
    made_at    BIGINT NOT NULL,
    person     TEXT   NOT NULL,
    recipient  TEXT   NOT NULL,
    subject    TEXT   NOT NULL,
    body       TEXT   NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX outbox_by_time ON outbox (made_at, id);
