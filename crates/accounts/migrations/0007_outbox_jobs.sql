-- The same message for people who read mail with formatting; NULL: there is only the text.
ALTER TABLE outbox ADD COLUMN html TEXT;
-- Until when sending it makes sense: a link until it is too old. NULL: written by an earlier version.
ALTER TABLE outbox ADD COLUMN useful_until BIGINT;
-- Where it can be stopped, for what can be.
ALTER TABLE outbox ADD COLUMN unsubscribe TEXT;
-- Why the latest try failed, as one of a few words, and when; NULL: none has.
ALTER TABLE outbox ADD COLUMN failure TEXT;
ALTER TABLE outbox ADD COLUMN failed_at BIGINT;

-- What became of messages that are gone: for counting, without anybody in it.
CREATE TABLE outbox_end (
    id        TEXT   NOT NULL,
    made_at   BIGINT NOT NULL,
    ended_at  BIGINT NOT NULL,
    -- sent or given_up
    outcome   TEXT   NOT NULL,
    -- Why it was given up, as one of a few words.
    failure   TEXT,
    PRIMARY KEY (id)
);

CREATE INDEX outbox_end_by_time ON outbox_end (ended_at);

-- Messages of an earlier version wait without a job: each gets one.
INSERT INTO job (organisation, id, kind, job_key, details, state, made_at, due_at, tries, asked_again)
SELECT '', id, 'message', id, '{}', 'waiting', made_at, made_at, 0, 0 FROM outbox;
