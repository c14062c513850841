-- Addresses by which contract dates are followed that not everybody may see.
CREATE TABLE feed (
    -- For whom its maker acted.
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    -- SHA-256 of the token in the address; the token itself is nowhere.
    token BLOB NOT NULL,
    -- Its maker, as a reference that can outlive erasure.
    person TEXT NOT NULL,
    -- The most that it ever shows: members or own. What its maker may see at the moment narrows it.
    sees TEXT NOT NULL,
    -- The filters as they stand in an address.
    filters TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    last_used_at BIGINT,
    -- When it was stopped, and by whom.
    stopped_at BIGINT,
    stopped_by TEXT,
    PRIMARY KEY (organisation, id)
);
CREATE INDEX feed_by_token ON feed (token);
CREATE INDEX feed_by_person ON feed (person, organisation);

-- Who is sent last notice dates by e-mail, for which of their organisations.
CREATE TABLE digest (
    organisation TEXT NOT NULL,
    person TEXT NOT NULL,
    -- weekly or monthly
    how_often TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    -- The latest time at which one was due and seen to, whether or not there was anything to send.
    seen_to_at BIGINT,
    -- When a message was last made.
    sent_at BIGINT,
    PRIMARY KEY (organisation, person)
);
