-- Work that is done apart from the request that caused it. Written in the transaction of the facts that call for it, so
-- that neither is there without the other. `organisation` is the shard: '' for work of the copy itself.
CREATE TABLE job (
    organisation   TEXT   NOT NULL,
    id             TEXT   NOT NULL,
    kind           TEXT   NOT NULL,
    -- What tells it from others of its kind: '' where one at a time is enough, as for what recurs.
    job_key        TEXT   NOT NULL,
    -- JSON: references only. Personal data and secrets stay in the tables that can erase them.
    details        TEXT   NOT NULL,
    -- waiting, running, done, given_up or cancelled. What recurs is always waiting or running.
    state          TEXT   NOT NULL,
    made_at        BIGINT NOT NULL,
    -- From when on it may be run.
    due_at         BIGINT NOT NULL,
    -- Tries since it was made, asked for again, or last ended well.
    tries          BIGINT NOT NULL,
    -- 1: asked for again while it was running, which may have read what was there before.
    asked_again    BIGINT NOT NULL,
    -- Which program runs it, since when, and until when nobody else may. NULL while nobody does.
    holder         TEXT,
    began_at       BIGINT,
    lease_until    BIGINT,
    -- The latest try that failed, in plain words without personal data; both NULL once it ended well.
    failed_at      BIGINT,
    last_error     TEXT,
    -- When it last ended well, and what came of it.
    done_at        BIGINT,
    said           TEXT,
    ended_at       BIGINT,
    PRIMARY KEY (organisation, id)
);

-- One that has not ended for each kind and key.
CREATE UNIQUE INDEX job_open ON job (organisation, kind, job_key) WHERE ended_at IS NULL;
CREATE INDEX job_by_due ON job (due_at, id) WHERE ended_at IS NULL;
CREATE INDEX job_by_end ON job (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX job_by_id ON job (id);
