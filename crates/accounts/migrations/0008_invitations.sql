-- Who is asked to act for an organisation and has not answered. An answer deletes the row; that it was asked, accepted or
-- withdrawn is in the ledger, without the address.
CREATE TABLE invitation (
    organisation  TEXT   NOT NULL,
    id            TEXT   NOT NULL,
    -- SHA-256 of the token in the letter. Another letter has another token, and the one before is good no longer.
    token         BLOB   NOT NULL,
    -- Lower case. Only whoever reads the mail of this address can accept.
    email         TEXT   NOT NULL,
    name          TEXT   NOT NULL,
    role          TEXT   NOT NULL,
    -- The person; NULL for the command line.
    invited_by    TEXT,
    made_at       BIGINT NOT NULL,
    -- When the newest link was made, and until when it is good.
    sent_at       BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    PRIMARY KEY (organisation, id)
);

CREATE UNIQUE INDEX invitation_by_address ON invitation (organisation, email);
CREATE INDEX invitation_by_token ON invitation (token);
CREATE INDEX invitation_by_email ON invitation (email);

-- The month in which the person was last signed in, such as 2026-03: no day, so that nobody is watched.
ALTER TABLE person ADD COLUMN seen_month TEXT;
