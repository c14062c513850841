-- New addresses that people asked for and have not confirmed, by the SHA-256 of the token in the letter.
CREATE TABLE email_change (
    token       BLOB   NOT NULL,
    person      TEXT   NOT NULL,
    email       TEXT   NOT NULL,
    made_at     BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,
    PRIMARY KEY (token)
);

CREATE INDEX email_change_by_person ON email_change (person);
